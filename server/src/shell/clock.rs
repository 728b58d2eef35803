//! The loop's clock: owns the start from which every [`Moment`] of this process counts.

use std::time::Instant;

use hotframe_core::Moment;

/// Turns the monotonic clock into the engine's moments. Read once a turn: a reading costs as much
/// as decoding two frames.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    start: Instant,
}

impl Clock {
    /// A clock whose moment zero is `start`.
    #[must_use]
    pub const fn starting(start: Instant) -> Self {
        Self { start }
    }

    /// The monotonic clock itself, for spans that are short: one moment of it and another.
    #[must_use]
    pub fn reading() -> Moment {
        let now = rustix::time::clock_gettime(rustix::time::ClockId::Monotonic);
        let seconds = u64::try_from(now.tv_sec).unwrap_or(0);
        Moment::from_nanos(seconds * 1_000_000_000 + u64::try_from(now.tv_nsec).unwrap_or(0))
    }

    /// The time since the start.
    #[must_use]
    pub fn now(&self) -> Moment {
        // 2^64 ns are 584 years.
        Moment::from_nanos(u64::try_from(self.start.elapsed().as_nanos()).unwrap_or(u64::MAX))
    }
}
