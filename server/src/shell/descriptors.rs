//! The descriptor limit: owns how many sockets this process may hold.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crate::http::MAX_VISITORS;

/// Descriptors kept back for HTTP, control, plugins, logs and the watcher, so that they work when
/// connections have taken the rest.
pub const RESERVE: usize = MAX_VISITORS + 64;

/// What the operating system allows, after the soft limit was raised to the hard one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DescriptorLimit {
    /// The soft limit before.
    pub before: u64,
    /// The soft limit now.
    pub now: u64,
}

impl DescriptorLimit {
    /// Raises the soft limit to the hard one; where that is refused, says what stays.
    #[must_use]
    pub fn raise() -> Self {
        let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
        let before = current.unwrap_or(u64::MAX);
        let raised = Rlimit { current: maximum, maximum };
        let now = match setrlimit(Resource::Nofile, raised) {
            Ok(()) => maximum.unwrap_or(u64::MAX),
            Err(_) => before,
        };
        Self { before, now }
    }

    /// The most connections that leave [`RESERVE`] descriptors free, or half of all where there
    /// are so few.
    #[must_use]
    pub fn connections(&self) -> usize {
        let all = usize::try_from(self.now).unwrap_or(usize::MAX);
        all.saturating_sub(RESERVE.min(all / 2)).max(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reserve_is_kept_back() {
        let limit = DescriptorLimit { before: 1024, now: 4096 };
        assert_eq!(limit.connections(), 4096 - RESERVE);
        assert_eq!(DescriptorLimit { before: 8, now: 8 }.connections(), 4);
        assert_eq!(DescriptorLimit { before: 64, now: 64 }.connections(), 32);
    }

    #[test]
    fn raising_never_lowers() {
        let limit = DescriptorLimit::raise();
        assert!(limit.now >= limit.before);
    }
}
