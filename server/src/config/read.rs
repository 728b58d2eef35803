//! Reading one file of configuration: owns what may go wrong before its first line is understood.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Read};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use crate::config::spelling::nearest;
use crate::diagnostics::codes::config as codes;
use crate::diagnostics::{Diagnostic, Place};

/// Bytes of the largest configuration file that is read.
pub(super) const MOST_BYTES: u64 = 4 * 1024 * 1024;
/// Names of a folder that are looked at for the one that was meant.
const MOST_NAMES: usize = 1000;

/// The text of `path`, which a person knows as `shown`; a byte order mark is taken off.
///
/// # Errors
///
/// A diagnostic, without a place but for bytes that are no UTF-8.
pub(super) fn read_text(path: &Path, shown: &str) -> Result<String, Diagnostic> {
    let file = open(path).map_err(|error| refusal(&error, path, shown))?;
    let mut bytes = Vec::new();
    file.take(MOST_BYTES + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| refusal(&error, path, shown))?;
    if u64::try_from(bytes.len()).is_ok_and(|len| len > MOST_BYTES) {
        let message = format!("`{shown}` is larger than {} MiB", MOST_BYTES >> 20);
        let problem = Diagnostic::error(codes::TOO_LARGE, message).help("name another file");
        return Err(problem);
    }
    match String::from_utf8(bytes) {
        Ok(text) => Ok(match text.strip_prefix('\u{feff}') {
            Some(rest) => rest.to_owned(),
            None => text,
        }),
        Err(error) => Err(not_text(error.as_bytes(), error.utf8_error().valid_up_to(), shown)),
    }
}

/// Opens a regular file; never waits, even if a pipe lies under the name.
fn open(path: &Path) -> io::Result<File> {
    let flags = i32::try_from(rustix::fs::OFlags::NONBLOCK.bits()).unwrap_or_default();
    let file = OpenOptions::new().read(true).custom_flags(flags).open(path)?;
    let kind = file.metadata()?.file_type();
    if kind.is_dir() {
        return Err(ErrorKind::IsADirectory.into());
    }
    if !kind.is_file() {
        return Err(io::Error::other("not a regular file"));
    }
    Ok(file)
}

fn refusal(error: &io::Error, path: &Path, shown: &str) -> Diagnostic {
    let dangling = path.is_symlink();
    match error.kind() {
        ErrorKind::NotFound | ErrorKind::NotADirectory if dangling => {
            Diagnostic::error(codes::NOT_FOUND, format!("`{shown}` is a link that leads nowhere"))
                .help("point the link to a file that exists")
        }
        ErrorKind::NotFound | ErrorKind::NotADirectory => {
            Diagnostic::error(codes::NOT_FOUND, format!("`{shown}` is not there"))
                .help(whereabouts(path))
        }
        ErrorKind::IsADirectory => {
            Diagnostic::error(codes::UNREADABLE, format!("`{shown}` is a folder, not a file"))
                .help("name a file inside it")
        }
        ErrorKind::PermissionDenied => {
            let message = format!("`{shown}` may not be read by this user");
            Diagnostic::error(codes::UNREADABLE, message)
                .help("give the user the right to read the file and to enter its folders")
        }
        _ => Diagnostic::error(codes::UNREADABLE, format!("`{shown}` cannot be read: {error}")),
    }
}

/// Where the file may be that is not at `path`.
fn whereabouts(path: &Path) -> String {
    const BASE: &str = "a path is relative to the file that names it, on the command line to the \
                        working folder";
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.unwrap_or(Path::new("."));
    let Ok(entries) = fs::read_dir(folder) else {
        return format!("there is no folder `{}`; {BASE}", folder.display());
    };
    let names =
        entries.take(MOST_NAMES).filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    let mut names: Vec<String> = names.collect();
    names.sort_unstable();
    let wanted = path.file_name().map(|name| name.to_string_lossy()).unwrap_or_default();
    match nearest(&wanted, names.iter().map(String::as_str)) {
        Some(near) => format!("did you mean `{near}`, which is in the same folder?"),
        None => format!("correct the path, or make the file; {BASE}"),
    }
}

fn not_text(bytes: &[u8], valid: usize, shown: &str) -> Diagnostic {
    // Only the line up to the bad byte is shown: what follows is not text.
    let good = String::from_utf8_lossy(&bytes[..valid]);
    let message = format!("byte {:#04x} is not UTF-8 text", bytes[valid]);
    Diagnostic::error(codes::NOT_TEXT, message)
        .at(Place::in_text(shown, &good, valid..valid + 1))
        .help("save the file as UTF-8")
}
