//! Who is at the other end of a stream, as far as the system says.

use std::fmt;
use std::net::{IpAddr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6};

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
            Self::Unix { pid, uid } => write!(f, "unix:pid={pid},uid={uid}"),
            Self::Line => f.write_str("serial"),
        }
    }
}
