//! Who is at the other end of a stream, as far as the system says.

use std::net::{IpAddr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6};
use std::os::fd::AsFd;
use std::{fmt, io};

use nix::sys::socket::getsockopt;
use nix::sys::socket::sockopt::PeerCredentials;

/// Who is at the other end of a stream. Every connection has one, so it is kept small.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Peer {
    /// A TCP peer.
    V4(SocketAddrV4),
    /// A TCP peer with an IPv6 address; nobody has a use for its flow label.
    V6 {
        /// The address.
        ip: Ipv6Addr,
        /// The port.
        port: u16,
        /// The interface that a link-local address is valid on.
        scope: u32,
    },
    /// A process of this machine, as its kernel knew it when it connected; zeros where it does not
    /// say.
    Unix {
        /// The process; 0 where it is one of another PID namespace, as around a container.
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
        let (pid, uid) = credentials(stream).unwrap_or((None, 0));
        Self::Unix { pid: pid.unwrap_or(0), uid }
    }

    /// The address of a peer that comes over a network.
    #[must_use]
    pub const fn ip(self) -> Option<IpAddr> {
        match self {
            Self::V4(address) => Some(IpAddr::V4(*address.ip())),
            Self::V6 { ip, .. } => Some(IpAddr::V6(ip)),
            Self::Unix { .. } | Self::Line => None,
        }
    }
}

/// The process and the user at the other end of a Unix stream. Nobody here knows the process by a
/// number that is one of another PID namespace, as around a container.
///
/// # Errors
/// What the operating system says.
pub fn credentials(stream: &impl AsFd) -> io::Result<(Option<u32>, u32)> {
    // Not by rustix: its process ids are never 0, and it takes this one for an error.
    let found = getsockopt(stream, PeerCredentials).map_err(io::Error::from)?;
    let pid = u32::try_from(found.pid()).ok().filter(|pid| *pid != 0);
    Ok((pid, found.uid()))
}

impl From<SocketAddr> for Peer {
    fn from(address: SocketAddr) -> Self {
        match address {
            SocketAddr::V4(address) => Self::V4(address),
            SocketAddr::V6(address) => {
                Self::V6 { ip: *address.ip(), port: address.port(), scope: address.scope_id() }
            }
        }
    }
}

impl fmt::Display for Peer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::V4(address) => address.fmt(f),
            Self::V6 { ip, port, scope } => SocketAddrV6::new(*ip, *port, 0, *scope).fmt(f),
            Self::Unix { pid: 0, uid } => write!(f, "unix:pid=unknown,uid={uid}"),
            Self::Unix { pid, uid } => write!(f, "unix:pid={pid},uid={uid}"),
            Self::Line => f.write_str("serial"),
        }
    }
}
