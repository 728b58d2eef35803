//! The witness: which requests and events are looked at closely, and what was seen of them.
//!
//! A frame has a number, its place among all that were taken. On the path of a frame stands one
//! comparison of that number with [`Witness::due`]; all else is cold.

use alloc::boxed::Box;
use alloc::collections::VecDeque;
use alloc::sync::Arc;

use hotframe_protocol::Command;

use crate::limits::MAX_SIGHTINGS;
use crate::{ConnectionId, Moment, SessionId};

/// What the shell wants to see of requests and events. By default nothing.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Watch {
    /// The share of frames that are sampled, in parts of [`Watch::ALL`]. Which ones is decided by
    /// their numbers: one out of each block of as many as the share says, not always the same.
    pub share: u64,
    /// Every request and event is told, sampled or not.
    pub every: bool,
    /// Every request is timed, and told if it was slow.
    pub timed: bool,
    /// Answers that took at least so many nanoseconds are slow; those of deferred requests are
    /// told whenever they are. 0: none is.
    pub slow: u64,
    /// What is told has the payloads with it.
    pub payloads: bool,
}

/// What became of a request or an event.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum End {
    /// It was answered with a reply.
    Replied,
    /// It was answered with an error of this code.
    Failed(u16),
    /// It is put off: another sighting, with the same number, tells what became of it.
    Deferred,
    /// It gets no answer: an event.
    Taken,
    /// Its connection ended before the answer came.
    Abandoned,
}

/// What was seen of one request or event.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Sighting {
    /// Its number in the life of the engine.
    pub number: u64,
    /// Who sent it.
    pub connection: ConnectionId,
    /// The session that its connection had.
    pub session: Option<SessionId>,
    /// The whole command word.
    pub command: Command,
    /// The device's address.
    pub address: u8,
    /// `plugin.handler` that was called last; `None` if none was.
    pub handler: Option<Arc<str>>,
    /// What became of it.
    pub end: End,
    /// When its bytes were handed in.
    pub since: Moment,
    /// Nanoseconds: until it was answered, or put off. For an answer that came later, from when
    /// its bytes were handed in.
    pub took: u64,
    /// Whether it is one of the share.
    pub sampled: bool,
    /// Whether it was put off before.
    pub late: bool,
    /// The lengths of its data and its answer's; 0 of what belongs to another sighting.
    pub lengths: (u8, u8),
    /// Its data, if payloads are wanted; empty when it was put off before.
    pub asked: Box<[u8]>,
    /// The data of its answer, if payloads are wanted.
    pub answered: Box<[u8]>,
}

impl Watch {
    /// The share of all frames.
    pub const ALL: u64 = 1 << 32;
}

/// What is looked for and what was seen.
#[derive(Default)]
pub(crate) struct Witness {
    /// The next frame to look at has this number, or a higher one.
    pub due: Due,
    watch: Watch,
    /// Whether what becomes of the frame that is being taken is to be told in any case.
    pub is_wanted: bool,
    seen: VecDeque<Sighting>,
}

/// A number of a frame; by default that of none.
#[derive(Clone, Copy)]
pub(crate) struct Due(pub u64);

impl Default for Due {
    fn default() -> Self {
        Self(u64::MAX)
    }
}

impl Witness {
    pub const fn watch(&self) -> &Watch {
        &self.watch
    }

    /// Looks at what `watch` says from now on, where `newest` is the number of the newest frame.
    pub fn set(&mut self, watch: Watch, newest: u64) {
        self.watch = Watch { share: watch.share.min(Watch::ALL), ..watch };
        self.pass(newest);
    }

    /// The frame of this number is about to be taken.
    pub fn open(&mut self, number: u64) {
        self.is_wanted = self.watch.every || self.is_sampled(number);
    }

    /// The frame of this number was looked at.
    pub fn pass(&mut self, number: u64) {
        self.due = Due(match self.watch {
            Watch { every: true, .. } | Watch { timed: true, .. } => number + 1,
            Watch { share: 0, .. } => u64::MAX,
            Watch { share, .. } => {
                let block = block_of(number + 1, share);
                let own = sampled_of(block, share);
                if own > number { own } else { sampled_of(block + 1, share) }
            }
        });
    }

    /// Whether the frame of this number is one of the share.
    pub fn is_sampled(&self, number: u64) -> bool {
        let share = self.watch.share;
        share > 0 && sampled_of(block_of(number, share), share) == number
    }

    /// Keeps `sighting` for the shell; false if there is no room, and it is lost.
    pub fn tell(&mut self, sighting: Sighting) -> bool {
        let fits = self.seen.len() < MAX_SIGHTINGS;
        if fits {
            self.seen.push_back(sighting);
        }
        fits
    }

    pub fn next(&mut self) -> Option<Sighting> {
        self.seen.pop_front()
    }

    pub fn has_seen(&self) -> bool {
        !self.seen.is_empty()
    }
}

/// The block that the frame of this number belongs to.
fn block_of(number: u64, share: u64) -> u64 {
    let block = u128::from(number) * u128::from(share) / u128::from(Watch::ALL);
    u64::try_from(block).expect("a share is at most the whole")
}

/// The number of a block's first frame.
fn start_of(block: u64, share: u64) -> u64 {
    let start = (u128::from(block) * u128::from(Watch::ALL)).div_ceil(u128::from(share));
    u64::try_from(start).unwrap_or(u64::MAX)
}

/// The number of the one frame of a block that is sampled: anywhere in it, so that no rhythm of
/// the traffic keeps step with the sampling.
fn sampled_of(block: u64, share: u64) -> u64 {
    let (start, end) = (start_of(block, share), start_of(block.saturating_add(1), share));
    start + scatter(block) % (end - start).max(1)
}

/// A number that has no likeness to `block` (the finalizer of SplitMix64).
const fn scatter(block: u64) -> u64 {
    let mut bits = block.wrapping_add(0x9E37_79B9_7F4A_7C15);
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    bits ^ (bits >> 31)
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use super::*;

    fn sampled(share: u64, upto: u64) -> Vec<u64> {
        let mut witness = Witness::default();
        witness.set(Watch { share, ..Watch::default() }, 0);
        let mut found = Vec::new();
        for number in 1..=upto {
            if number >= witness.due.0 {
                assert!(witness.is_sampled(number), "{number}");
                found.push(number);
                witness.pass(number);
            } else {
                assert!(!witness.is_sampled(number), "{number}");
            }
        }
        found
    }

    #[test]
    fn a_share_of_all_frames_is_sampled_and_no_other() {
        assert_eq!(sampled(0, 100), []);
        assert_eq!(sampled(Watch::ALL, 100), (1..=100).collect::<Vec<_>>());
        for (share, least, most) in [
            (Watch::ALL / 2, 4_999, 5_001),
            (Watch::ALL / 100, 99, 101),
            (Watch::ALL / 4 * 3, 7_498, 7_502),
            (1, 0, 1),
        ] {
            let found = sampled(share, 10_000).len();
            assert!((least..=most).contains(&found), "{share}: {found}");
        }
    }

    #[test]
    fn samples_keep_no_step_with_the_traffic() {
        let found = sampled(Watch::ALL / 100, 100_000);
        for residue in 0..10 {
            let alike = found.iter().filter(|number| *number % 10 == residue).count();
            assert!((50..=150).contains(&alike), "{alike} of 1000 end in {residue}");
        }
    }
}
