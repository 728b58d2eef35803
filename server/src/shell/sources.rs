//! The source of a connection: owns what counts as one.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::peer::Peer;

/// Bits of an IPv6 address that name a network: one host may take any address of it.
const NETWORK_BITS: u32 = 64;

/// Where a connection comes from, as far as its owner cannot choose it anew at will.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Source {
    /// An IPv4 address.
    V4(Ipv4Addr),
    /// The network of an IPv6 address.
    V6(Ipv6Addr),
    /// A user of this machine.
    User(u32),
    /// The serial lines.
    Lines,
}

impl From<Peer> for Source {
    fn from(peer: Peer) -> Self {
        match peer {
            Peer::V4(address) => Self::V4(*address.ip()),
            Peer::V6 { ip, .. } => match ip.to_canonical() {
                IpAddr::V4(address) => Self::V4(address),
                IpAddr::V6(address) => {
                    let network = address.to_bits() >> NETWORK_BITS << NETWORK_BITS;
                    Self::V6(Ipv6Addr::from_bits(network))
                }
            },
            Peer::Unix { uid, .. } => Self::User(uid),
            Peer::Line => Self::Lines,
        }
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::V4(address) => address.fmt(f),
            Self::V6(network) => write!(f, "{network}/{NETWORK_BITS}"),
            Self::User(uid) => write!(f, "uid {uid}"),
            Self::Lines => f.write_str("serial lines"),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;

    use super::*;

    fn tcp(address: &str) -> Peer {
        SocketAddr::from((address.parse::<IpAddr>().unwrap(), 9)).into()
    }

    #[test]
    fn a_source_is_what_its_owner_cannot_choose() {
        let source = |peer| Source::from(peer).to_string();
        assert_eq!(source(tcp("2001:db8::1:2:3:4")), "2001:db8::/64");
        assert_eq!(source(tcp("::ffff:192.0.2.1")), "192.0.2.1");
        assert_eq!(source(Peer::Unix { pid: 5, uid: 1000 }), "uid 1000");
    }
}
