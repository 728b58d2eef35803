//! Who is at the other end of a stream, as far as the system says.

use std::fmt;
use std::net::SocketAddr;

/// Who is at the other end of a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Peer {
    /// A TCP peer's address.
    Tcp(SocketAddr),
    /// A process of this machine, as its kernel knew it when it connected; zeros where it does not
    /// say.
    Unix {
        /// The process.
        pid: u32,
        /// The user.
        uid: u32,
    },
    /// Whoever is at the other end of a serial line.
    Line,
}

impl Peer {
    /// The process at the other end of a Unix stream.
    pub(super) fn of_process(stream: &mio::net::UnixStream) -> Self {
        let found = rustix::net::sockopt::socket_peercred(stream);
        let (pid, uid) =
            found.map_or((0, 0), |found| (found.pid.as_raw_nonzero().get(), found.uid.as_raw()));
        Self::Unix { pid: u32::try_from(pid).unwrap_or(0), uid }
    }
}

impl fmt::Display for Peer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp(address) => address.fmt(f),
            Self::Unix { pid, uid } => write!(f, "unix:pid={pid},uid={uid}"),
            Self::Line => f.write_str("serial"),
        }
    }
}
