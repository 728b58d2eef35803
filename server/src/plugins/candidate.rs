//! Owns `Candidate`: a file that asks to become a plugin, opened once and checked as opened.
//!
//! Every check is made on the descriptor, so that what was checked is what is read, whatever
//! happens to the name meanwhile. Links are followed: swapping one is a way to deploy. The folder
//! that really holds the file must be one in which others cannot replace it: owned by this user or
//! root, and not writable by group or others unless it is sticky (there, others may add files
//! but not replace ours, and theirs fail the check of the owner). Folders above it are not
//! looked at: they are the operator's.
use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, ErrorKind, Read, Seek};
use std::os::unix::fs::{FileTypeExt, MetadataExt, OpenOptionsExt};
use std::path::Path;

use rustix::fs::OFlags;
use sha2::{Digest, Sha256};

use super::defect::{Defect, Fault};
use crate::watch::Identity;

/// Write permission of group and others; the bit that keeps a shared folder's files to their
/// owners.
const OTHERS_WRITE: u32 = 0o022;
const STICKY: u32 = 0o1000;

/// A file that was opened, found fit to be looked into, and read.
#[derive(Debug)]
pub struct Candidate {
    file: File,
    /// What the file was when it was opened.
    pub identity: Identity,
    /// All of its bytes.
    pub bytes: Vec<u8>,
    /// SHA-256 of the bytes, in hex.
    pub sha256: String,
}

impl Candidate {
    /// Opens, checks and reads the file at `path`, which may have `max_size` bytes at the most.
    ///
    /// # Errors
    /// What is wrong with the file itself; its contents are not judged.
    pub fn open(path: &Path, max_size: u64) -> Result<Self, Fault> {
        // Looked at before it is opened, because opening some devices already does something.
        check_kind(&fs::metadata(path).map_err(|error| cannot_open(path, &error))?)?;
        // O_NONBLOCK: a FIFO put there in between does not hold this thread up.
        let flags = OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
        let mut file = OpenOptions::new()
            .read(true)
            .custom_flags(flags.bits().cast_signed())
            .open(path)
            .map_err(|error| cannot_open(path, &error))?;
        let metadata = file.metadata().map_err(|error| unreadable(&error))?;
        check_kind(&metadata)?;
        check_owner(&metadata)?;
        check_folder(path)?;
        if metadata.len() > max_size {
            let message = format!("it has {} bytes, the cap is {max_size}", metadata.len());
            return Err(Defect::TooLarge.because(message));
        }
        let mut bytes = Vec::with_capacity(usize::try_from(metadata.len()).unwrap_or(0));
        let mut limited = Read::by_ref(&mut file).take(max_size.saturating_add(1));
        limited.read_to_end(&mut bytes).map_err(|error| unreadable(&error))?;
        let sha256 = hex(&Sha256::digest(&bytes));
        Ok(Self { file, identity: Identity::from(&metadata), bytes, sha256 })
    }

    /// Reads the file a second time.
    ///
    /// # Errors
    /// [`Defect::Unsettled`] unless it is still, byte for byte, what was read.
    pub fn check_unchanged(&mut self) -> Result<(), Fault> {
        let mut hash = Sha256::new();
        self.file.rewind().map_err(|error| unreadable(&error))?;
        // A byte more than there was is enough to see that it grows, maybe without an end.
        let mut limited = Read::by_ref(&mut self.file).take(self.identity.size.saturating_add(1));
        io::copy(&mut limited, &mut HashWriter(&mut hash)).map_err(|error| unreadable(&error))?;
        let now = self.file.metadata().map_err(|error| unreadable(&error))?;
        let same_file = Identity::from(&now).size == self.identity.size;
        match same_file && hex(&hash.finalize()) == self.sha256 {
            true => Ok(()),
            false => Err(Defect::Unsettled.because("it changed while it was being copied")),
        }
    }
}

/// Lets a hash be the far end of `io::copy`.
struct HashWriter<'a>(&'a mut Sha256);

impl io::Write for HashWriter<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn check_kind(metadata: &Metadata) -> Result<(), Fault> {
    let kind = metadata.file_type();
    if kind.is_file() {
        return Ok(());
    }
    if kind.is_dir() {
        return Err(Defect::Folder.because("a folder lies where a file is expected"));
    }
    let what = match kind {
        kind if kind.is_fifo() => "a FIFO",
        kind if kind.is_socket() => "a socket",
        _ => "a device",
    };
    Err(Defect::NotRegular.because(format!("it is {what}, not a regular file")))
}

fn check_owner(metadata: &Metadata) -> Result<(), Fault> {
    if !is_trusted(metadata.uid()) {
        let message = format!("it belongs to user {}, not to this user or root", metadata.uid());
        return Err(Defect::ForeignOwner.because(message));
    }
    if metadata.mode() & OTHERS_WRITE != 0 {
        let message = format!("its mode {:04o} lets others write to it", metadata.mode() & 0o7777);
        return Err(Defect::WritableFile.because(message));
    }
    Ok(())
}

fn check_folder(path: &Path) -> Result<(), Fault> {
    let real = fs::canonicalize(path).map_err(|error| cannot_open(path, &error))?;
    let folder = real.parent().unwrap_or(Path::new("/"));
    let metadata = fs::metadata(folder).map_err(|error| unreadable(&error))?;
    let is_shared = metadata.mode() & OTHERS_WRITE != 0 && metadata.mode() & STICKY == 0;
    match is_trusted(metadata.uid()) && !is_shared {
        true => Ok(()),
        false => Err(Defect::UnsafeFolder.because(format!(
            "others can replace it: its folder {} belongs to user {} and has mode {:04o}",
            folder.display(),
            metadata.uid(),
            metadata.mode() & 0o7777
        ))),
    }
}

fn is_trusted(uid: u32) -> bool {
    uid == 0 || uid == rustix::process::geteuid().as_raw()
}

fn cannot_open(path: &Path, error: &io::Error) -> Fault {
    match error.kind() {
        ErrorKind::NotFound if fs::symlink_metadata(path).is_ok() => {
            Defect::Missing.because("it is a link that leads to nothing")
        }
        ErrorKind::NotFound => Defect::Missing.because("there is no such file"),
        _ if error.raw_os_error() == Some(libc::ELOOP) => {
            Defect::Missing.because("its links lead in a circle")
        }
        _ => unreadable(error),
    }
}

fn unreadable(error: &io::Error) -> Fault {
    Defect::Unreadable.because(format!("it cannot be read: {error}"))
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_grows_is_not_read_to_its_end() {
        let folder = tempfile::TempDir::new().unwrap();
        let path = folder.path().join("plugin.so");
        fs::write(&path, b"all of it").unwrap();
        let mut candidate = Candidate::open(&path, 1 << 20).unwrap();
        candidate.check_unchanged().unwrap();
        let grown = OpenOptions::new().write(true).open(&path).unwrap();
        grown.set_len(64 << 20).unwrap();
        let fault = candidate.check_unchanged().unwrap_err();
        assert_eq!(fault.defect, Defect::Unsettled, "{fault:?}");
        assert_eq!(candidate.file.stream_position().unwrap(), 10, "no more than was needed");
    }
}
