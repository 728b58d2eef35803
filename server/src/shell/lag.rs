//! Loop lag: owns how long an event may wait because the loop is busy with others.
//!
//! The lag of a turn is the time from the return of `poll` to the next call of it: what happens
//! meanwhile waits that long. Two windows rotate, so that quantiles speak of the last ten to twenty
//! seconds; what falls out of them goes into the histogram of the whole life of the process.

use std::time::Duration;

use hotframe_core::Moment;

const WINDOW: Duration = Duration::from_secs(10);
/// Four buckets per power of two of nanoseconds: a quantile is at most a quarter too high.
const PER_DOUBLING: usize = 4;
const BUCKETS: usize = 64 * PER_DOUBLING;
/// The least and the greatest end that [`Turns::below`] has: 1 µs and 1.6 s in powers of two.
const FIRST_END: u64 = 1 << 10;
const LAST_END: u64 = 3 << 29;

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

/// Every turn since the start, by how long it took.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Turns {
    /// Ends of buckets in nanoseconds, ascending, each with the turns that took less: two a
    /// doubling, from 1 µs to 1.6 s.
    pub below: Vec<(u64, u64)>,
    /// All turns.
    pub count: u64,
    /// How long they took together, in nanoseconds.
    pub sum_ns: u64,
}

#[derive(Debug)]
struct Window {
    counts: Box<[u32; BUCKETS]>,
    longest_ns: u64,
    sum_ns: u64,
}

/// The turns that are in no window any more.
#[derive(Debug)]
struct Past {
    counts: Box<[u64; BUCKETS]>,
    sum_ns: u64,
}

/// How long the turns of the loop took. Lives on the loop thread.
#[derive(Debug)]
pub struct Lag {
    current: Window,
    previous: Window,
    past: Past,
    rotate_at: Moment,
}

impl Window {
    fn new() -> Self {
        Self { counts: Box::new([0; BUCKETS]), longest_ns: 0, sum_ns: 0 }
    }

    fn clear(&mut self) {
        self.counts.fill(0);
        self.longest_ns = 0;
        self.sum_ns = 0;
    }
}

impl Past {
    fn take_in(&mut self, window: &Window) {
        for (past, count) in self.counts.iter_mut().zip(window.counts.iter()) {
            *past += u64::from(*count);
        }
        self.sum_ns += window.sum_ns;
    }
}

impl Lag {
    /// No turns yet.
    #[must_use]
    pub fn new(now: Moment) -> Self {
        let (current, previous) = (Window::new(), Window::new());
        let past = Past { counts: Box::new([0; BUCKETS]), sum_ns: 0 };
        Self { current, previous, past, rotate_at: now.after(WINDOW) }
    }

    /// Takes in one turn, from the return of `poll` to the next call.
    pub fn record(&mut self, from: Moment, to: Moment) {
        if to >= self.rotate_at {
            std::mem::swap(&mut self.current, &mut self.previous);
            self.past.take_in(&self.current);
            self.current.clear();
            self.rotate_at = to.after(WINDOW);
        }
        let ns = to.as_nanos().saturating_sub(from.as_nanos());
        let count = &mut self.current.counts[bucket(ns)];
        *count = count.saturating_add(1);
        self.current.longest_ns = self.current.longest_ns.max(ns);
        self.current.sum_ns += ns;
    }

    /// Every turn since the start.
    #[must_use]
    pub fn turns(&self) -> Turns {
        let windows = self.current.counts.iter().zip(self.previous.counts.iter());
        let counts = self.past.counts.iter().zip(windows);
        let counts = counts.map(|(past, (a, b))| past + u64::from(*a) + u64::from(*b));
        let mut turns = Turns {
            sum_ns: self.past.sum_ns + self.current.sum_ns + self.previous.sum_ns,
            ..Turns::default()
        };
        for (index, count) in counts.enumerate() {
            if index >= bucket(FIRST_END) && index <= bucket(LAST_END) && index % 2 == 0 {
                turns.below.push((start(index), turns.count));
            }
            turns.count += count;
        }
        turns
    }

    /// The figures of the last ten to twenty seconds of activity.
    #[must_use]
    pub fn quantiles(&self) -> Quantiles {
        let counts: Vec<u64> = (self.current.counts.iter().zip(self.previous.counts.iter()))
            .map(|(a, b)| u64::from(*a) + u64::from(*b))
            .collect();
        let max = self.current.longest_ns.max(self.previous.longest_ns);
        let at = |percent: u64| quantile(&counts, percent).min(max).div_ceil(1000);
        Quantiles { p50: at(50), p99: at(99), max: max.div_ceil(1000) }
    }
}

fn bucket(ns: u64) -> usize {
    if ns < 4 {
        return usize::try_from(ns).unwrap_or(0);
    }
    let doubling = ns.ilog2();
    let quarter = (ns >> (doubling - 2)) & 3;
    (doubling as usize - 1) * PER_DOUBLING + usize::try_from(quarter).unwrap_or(0)
}

/// The first value of `index`'s bucket.
fn start(index: usize) -> u64 {
    index.checked_sub(1).map_or(0, upper)
}

/// The first value past `index`'s bucket.
fn upper(index: usize) -> u64 {
    if index < PER_DOUBLING {
        return index as u64;
    }
    let (doubling, quarter) = (index / PER_DOUBLING + 1, index % PER_DOUBLING);
    (5 + quarter as u64).saturating_mul(
        1u64.checked_shl(u32::try_from(doubling).unwrap_or(u32::MAX) - 2).unwrap_or(u64::MAX),
    )
}

fn quantile(counts: &[u64], percent: u64) -> u64 {
    let total: u64 = counts.iter().sum();
    let rank = (total * percent).div_ceil(100).max(1);
    let mut seen = 0;
    for (index, count) in counts.iter().enumerate() {
        seen += count;
        if seen >= rank {
            return upper(index);
        }
    }
    0
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
    fn every_value_lies_below_the_end_of_its_bucket() {
        for shift in 0..63 {
            for ns in [(1u64 << shift) - 1, 1 << shift, (1 << shift) + 1] {
                let index = bucket(ns);
                assert!(index < BUCKETS && ns <= upper(index), "{ns} in {index}");
                assert!(upper(index) <= ns.saturating_add(ns / 4 + 1), "{ns} in {index}");
            }
        }
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
        assert_eq!(turns.below.last(), Some(&(LAST_END, 7)));
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
