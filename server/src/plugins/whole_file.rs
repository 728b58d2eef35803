//! Owns how a file of ours is replaced: as a whole, or not at all.
use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

/// Writes `part`, for nobody else to read, and gives it the name `path`.
///
/// # Errors
/// What the operating system says. The file that was there is untouched then, and nothing is left
/// of the part: on a full disk it would hold the room that was lacking.
pub(super) fn replace(
    path: &Path,
    part: &Path,
    write: impl FnOnce(&mut File) -> io::Result<()>,
) -> io::Result<()> {
    let mut options = OpenOptions::new();
    let opened = options.write(true).create(true).truncate(true).mode(0o600).open(part);
    let written = opened.and_then(|mut file| write(&mut file));
    // Behind a rename there is nothing to remove.
    written.and_then(|()| fs::rename(part, path)).inspect_err(|_| drop(fs::remove_file(part)))
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    #[test]
    fn of_what_cannot_be_written_whole_nothing_is_left() {
        let folder = tempfile::TempDir::new().unwrap();
        let (path, part) = (folder.path().join("file"), folder.path().join(".part"));
        replace(&path, &part, |file| file.write_all(b"old")).unwrap();
        let fails = replace(&path, &part, |file| {
            file.write_all(b"new, but not all of it")?;
            Err(io::ErrorKind::StorageFull.into())
        });
        assert_eq!(fails.unwrap_err().kind(), io::ErrorKind::StorageFull);
        assert_eq!(fs::read(&path).unwrap(), b"old");
        assert!(!part.exists());
    }
}
