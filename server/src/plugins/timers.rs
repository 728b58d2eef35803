//! Owns the timers of one instance. Pure: the moment is handed in.
use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use hotframe_core::Moment;
use hotframe_plugin_api::abi::hf_timer;

/// So many may run at a time.
const MOST: usize = 65_536;
/// A timer that beats more often would keep the loop from everything else.
const SHORTEST_PERIOD: Duration = Duration::from_millis(1);

/// The timers that run, by when they are due.
#[derive(Debug, Default)]
pub(super) struct Timers {
    due: BTreeMap<(Moment, hf_timer), Timer>,
    /// When each of them is due.
    when: HashMap<hf_timer, Moment>,
    /// The number of the newest.
    newest: hf_timer,
}

#[derive(Debug, Clone, Copy)]
struct Timer {
    /// `None` if it is due once.
    period: Option<Duration>,
    user: u64,
}

/// A timer that has come to its time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Rung {
    pub timer: hf_timer,
    pub user: u64,
}

impl Timers {
    /// Starts one; 0 if too many run.
    pub fn start(
        &mut self,
        now: Moment,
        delay: Duration,
        period: Option<Duration>,
        user: u64,
    ) -> hf_timer {
        if self.when.len() >= MOST {
            return 0;
        }
        self.newest += 1;
        let period = period.map(|period| period.max(SHORTEST_PERIOD));
        self.arm(self.newest, now.after(delay), Timer { period, user });
        self.newest
    }

    /// Ends one; false if it does not run.
    pub fn stop(&mut self, timer: hf_timer) -> bool {
        let when = self.when.remove(&timer);
        when.is_some_and(|when| self.due.remove(&(when, timer)).is_some())
    }

    /// When the first one is due.
    pub fn next(&self) -> Option<Moment> {
        self.due.first_key_value().map(|((when, _), _)| *when)
    }

    /// Takes the first one that is due by `now`. One with a period is due again after `now`: what
    /// was missed is not made up for.
    pub fn pop(&mut self, now: Moment) -> Option<Rung> {
        let first = self.due.first_entry().filter(|first| first.key().0 <= now)?;
        let ((when, timer), Timer { period, user }) = first.remove_entry();
        self.when.remove(&timer);
        if let Some(period) = period {
            let next = when.after(period);
            let next = if next > now { next } else { now.after(period) };
            self.arm(timer, next, Timer { period: Some(period), user });
        }
        Some(Rung { timer, user })
    }

    fn arm(&mut self, timer: hf_timer, when: Moment, what: Timer) {
        self.due.insert((when, timer), what);
        self.when.insert(timer, when);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn at(ms: u64) -> Moment {
        Moment::from_nanos(ms * 1_000_000)
    }

    const fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    #[test]
    fn they_ring_in_the_order_of_their_times_and_not_before() {
        let mut timers = Timers::default();
        let late = timers.start(at(0), ms(20), None, 2);
        let early = timers.start(at(0), ms(10), None, 1);
        assert_eq!(timers.next(), Some(at(10)));
        assert_eq!(timers.pop(at(9)), None);
        assert_eq!(timers.pop(at(25)), Some(Rung { timer: early, user: 1 }));
        assert_eq!(timers.pop(at(25)), Some(Rung { timer: late, user: 2 }));
        assert_eq!((timers.pop(at(99)), timers.next()), (None, None));
        assert!(!timers.stop(late), "it is over");
    }

    #[test]
    fn a_period_beats_until_it_is_stopped_and_makes_up_for_nothing() {
        let mut timers = Timers::default();
        let beat = timers.start(at(0), ms(0), Some(ms(10)), 5);
        let rung = Some(Rung { timer: beat, user: 5 });
        assert_eq!((timers.pop(at(0)), timers.next()), (rung, Some(at(10))));
        assert_eq!((timers.pop(at(14)), timers.next()), (rung, Some(at(20))));
        assert_eq!((timers.pop(at(95)), timers.next()), (rung, Some(at(105))));
        assert!(timers.stop(beat) && !timers.stop(beat));
        assert_eq!(timers.next(), None);
    }

    #[test]
    fn no_period_is_too_short_and_no_number_too_great() {
        let mut timers = Timers::default();
        timers.start(at(0), ms(0), Some(Duration::ZERO), 0);
        timers.pop(at(5));
        assert_eq!(timers.next(), Some(at(6)));
        let never = timers.start(at(5), Duration::MAX, Some(Duration::MAX), 0);
        assert!(timers.stop(never));
        assert_eq!((1..MOST).filter(|_| timers.start(at(0), ms(1), None, 0) == 0).count(), 0);
        assert_eq!(timers.start(at(0), ms(1), None, 0), 0);
    }
}
