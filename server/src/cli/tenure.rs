//! The tenure: owns the lock by which a server notices another one that keeps its state in the same
//! folder.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::fd::IntoRawFd;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::thread;

use rustix::fs::{FlockOperation, flock};
use rustix::io::{Errno, retry_on_intr};

use crate::diagnostics::Diagnostic;
use crate::diagnostics::codes::runtime::STATE_SHARED;
use crate::live;

/// The file that is locked. Its text is the process that holds it.
const FILE: &str = "server.lock";

/// Holds the state folder for the rest of this process. Another server that holds it is told of in
/// the log, unless this one takes its place: then its end is waited for, on a thread.
pub fn take(state_dir: &Path, takes_over: bool) {
    // A folder that cannot be written is told of by who has something to write.
    let Ok(file) = open(&state_dir.join(FILE)) else { return };
    match flock(&file, FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => hold(file),
        Err(Errno::WOULDBLOCK) if takes_over => wait(file),
        Err(Errno::WOULDBLOCK) => warn(file, state_dir),
        // A file system without locks.
        Err(_) => {}
    }
}

fn open(path: &Path) -> io::Result<File> {
    OpenOptions::new().read(true).write(true).create(true).truncate(false).mode(0o600).open(path)
}

fn hold(mut file: File) {
    let pid = std::process::id().to_string();
    // Without its text nobody knows who holds it, and it is held all the same.
    let _told = file.set_len(0).and_then(|()| file.write_all(pid.as_bytes()));
    // For as long as this process lives.
    let _held = file.into_raw_fd();
}

fn wait(file: File) {
    let until_free = move || {
        if retry_on_intr(|| flock(&file, FlockOperation::LockExclusive)).is_ok() {
            hold(file);
        }
    };
    // Without the thread nobody is warned of this server, and nothing else is amiss.
    let _started = thread::Builder::new().name("hotframe-tenure".to_owned()).spawn(until_free);
}

fn warn(mut file: File, state_dir: &Path) {
    let mut holder = String::new();
    let holder = match file.read_to_string(&mut holder) {
        Ok(1..) => format!(", pid {},", holder.trim()),
        _ => String::new(),
    };
    let folder = state_dir.display();
    let message = format!("another server{holder} keeps its state in `{folder}`");
    let warning = Diagnostic::warning(STATE_SHARED, message);
    live::log_problem(&warning.help(STATE_SHARED.mend()));
}
