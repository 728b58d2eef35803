//! Rates: how often something may happen, and the bucket that remembers how often it did.

use core::time::Duration;

use crate::Moment;
use crate::moment::nanos;

/// So many per so long; as many may come at once.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Rate {
    /// Nanoseconds that one costs, rounded up: the rate is never exceeded.
    interval: u64,
    /// What all but one of a full bucket cost: how far ahead of time one more may come.
    slack: u64,
}

impl Rate {
    /// `count` in each `per`; a count of 0 is taken as 1, and a rate beyond one a nanosecond as
    /// that.
    #[must_use]
    pub fn new(count: u64, per: Duration) -> Self {
        let interval = nanos(per).div_ceil(count.max(1)).max(1);
        Self { interval, slack: interval.saturating_mul(count.max(1) - 1) }
    }
}

/// What is left of a [`Rate`]: a bucket of tokens, kept as the moment when it is full again. It
/// is full at first.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Bucket {
    full: Moment,
}

impl Bucket {
    /// Takes one, if there is one.
    #[inline]
    pub fn take(&mut self, rate: Rate, now: Moment) -> bool {
        let has = self.has(rate, now);
        if has {
            self.full = self.full.max(now).after_nanos(rate.interval);
        }
        has
    }

    /// Whether there is one to take.
    #[inline]
    pub fn has(&mut self, rate: Rate, now: Moment) -> bool {
        let owed = self.full.as_nanos().saturating_sub(now.as_nanos());
        if owed > rate.slack {
            // A bucket that was emptied at a slower rate must not wait for that one.
            let empty = now.after_nanos(rate.slack.saturating_add(rate.interval));
            self.full = self.full.min(empty);
        }
        owed <= rate.slack
    }

    /// From when on there is one again, after there was none.
    #[must_use]
    pub const fn opens(&self, rate: Rate) -> Moment {
        Moment::from_nanos(self.full.as_nanos().saturating_sub(rate.slack))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: u64 = 1_000_000_000;

    /// How many of `tries` at `now` are let through.
    fn through(bucket: &mut Bucket, rate: Rate, now: u64, tries: usize) -> usize {
        (0..tries).filter(|_| bucket.take(rate, Moment::from_nanos(now))).count()
    }

    #[test]
    fn as_many_come_at_once_and_then_in_time() {
        for count in [1, 3, 7, 1_000, 999_999] {
            let rate = Rate::new(count, Duration::from_secs(1));
            let (mut bucket, tries) = (Bucket::default(), usize::try_from(count).unwrap());
            assert_eq!(through(&mut bucket, rate, 5, tries + 10), tries);
            let opens = bucket.opens(rate).as_nanos();
            assert_eq!(through(&mut bucket, rate, opens - 1, 1), 0);
            assert_eq!(through(&mut bucket, rate, opens, 2), 1);
            assert_eq!(through(&mut bucket, rate, 5 + 3 * SECOND, tries + 10), tries);
        }
    }

    #[test]
    fn no_more_than_the_rate_pass_in_the_long_run() {
        let rate = Rate::new(7, Duration::from_secs(1));
        let mut bucket = Bucket::default();
        let steps = (0..1_000).map(|step| through(&mut bucket, rate, step * SECOND / 100, 1));
        let passed: usize = steps.sum();
        assert!((70..=77).contains(&passed), "{passed} in ten seconds");
    }

    #[test]
    fn a_faster_rate_does_not_wait_for_a_slower_one() {
        let mut bucket = Bucket::default();
        let slow = Rate::new(5, Duration::from_secs(3600));
        assert_eq!(through(&mut bucket, slow, 0, 9), 5);
        let fast = Rate::new(10, Duration::from_secs(1));
        assert_eq!(through(&mut bucket, fast, 0, 1), 0);
        assert_eq!(through(&mut bucket, fast, SECOND / 10, 5), 1);
    }

    #[test]
    fn the_ends_of_time_and_of_numbers_are_no_trouble() {
        let rate = Rate::new(0, Duration::MAX);
        let mut bucket = Bucket::default();
        assert_eq!(through(&mut bucket, rate, 0, 3), 1);
        let rate = Rate::new(u64::MAX, Duration::from_secs(1));
        assert_eq!(through(&mut Bucket::default(), rate, u64::MAX - 1, 3), 3);
    }
}
