//! The witness: owns what becomes of the sightings of requests that the engine was asked for.
//!
//! A [`Sighting`] is told once its request is answered, or put off, and then again. Some are lines
//! of the access log, all that are sampled are counted by how long they took, slow ones are kept
//! for a while, and those that somebody taps go to him. What nobody asked for is not looked at.

mod access;
mod calm;
mod parcel;
mod redaction;
mod report;
mod slowlog;
mod tap;

use std::time::Duration;

use hotframe_core::{End, Engine, Handlers, Moment, Sighting, Watch};

use calm::Calm;
use slowlog::SlowLog;

pub use redaction::Redaction;
pub use report::Report;
pub use tap::{Tap, TapFeed, TapFilter, Tapped, open};

use crate::config;
use crate::control::answers::SightingRow;
use crate::shell::histogram::{Distribution, Histogram};

/// One request of so many is timed whatever is asked for, so that there are figures of how long
/// they take.
const TIMED: u64 = 1024;
/// A round of the loop that takes so long is looked into, if it did not have its hands full.
const LONG: Duration = Duration::from_millis(10);
/// And for so long.
const HUNT: Duration = Duration::from_secs(60);
/// So many listen at a time.
const MAX_TAPS: usize = 4;

/// What the loop does with sightings. Lives on the loop thread.
#[derive(Debug)]
pub struct Witness {
    access: u64,
    redaction: Redaction,
    took: Histogram,
    slow: SlowLog,
    taps: Vec<Tap>,
    /// Until then every request is timed: a turn of the loop took long.
    hunts_until: Moment,
    /// And while it is calm.
    calm: Calm,
    /// The frames that had been taken at the end of the round before.
    frames: u64,
}

impl Witness {
    /// One that looks at what the settings say.
    #[must_use]
    pub fn new(log: &config::Log) -> Self {
        let redaction = Redaction::new(&log.redact);
        Self {
            access: parts(log.access),
            redaction,
            took: Histogram::default(),
            slow: SlowLog::new(),
            taps: Vec::new(),
            hunts_until: Moment::default(),
            calm: Calm::new(),
            frames: 0,
        }
    }

    /// Looks at what these settings say from now on.
    pub fn set(&mut self, log: &config::Log) {
        self.access = parts(log.access);
        self.redaction = Redaction::new(&log.redact);
    }

    /// Has the engine look at what is wanted.
    pub fn direct<H: Handlers>(&self, engine: &mut Engine<H>, now: Moment) {
        let watch = Watch {
            share: self.access.max(Watch::ALL / TIMED),
            every: !self.taps.is_empty(),
            timed: self.calm.is_calm() || now < self.hunts_until,
            slow: self.slow.threshold(),
            payloads: !self.taps.is_empty() || (self.access > 0 && access::shows_payloads()),
        };
        if *engine.watch() != watch {
            engine.set_watch(watch);
        }
    }

    /// One request was seen.
    pub fn take(&mut self, report: &Report<'_>, now: Moment) {
        let sighting = report.sighting;
        self.taps.retain(|tap| tap.pass(report, &self.redaction));
        if sighting.end != End::Deferred {
            self.slow.take(report, &self.redaction, now);
        }
        if sighting.sampled && sighting.end != End::Deferred {
            self.took.record(sighting.took);
            if self.is_for_access(sighting) {
                access::write(report, &self.redaction);
            }
        }
    }

    /// A round of the loop is over: where it took long for the few frames that it had, some handler
    /// is slow, and for a while every request is to be timed, to find out which. True if something
    /// else is to be looked at from now on.
    pub fn note_round(&mut self, took: Duration, frames: u64, now: Moment) -> bool {
        let few = frames.saturating_sub(std::mem::replace(&mut self.frames, frames)).max(1);
        let share = took / u32::try_from(few).unwrap_or(u32::MAX);
        let is_long = took >= LONG && share >= LONG / 100;
        if is_long {
            self.hunts_until = now.after(HUNT);
        }
        self.calm.note(frames, now) || is_long
    }

    /// When there is something to judge although nothing happens.
    #[must_use]
    pub fn next_look(&self) -> Option<Moment> {
        self.calm.next_look()
    }

    /// A turn held the loop, though none of its requests may have been looked at.
    pub fn take_held(&mut self, row: SightingRow, took: Duration, now: Moment) {
        self.slow.take_row(u64::try_from(took.as_nanos()).unwrap_or(u64::MAX), row, now);
    }

    /// Somebody wants to see requests as they pass; false if there is no place for him.
    #[must_use]
    pub fn tap(&mut self, tap: Tap) -> bool {
        let fits = self.taps.len() < MAX_TAPS;
        if fits {
            self.taps.push(tap);
        }
        fits
    }

    /// Ends all taps.
    pub fn end_taps(&mut self) {
        self.taps.clear();
    }

    /// The slowest requests of late.
    #[must_use]
    pub fn slowest(&self) -> Vec<SightingRow> {
        self.slow.rows()
    }

    /// How long requests took that were sampled.
    #[must_use]
    pub fn took(&self) -> Distribution {
        self.took.distribution()
    }

    /// Where fewer lines are wanted than are timed, some of the timed ones have a line.
    fn is_for_access(&self, sighting: &Sighting) -> bool {
        let timed = Watch::ALL / TIMED;
        self.access >= timed || scatter(sighting.number) % timed < self.access
    }
}

/// A share from 0.0 to 1.0 in parts of [`Watch::ALL`].
fn parts(share: f64) -> u64 {
    // Durations do the arithmetic without a cast: the share of a second in nanoseconds.
    let billionths = std::time::Duration::from_secs_f64(share.clamp(0.0, 1.0)).as_nanos();
    let parts = billionths * u128::from(Watch::ALL) / 1_000_000_000;
    u64::try_from(parts).unwrap_or(Watch::ALL)
}

/// A number that has no likeness to `number` (Knuth's multiplicative hash).
const fn scatter(number: u64) -> u64 {
    number.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 24
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_in_parts_of_the_whole() {
        assert_eq!(parts(0.0), 0);
        assert_eq!(parts(0.5), Watch::ALL / 2);
        assert_eq!(parts(1.0), Watch::ALL);
        assert_eq!(parts(1e-9), 4);
    }

    #[test]
    fn a_long_round_with_little_in_it_is_looked_into() {
        let mut witness = Witness::new(&config::Log::default());
        let now = Moment::from_nanos(1);
        assert!(witness.note_round(LONG, 1_000, now), "it is not calm any more");
        assert_eq!(witness.hunts_until, Moment::default(), "a thousand frames take their time");
        assert!(!witness.note_round(LONG / 2, 1_001, now));
        assert!(witness.note_round(LONG, 1_002, now));
        assert_eq!(witness.hunts_until, now.after(HUNT));
    }

    #[test]
    fn less_than_is_timed_is_still_a_share() {
        let log = config::Log { access: 0.000_1, ..config::Log::default() };
        let witness = Witness::new(&log);
        let timed = Watch::ALL / TIMED;
        assert!(witness.access < timed);
        let lines = (0..100_000).filter(|n| scatter(*n) % timed < witness.access).count();
        assert!((9_000..11_500).contains(&lines), "{lines} of those that are timed");
    }
}
