//! Sources: own how many connections each of them has, and the bound on that.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::listener::Peer;

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

/// Counts the connections of each source, while there is a bound on them.
#[derive(Debug, Default)]
pub struct Sources {
    most: Option<u32>,
    counts: HashMap<Source, u32>,
    refused: u64,
}

impl From<Peer> for Source {
    fn from(peer: Peer) -> Self {
        match peer {
            Peer::Tcp(address) => match address.ip().to_canonical() {
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

impl Sources {
    /// Puts a bound in force; `connected` are those who are there. Whoever is above it stays.
    pub fn set_most(&mut self, most: Option<u32>, connected: impl Iterator<Item = Peer>) {
        let counted = self.most.is_some();
        self.most = most;
        if most.is_none() {
            self.counts = HashMap::new();
        } else if !counted {
            connected.for_each(|peer| *self.counts.entry(peer.into()).or_default() += 1);
        }
    }

    /// Counts one more connection in; false, and counted as refused, when it is one too many.
    pub fn admit(&mut self, peer: Peer) -> bool {
        // Lines are as many as the configuration names.
        let Some(most) = self.most.filter(|_| peer != Peer::Line) else {
            return true;
        };
        let count = self.counts.entry(peer.into()).or_default();
        let fits = *count < most;
        *count += u32::from(fits);
        self.refused += u64::from(!fits);
        fits
    }

    /// One of its connections is gone.
    pub fn leave(&mut self, peer: Peer) {
        if let Entry::Occupied(mut entry) = self.counts.entry(peer.into()) {
            *entry.get_mut() -= 1;
            if *entry.get() == 0 {
                entry.remove();
            }
        }
    }

    /// Connections that were one too many, since the start.
    #[must_use]
    pub const fn refused(&self) -> u64 {
        self.refused
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tcp(address: &str) -> Peer {
        Peer::Tcp((address.parse::<IpAddr>().unwrap(), 9).into())
    }

    #[test]
    fn each_source_has_as_many_as_the_bound_says() {
        let mut sources = Sources::default();
        let (one, other) = (tcp("192.0.2.1"), tcp("192.0.2.2"));
        assert!((0..9).all(|_| sources.admit(one)), "without a bound everybody comes in");
        sources.set_most(Some(3), [one, one].into_iter());
        assert!(sources.admit(one) && !sources.admit(one) && sources.admit(other));
        sources.leave(one);
        assert!(sources.admit(one) && !sources.admit(one));
        assert_eq!(sources.refused(), 2);
        sources.set_most(Some(4), [].into_iter());
        assert!(sources.admit(one), "a bound that moves does not count anew");
        sources.set_most(None, [].into_iter());
        assert!(sources.admit(one) && sources.counts.is_empty());
        sources.leave(one);
    }

    #[test]
    fn a_source_is_what_its_owner_cannot_choose() {
        let source = |peer| Source::from(peer).to_string();
        assert_eq!(source(tcp("2001:db8::1:2:3:4")), "2001:db8::/64");
        assert_eq!(source(tcp("::ffff:192.0.2.1")), "192.0.2.1");
        assert_eq!(source(Peer::Unix { pid: 5, uid: 1000 }), "uid 1000");
    }

    #[test]
    fn who_has_left_takes_no_room() {
        let mut sources = Sources::default();
        sources.set_most(Some(1), [].into_iter());
        for uid in 0..100 {
            assert!(sources.admit(Peer::Unix { pid: 1, uid }));
            sources.leave(Peer::Unix { pid: 1, uid });
        }
        assert!(sources.counts.is_empty());
    }
}
