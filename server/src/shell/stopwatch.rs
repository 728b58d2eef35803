//! The stopwatch: owns the look at each turn whether it held the loop for long, and what is known
//! of such a turn.
//!
//! A turn may hold the loop although none of its requests is timed. The kernel's coarse clock,
//! which moves every few milliseconds, costs as much as a few stores, and shows it well enough.

use std::time::Duration;

use hotframe_core::ConnectionId;
use hotframe_protocol::{Ahead, Command, Decoder};
use rustix::time::{ClockId, clock_gettime};

use crate::plugins::{OnDuty, on_duty};

/// A turn that took so long held the loop.
const LONG: Duration = Duration::from_millis(8);
/// Of one round so many are kept.
const MOST: usize = 16;

/// Looks at every turn, and keeps those of the round that took long. Lives on the loop thread.
#[derive(Debug, Default)]
pub struct Stopwatch {
    /// Milliseconds of the coarse clock at the end of the turn before.
    last: u64,
    held: Vec<HeldTurn>,
}

/// A turn that held the loop: the last of its requests was with a handler at its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeldTurn {
    /// Whose turn.
    pub connection: ConnectionId,
    /// The number of the last request that it took.
    pub number: u64,
    /// How many it took: any of them may have been the slow one.
    pub among: u64,
    /// The last one's command and address, where its bytes still say so.
    pub head: Option<(Command, u8)>,
    /// The handler that was called last.
    pub handler: String,
    /// How long the turn took, to a few milliseconds.
    pub took: Duration,
}

impl Stopwatch {
    /// A round begins.
    pub fn start(&mut self) {
        self.last = reading();
    }

    /// A turn is over: how long it took if that was long.
    #[inline]
    pub fn lap(&mut self) -> Option<Duration> {
        let now = reading();
        let took = Duration::from_millis(now.saturating_sub(self.last));
        self.last = now;
        (took >= LONG).then_some(took)
    }

    /// Keeps a turn that took long, of which `bytes` were handed to the engine and held `among`
    /// frames, the last one with this number. Must be called before the handler's duty is over.
    #[cold]
    pub fn keep(
        &mut self,
        connection: ConnectionId,
        (number, among): (u64, u64),
        bytes: &[u8],
        took: Duration,
    ) {
        if self.held.len() < MOST
            && among > 0
            && let Some(OnDuty { what: handler, .. }) = on_duty()
        {
            let head = last_of(bytes, among);
            self.held.push(HeldTurn { connection, number, among, head, handler, took });
        }
    }

    /// The turns of this round that took long.
    pub fn take(&mut self) -> Vec<HeldTurn> {
        std::mem::take(&mut self.held)
    }
}

/// The last of so many frames at the front of `bytes`; `None` if they are not all there.
fn last_of(mut bytes: &[u8], count: u64) -> Option<(Command, u8)> {
    let (mut decoder, mut ahead) = (Decoder::default(), Ahead::default());
    let frames = std::iter::from_fn(|| {
        decoder.decode_intact(&mut bytes, &mut ahead).map(|frame| (frame.command, frame.address))
    });
    frames.take(usize::try_from(count).unwrap_or(usize::MAX)).enumerate().last().and_then(
        |(place, head)| {
            (u64::try_from(place).is_ok_and(|place| place + 1 == count)).then_some(head)
        },
    )
}

/// The coarse clock, in milliseconds.
#[inline]
fn reading() -> u64 {
    let now = clock_gettime(ClockId::MonotonicCoarse);
    let seconds = u64::try_from(now.tv_sec).unwrap_or(0);
    seconds * 1_000 + u64::try_from(now.tv_nsec).unwrap_or(0) / 1_000_000
}

#[cfg(test)]
mod tests {
    use hotframe_protocol::{Frame, Kind, MAX_FRAME};

    use super::*;

    fn frames(numbers: &[u16]) -> Vec<u8> {
        let mut bytes = Vec::new();
        for number in numbers {
            let mut room = [0; MAX_FRAME];
            let command = Command::new(Kind::Request, *number);
            let frame = Frame { address: 7, command, data: b"x" };
            let len = frame.encode(&mut room).unwrap();
            bytes.extend_from_slice(&room[..len]);
        }
        bytes
    }

    #[test]
    fn the_last_frame_of_a_turn_is_found_only_where_all_are_there() {
        let bytes = frames(&[0x100, 0x101, 0x102]);
        let last = |count| last_of(&bytes, count).map(|(command, _)| command.number());
        assert_eq!([1, 2, 3].map(last), [Some(0x100), Some(0x101), Some(0x102)]);
        assert_eq!((last(4), last_of(b"garbage", 1)), (None, None));
    }

    #[test]
    fn a_turn_that_is_short_is_not_kept() {
        let mut stopwatch = Stopwatch::default();
        stopwatch.start();
        let begun = std::time::Instant::now();
        let lap = stopwatch.lap();
        assert!(lap.is_none() || begun.elapsed() > LONG / 2);
        let id = ConnectionId::from_bits(1 << 32).unwrap();
        // No handler is on duty here: there is nothing to tell.
        stopwatch.keep(id, (1, 1), &[], LONG);
        assert_eq!(stopwatch.take(), []);
    }
}
