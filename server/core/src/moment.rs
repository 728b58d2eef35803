//! A moment: time as a value that the shell hands in. The engine never reads a clock.

use core::time::Duration;

/// Nanoseconds since an arbitrary start that stays the same for one engine; never runs back.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct Moment(u64);

impl Moment {
    /// Later than every moment that a clock can show: the deadline of what has none.
    pub(crate) const NEVER: Self = Self(u64::MAX);

    /// The moment `nanos` nanoseconds after the start.
    #[must_use]
    pub const fn from_nanos(nanos: u64) -> Self {
        Self(nanos)
    }

    /// The nanoseconds since the start.
    #[must_use]
    pub const fn as_nanos(self) -> u64 {
        self.0
    }

    /// The moment `duration` later; the end of time if that is too far.
    #[must_use]
    pub const fn after(self, duration: Duration) -> Self {
        self.after_nanos(nanos(duration))
    }

    /// The time from `earlier` to this moment; zero if `earlier` is later.
    #[must_use]
    pub const fn since(self, earlier: Self) -> Duration {
        Duration::from_nanos(self.0.saturating_sub(earlier.0))
    }

    /// Like [`after`](Self::after), for a time that was counted in nanoseconds beforehand.
    pub(crate) const fn after_nanos(self, nanos: u64) -> Self {
        Self(self.0.saturating_add(nanos))
    }

    /// Whether this is a moment that comes at all.
    pub(crate) const fn comes(self) -> bool {
        self.0 != Self::NEVER.0
    }
}

/// The nanoseconds of `duration`, `u64::MAX` (584 years) at most.
pub(crate) const fn nanos(duration: Duration) -> u64 {
    let seconds = duration.as_secs().saturating_mul(1_000_000_000);
    seconds.saturating_add(duration.subsec_nanos() as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_adds_up_and_stops_at_its_end() {
        let start = Moment::from_nanos(5);
        let later = start.after(Duration::from_secs(2));
        assert_eq!(later.as_nanos(), 2_000_000_005);
        assert_eq!(later.since(start), Duration::from_secs(2));
        assert_eq!(start.since(later), Duration::ZERO);
        assert_eq!(start.after(Duration::MAX), Moment::NEVER);
        assert!(later.comes() && !Moment::NEVER.comes());
    }
}
