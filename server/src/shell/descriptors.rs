//! The descriptor limit: owns how many sockets this process may hold.

use rustix::io::fcntl_dupfd_cloexec;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crate::diagnostics::codes::listeners::TOO_FEW_DESCRIPTORS;
use crate::http::MAX_VISITORS;

/// Descriptors kept back for HTTP, control, plugins, logs and the watcher, so that they work when
/// connections have taken the rest.
pub const RESERVE: usize = MAX_VISITORS + 64;
/// More descriptors than this have no room made for them: eight bytes of the kernel each.
const ROOM: usize = 1 << 17;

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

    /// Raises the limit, and makes room for so many connections.
    #[must_use]
    pub fn with_room(connections: usize) -> Self {
        let limit = Self::raise();
        limit.make_room(connections);
        limit
    }

    /// How many connections it holds; says so where that is fewer than are `wanted`.
    pub fn room_for(&self, wanted: usize) -> usize {
        let room = self.connections();
        log::debug!(before = self.before, now = self.now; "descriptor limit raised");
        if room < wanted {
            let code = TOO_FEW_DESCRIPTORS.as_str();
            log::warn!(
                code = code, limit = self.now, max_connections = wanted;
                "the descriptor limit leaves room for {room} connections only"
            );
        }
        room
    }

    /// Has the kernel make its table of descriptors as large as `connections` will want it. It
    /// grows by doubling, and while there are several threads, whoever takes the descriptor that
    /// does not fit waits for every processor: some ten milliseconds, in which nobody is served.
    /// So this belongs before the first thread.
    fn make_room(&self, connections: usize) {
        let last = connections.saturating_add(RESERVE).min(ROOM);
        let last = u64::try_from(last).unwrap_or(u64::MAX).min(self.now.saturating_sub(1));
        if let Ok(last) = i32::try_from(last) {
            // Without it the table grows when it must.
            let _grown = fcntl_dupfd_cloexec(std::io::stdin(), last);
        }
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
    fn room_is_made_within_the_limit() {
        let limit = DescriptorLimit::raise();
        let size = || {
            let status = std::fs::read_to_string("/proc/self/status").unwrap();
            let line = status.lines().find_map(|line| line.strip_prefix("FDSize:")).unwrap();
            line.trim().parse::<u64>().unwrap()
        };
        limit.make_room(2000);
        assert!(size() >= limit.now.min(2000), "{} of {}", size(), limit.now);
        limit.make_room(usize::MAX);
        assert!(size() >= limit.now.min(ROOM as u64), "{} of {}", size(), limit.now);
    }

    #[test]
    fn raising_never_lowers() {
        let limit = DescriptorLimit::raise();
        assert!(limit.now >= limit.before);
    }
}
