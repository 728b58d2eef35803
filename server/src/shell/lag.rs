//! Loop lag: owns how long an event may wait because the loop is busy with others.
//!
//! The lag of a turn is the time from the return of `poll` to the next call of it: what happens
//! meanwhile waits that long. Two windows rotate, so that quantiles speak of the last ten to twenty
//! seconds; what falls out of them goes into the histogram of the whole life of the process.

use std::time::Duration;

use hotframe_core::Moment;

use super::histogram::{Distribution, Histogram};

const WINDOW: Duration = Duration::from_secs(10);
/// Quantiles of the loop's turns, in microseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Quantiles {
    /// Half of the turns took at most this long.
    pub p50: u64,
    /// 99 of 100 turns took at most this long.
    pub p99: u64,
    /// The longest turn.
    pub max: u64,
}

#[derive(Debug, Default)]
struct Window {
    turns: Histogram,
    longest_ns: u64,
}

/// How long the turns of the loop took. Lives on the loop thread.
#[derive(Debug)]
pub struct Lag {
    current: Window,
    previous: Window,
    /// The turns that are in no window any more.
    past: Histogram,
    rotate_at: Moment,
    newest_ns: u64,
}

impl Lag {
    /// No turns yet.
    #[must_use]
    pub fn new(now: Moment) -> Self {
        let (current, previous) = (Window::default(), Window::default());
        Self {
            current,
            previous,
            past: Histogram::default(),
            rotate_at: now.after(WINDOW),
            newest_ns: 0,
        }
    }

    /// Takes in one turn, from the return of `poll` to the next call.
    pub fn record(&mut self, from: Moment, to: Moment) {
        if to >= self.rotate_at {
            std::mem::swap(&mut self.current, &mut self.previous);
            self.past.absorb(&self.current.turns);
            self.current.turns.clear();
            self.current.longest_ns = 0;
            self.rotate_at = to.after(WINDOW);
        }
        let ns = to.as_nanos().saturating_sub(from.as_nanos());
        self.newest_ns = ns;
        self.current.turns.record(ns);
        self.current.longest_ns = self.current.longest_ns.max(ns);
    }

    /// The turn that was taken in last.
    #[must_use]
    pub const fn newest(&self) -> Duration {
        Duration::from_nanos(self.newest_ns)
    }

    /// Every turn since the start.
    #[must_use]
    pub fn turns(&self) -> Distribution {
        let mut all = self.past.clone();
        all.absorb(&self.current.turns);
        all.absorb(&self.previous.turns);
        all.distribution()
    }

    /// The figures of the last ten to twenty seconds of activity.
    #[must_use]
    pub fn quantiles(&self) -> Quantiles {
        let mut recent = self.current.turns.clone();
        recent.absorb(&self.previous.turns);
        let max = self.current.longest_ns.max(self.previous.longest_ns);
        let at = |percent: u64| recent.quantile(percent).min(max).div_ceil(1000);
        Quantiles { p50: at(50), p99: at(99), max: max.div_ceil(1000) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lag_of(turns_us: &[u64]) -> Quantiles {
        let mut lag = Lag::new(Moment::from_nanos(0));
        for us in turns_us {
            lag.record(Moment::from_nanos(0), Moment::from_nanos(us * 1000));
        }
        lag.quantiles()
    }

    #[test]
    fn quantiles_are_at_most_a_quarter_too_high() {
        let figures = lag_of(&(1..=100).collect::<Vec<_>>());
        assert_eq!(figures.max, 100);
        assert!((50..=63).contains(&figures.p50), "{figures:?}");
        assert!((99..=100).contains(&figures.p99), "{figures:?}");
        assert_eq!(lag_of(&[]), Quantiles::default());
    }

    #[test]
    fn the_histogram_forgets_no_turn_and_has_each_below_its_ends() {
        let mut lag = Lag::new(Moment::from_nanos(0));
        let took = [1, 1_000, 1_024, 1_535, 1_536, 70_000, 1_000_000_000, 9_000_000_000];
        for (second, ns) in took.iter().enumerate() {
            let from = Moment::from_nanos(0).after(WINDOW * u32::try_from(second).unwrap());
            lag.record(from, from.after(Duration::from_nanos(*ns)));
        }
        let turns = lag.turns();
        assert_eq!((turns.count, turns.sum_ns), (8, took.iter().sum()));
        assert_eq!(turns.below[..3], [(1024, 2), (1536, 4), (2048, 5)]);
        assert_eq!(turns.below.last(), Some(&(3 << 29, 7)));
        for (end, below) in turns.below {
            assert_eq!(below, took.iter().filter(|ns| **ns < end).count() as u64, "{end}");
        }
    }

    #[test]
    fn old_turns_are_forgotten() {
        let mut lag = Lag::new(Moment::from_nanos(0));
        lag.record(Moment::from_nanos(0), Moment::from_nanos(5_000_000));
        for second in [11, 22, 33] {
            let from = Moment::from_nanos(second * 1_000_000_000);
            lag.record(from, from.after(Duration::from_micros(10)));
        }
        assert_eq!(lag.quantiles().max, 10);
    }
}
