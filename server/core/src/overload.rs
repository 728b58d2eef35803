//! Overload: whose requests are shed while the loop cannot keep up.
//!
//! The shell says how long each round of its loop took: so long waits what happens meanwhile. Where
//! that is more than the operator allows, a controller sets the pace of every connection: at first
//! the fair share that it has seen, then half of that, and half of that, as long as the loop stays
//! late. So those above their share are shed first, and who asks little is served to the end.
//! Below half of the limit the pace quickens again, and when it is enough for everybody nothing is
//! shed any more.

use alloc::vec::Vec;
use core::time::Duration;

use crate::moment::nanos;
use crate::{ConnectionId, Moment};

/// How long the rounds are watched before anything is judged by them.
const WINDOW: Duration = Duration::from_millis(100);

/// What a connection may ask ahead of its pace, as a time.
const AHEAD: u64 = nanos(WINDOW);

/// A single long round, such as one in which a plugin is created, is no overload.
const LEAST_LONG_ROUNDS: u32 = 2;

/// Whoever behaves gets at least one request a second answered.
const SLOWEST: u64 = 1_000_000_000;

/// While load is shed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Shedding {
    /// Nanoseconds from one request of a connection to the next; so many times more as it has
    /// requests in flight and as often as its bytes were no frames. 0 while it is found out.
    pub interval: u64,
    /// How far ahead of that pace it may be, in nanoseconds.
    pub ahead: u64,
    /// How often load was shed, this time included.
    pub episode: u32,
    /// From when on this is out of date: the loop has nothing to do, so nothing is shed.
    pub until: Moment,
}

/// What the end of a window has changed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Turned {
    /// Load is shed from now on.
    Overloaded,
    /// Nothing is shed any more.
    Calm,
}

/// The controller.
#[derive(Default)]
pub(crate) struct Overload {
    shedding: Option<Shedding>,
    episodes: u32,
    window: Window,
    /// The pace of each connection, by its slot; empty unless load is shed.
    paces: Vec<Pace>,
}

/// What has been seen since the last judgement.
#[derive(Default)]
struct Window {
    since: Moment,
    rounds: u32,
    /// Rounds that were longer than the limit.
    long: u32,
    /// The sum of the rounds and that of their squares, in nanoseconds.
    sum: u64,
    squares: u128,
    asked: u64,
    /// Connections that asked for the first time since load is shed.
    askers: u64,
    shed: u64,
}

/// How far a connection is ahead.
#[derive(Clone, Copy, Default)]
struct Pace {
    /// Who had the slot then.
    by: Option<ConnectionId>,
    /// When its next request is due.
    due: Moment,
}

impl Window {
    fn starting(since: Moment) -> Self {
        Self { since, ..Self::default() }
    }

    fn add(&mut self, took: u64, limit: u64) {
        self.rounds = self.rounds.saturating_add(1);
        self.long += u32::from(took > limit);
        self.sum = self.sum.saturating_add(took);
        self.squares = self.squares.saturating_add(u128::from(took) * u128::from(took));
    }

    /// How long what comes at any moment of the rounds has to wait for their ends at most, on
    /// average: a long round is met more often than a short one.
    fn lag(&self) -> u64 {
        let lag = self.squares / u128::from(self.sum.max(1));
        u64::try_from(lag).unwrap_or(u64::MAX)
    }
}

impl Overload {
    pub const fn shedding(&self) -> Option<Shedding> {
        self.shedding
    }

    /// A round took this long and ended `now`; `limit` is what is allowed.
    pub fn handle_round(&mut self, took: Duration, limit: Duration, now: Moment) -> Option<Turned> {
        let limit = nanos(limit);
        self.window.add(nanos(took), limit);
        // One round that is longer than a window says nothing yet.
        let undecided = self.window.rounds < LEAST_LONG_ROUNDS && self.window.long > 0;
        if now < self.window.since.after(WINDOW) || undecided {
            return None;
        }
        let turned = self.judge(limit, now);
        self.window = Window::starting(now);
        turned
    }

    /// Judges the window that ends.
    fn judge(&mut self, limit: u64, now: Moment) -> Option<Turned> {
        let lag = self.window.lag();
        let Some(before) = self.shedding else {
            let late = lag > limit && self.window.long >= LEAST_LONG_ROUNDS;
            return late.then(|| {
                self.episodes = self.episodes.wrapping_add(1);
                self.set_pace(0, now);
                Turned::Overloaded
            });
        };
        let calm = lag <= limit / 2;
        if before.until <= now || (calm && self.window.shed == 0) {
            self.calm();
            return Some(Turned::Calm);
        }
        let interval = match before.interval {
            0 => self.fair_interval(now),
            interval if lag > limit => interval.saturating_mul(2).min(SLOWEST),
            interval if calm => interval - interval / 4,
            interval => interval,
        };
        self.set_pace(interval, now);
        None
    }

    fn set_pace(&mut self, interval: u64, now: Moment) {
        // Windows end with a round: while rounds are long, they do so later than planned.
        let until = now.after(WINDOW * 10).after_nanos(self.window.lag().saturating_mul(4));
        let episode = self.episodes;
        self.shedding = Some(Shedding { interval, ahead: AHEAD, episode, until });
    }

    /// Nothing is shed from now on.
    pub fn calm(&mut self) {
        self.shedding = None;
        self.paces = Vec::new();
    }

    /// The pace that each of those who asked would have if all had the same.
    fn fair_interval(&self, now: Moment) -> u64 {
        let window = nanos(now.since(self.window.since));
        let share = self.window.asked.div_ceil(self.window.askers.max(1)).max(1);
        (window / share).clamp(1, SLOWEST)
    }

    /// Whether a request of a connection is shed; its burden are the requests that it has in
    /// flight, and how often its bytes were no frames.
    pub fn sheds(&mut self, id: ConnectionId, burden: u32, now: Moment) -> bool {
        let Some(shedding) = self.shedding.filter(|shedding| now < shedding.until) else {
            return false;
        };
        let slot = id.slot() as usize;
        if self.paces.len() <= slot {
            self.paces.resize(slot + 1, Pace::default());
        }
        let pace = &mut self.paces[slot];
        if pace.by != Some(id) {
            *pace = Pace { by: Some(id), due: now };
            self.window.askers += 1;
        }
        self.window.asked += 1;
        if pace.due > now.after_nanos(shedding.ahead) {
            self.window.shed += 1;
            return true;
        }
        let cost = shedding.interval.saturating_mul(u64::from(burden).saturating_add(1));
        pace.due = pace.due.max(now).after_nanos(cost);
        false
    }
}

#[cfg(test)]
mod tests;
