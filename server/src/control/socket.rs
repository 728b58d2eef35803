//! The control socket's name in the file system: owns that one server at most answers there.

use std::{
    fs::{self, DirBuilder, File, Permissions},
    io::{self, ErrorKind},
    os::{
        fd::OwnedFd,
        unix::{
            fs::{DirBuilderExt, FileTypeExt, MetadataExt, PermissionsExt},
            net::{UnixListener, UnixStream},
        },
    },
    path::{Path, PathBuf},
    process,
};

use rustix::fs::{FlockOperation, flock};
use socket2::{Domain, SockAddr, Socket, Type};

use super::{ControlError, codes};
use crate::shell::peer;

/// The longest path that a Unix socket can have on Linux (`sun_path` less its final zero).
const MAX_PATH: usize = 107;

/// A bound control socket; its name is removed when this is dropped.
#[derive(Debug)]
pub struct ControlSocket {
    listener: UnixListener,
    path: PathBuf,
    /// Where it lies until it is published; its own name belongs to the server before so long.
    aside: PathBuf,
    /// Device and inode: a name that points elsewhere by now is another server's.
    identity: (u64, u64),
}

impl ControlSocket {
    /// Binds `path`, whose folder is made when it is not there, for its owner alone. The socket
    /// has permissions `mode` before anybody can connect. The socket of a dead server is replaced.
    ///
    /// # Errors
    /// HF0501 when a server answers there already; HF0510 when the socket cannot be made.
    pub fn bind(path: &Path, mode: u32) -> Result<Self, ControlError> {
        let path = std::path::absolute(path).map_err(|error| cannot(path, &error))?;
        let folder = path.parent().filter(|_| path.file_name().is_some());
        let Some(folder) = folder else {
            return Err(cannot(&path, &io::Error::from(ErrorKind::IsADirectory)));
        };
        check_length(&path)?;
        // Two servers that start at once must not both find nobody there. The lock is the
        // folder's own, so it leaves no file behind, and ends with this function.
        let _turn = lock_folder(folder).map_err(|error| cannot(&path, &error))?;
        clear_the_way(&path)?;
        let socket = Self::bind_beside(&path, mode)?;
        socket.publisher().publish().map_err(|error| cannot(&path, &error))?;
        Ok(socket)
    }

    /// Binds a socket that lies beside `path`, where another server still answers; it answers at
    /// `path` when its [`Publisher`] says so.
    ///
    /// # Errors
    /// HF0510 when the socket cannot be made.
    pub fn bind_beside(path: &Path, mode: u32) -> Result<Self, ControlError> {
        let path = std::path::absolute(path).map_err(|error| cannot(path, &error))?;
        let Some(folder) = path.parent() else {
            return Err(cannot(&path, &io::Error::from(ErrorKind::IsADirectory)));
        };
        check_length(&path)?;
        let (listener, aside, identity) =
            bind_aside(folder, mode).map_err(|error| cannot(&path, &error))?;
        Ok(Self { listener, path, aside, identity })
    }

    /// Gives the socket its name.
    #[must_use]
    pub fn publisher(&self) -> Publisher {
        Publisher { aside: self.aside.clone(), path: self.path.clone() }
    }

    /// The socket's absolute path.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn listener(&self) -> &UnixListener {
        &self.listener
    }
}

impl Drop for ControlSocket {
    fn drop(&mut self) {
        for name in [&self.path, &self.aside] {
            let ours = fs::symlink_metadata(name)
                .is_ok_and(|found| (found.dev(), found.ino()) == self.identity);
            if ours && let Err(error) = fs::remove_file(name) {
                let path = name.display();
                log::warn!(path:%, error:%; "the control socket could not be removed");
            }
        }
    }
}

fn check_length(path: &Path) -> Result<(), ControlError> {
    let length = path.as_os_str().len();
    if length <= MAX_PATH {
        return Ok(());
    }
    let shown = path.display();
    let message = format!("the control socket's path has {length} bytes, {MAX_PATH} fit: {shown}");
    let help = "name a shorter one with `socket` under `[control]`";
    Err(ControlError::new(codes::NO_SOCKET, message).with_help(help))
}

fn lock_folder(folder: &Path) -> io::Result<File> {
    DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    let folder = File::open(folder)?;
    flock(&folder, FlockOperation::LockExclusive)?;
    Ok(folder)
}

/// Makes sure that nobody answers at `path`, and that what is there may be replaced.
fn clear_the_way(path: &Path) -> Result<(), ControlError> {
    match fs::symlink_metadata(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(cannot(path, &error)),
        Ok(found) if !found.file_type().is_socket() => {
            let message = format!("{} is there and is no socket", path.display());
            let help = "move it away, or name another path with `socket` under `[control]`";
            return Err(ControlError::new(codes::NO_SOCKET, message).with_help(help));
        }
        Ok(_) => {}
    }
    match probe(path) {
        Ok(Probe::Dead) => Ok(()),
        Ok(Probe::Lives { pid }) => Err(already_running(path, pid)),
        Err(error) => Err(cannot(path, &error)),
    }
}

enum Probe {
    Dead,
    Lives { pid: Option<u32> },
}

/// Finds out whether anybody listens at `path`, without waiting for them.
fn probe(path: &Path) -> io::Result<Probe> {
    let socket = Socket::new(Domain::UNIX, Type::STREAM, None)?;
    socket.set_nonblocking(true)?;
    match socket.connect(&SockAddr::unix(path)?) {
        Ok(()) => {
            let stream = UnixStream::from(OwnedFd::from(socket));
            Ok(Probe::Lives { pid: peer(&stream).ok().and_then(|peer| peer.pid) })
        }
        // Their queue is full: that takes somebody who has one.
        Err(error) if error.kind() == ErrorKind::WouldBlock => Ok(Probe::Lives { pid: None }),
        Err(error) if error.kind() == ErrorKind::ConnectionRefused => Ok(Probe::Dead),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(Probe::Dead),
        Err(error) => Err(error),
    }
}

/// Binds under a passing name, to be renamed: the real name never leads to a socket with other
/// permissions, nor is there a moment without one.
fn bind_aside(folder: &Path, mode: u32) -> io::Result<(UnixListener, PathBuf, (u64, u64))> {
    // Short, so that it fits wherever the real name does.
    let aside = folder.join(format!(".{:x}", process::id()));
    let _left_by_a_dead_process = fs::remove_file(&aside);
    let listener = UnixListener::bind(&aside)?;
    let made = fs::set_permissions(&aside, Permissions::from_mode(mode))
        .and_then(|()| fs::symlink_metadata(&aside));
    if made.is_err() {
        let _nothing_more_to_do = fs::remove_file(&aside);
    }
    made.map(|found| (listener, aside, (found.dev(), found.ino())))
}

/// Gives a control socket its name, which takes it from whoever had it.
#[derive(Clone, Debug)]
pub struct Publisher {
    aside: PathBuf,
    path: PathBuf,
}

impl Publisher {
    /// Renames the socket; from then on whoever asks at its path asks this server.
    ///
    /// # Errors
    /// What the operating system says.
    pub fn publish(&self) -> io::Result<()> {
        fs::rename(&self.aside, &self.path)
    }
}

/// Who is at the other end.
pub(super) struct Peer {
    pub(super) pid: Option<u32>,
    pub(super) uid: u32,
}

pub(super) fn peer(stream: &UnixStream) -> io::Result<Peer> {
    let (pid, uid) = peer::credentials(stream)?;
    Ok(Peer { pid, uid })
}

fn cannot(path: &Path, error: &io::Error) -> ControlError {
    let message = format!("the control socket {} cannot be made: {error}", path.display());
    let help = "name a path that this user may write to with `socket` under `[control]`";
    ControlError::new(codes::NO_SOCKET, message).with_help(help)
}

fn already_running(path: &Path, pid: Option<u32>) -> ControlError {
    let who = pid.map_or_else(String::new, |pid| format!(", pid {pid}"));
    let message = format!("another hotframe runs here{who}: it answers at {}", path.display());
    ControlError::new(codes::ALREADY_RUNNING, message).with_help(
        "stop it with `hotframe ctl shutdown`, or give this server a `[control] socket` of its own",
    )
}
