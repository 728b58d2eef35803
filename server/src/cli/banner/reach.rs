//! Who can reach a listener: owns the judgement from its address.

use std::{
    fmt,
    net::{IpAddr, SocketAddr},
};

/// Who can reach a listener.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// A Unix socket: processes here whose user may open the file.
    File,
    /// The loopback interface.
    Loopback,
    /// A private or link-local address.
    Network,
    /// Every address of this machine, or a public one.
    Everyone,
}

impl Reach {
    /// The reach of the listener at `url`; what cannot be told counts as everyone.
    #[must_use]
    pub fn of(url: &str) -> Self {
        match url.split_once("://") {
            Some(("unix", _)) => Self::File,
            Some((_, address)) => Self::of_address(address),
            None => Self::of_address(url),
        }
    }

    fn of_address(address: &str) -> Self {
        match address.parse::<SocketAddr>().map(|address| address.ip().to_canonical()) {
            Ok(ip) if ip.is_loopback() => Self::Loopback,
            Ok(IpAddr::V4(ip)) if ip.is_private() || ip.is_link_local() => Self::Network,
            Ok(IpAddr::V6(ip)) if ip.is_unique_local() || ip.is_unicast_link_local() => {
                Self::Network
            }
            _ => Self::Everyone,
        }
    }
}

impl fmt::Display for Reach {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::File => "this machine only, by file permission",
            Self::Loopback => "this machine only",
            Self::Network => "this machine's network",
            Self::Everyone => "everyone who can reach this machine",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_judged() {
        for (url, reach) in [
            ("tcp://127.0.0.1:7400", Reach::Loopback),
            ("tcp://127.9.9.9:7400", Reach::Loopback),
            ("tcp://[::1]:7400", Reach::Loopback),
            ("tcp://[::ffff:127.0.0.1]:7400", Reach::Loopback),
            ("127.0.0.1:7401", Reach::Loopback),
            ("tcp://192.168.1.4:7400", Reach::Network),
            ("tcp://10.1.2.3:7400", Reach::Network),
            ("tcp://172.31.0.1:7400", Reach::Network),
            ("tcp://169.254.0.1:7400", Reach::Network),
            ("tcp://[fe80::1]:7400", Reach::Network),
            ("tcp://[fd00::1]:7400", Reach::Network),
            ("tcp://0.0.0.0:7400", Reach::Everyone),
            ("tcp://[::]:7400", Reach::Everyone),
            ("tcp://172.32.0.1:7400", Reach::Everyone),
            ("tcp://203.0.113.9:7400", Reach::Everyone),
            ("tcp://a.name:7400", Reach::Everyone),
            ("unix:///run/hotframe/frames.sock", Reach::File),
        ] {
            assert_eq!(Reach::of(url), reach, "{url}");
        }
    }
}
