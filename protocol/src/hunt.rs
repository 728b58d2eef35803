//! The hunt for the next good frame after synchronisation was lost.
//!
//! Every position is a candidate if two `AA` stand there, and garbage may be nothing but `AA`.
//! So no candidate gets a checksum of its own: they share the running one of [`Prefix`], and the
//! work is a constant for each byte that is skipped, plus one for each hunt, whatever arrives.

use crate::crc::LANES;
use crate::effort::spend;
use crate::prefix::{MAX_WINDOW, Prefix};
use crate::{MAX_FRAME, MIN_FRAME, PREAMBLE};

/// The bytes of a head up to and with its length.
const UP_TO_LENGTH: usize = 4;

/// The bytes that show the heads of all candidates which start in one block.
const HEADS: usize = LANES + UP_TO_LENGTH - 1;

/// Where a hunt ended.
pub struct Found {
    /// The bytes in front that belong to no frame.
    pub skipped: usize,
    /// The length of the good frame behind them; `None` if it is still to come.
    pub frame_len: Option<usize>,
}

/// Looks for the first good frame in `bytes`. With `last` an incomplete candidate is garbage,
/// else the hunt ends in front of it.
#[cold]
#[inline(never)]
pub fn hunt(bytes: &[u8], last: bool) -> Found {
    let behind_preamble = bytes.get(PREAMBLE.len()..).unwrap_or_default();
    let mut prefix = Prefix::new(behind_preamble);
    let mut start = 0;
    while let Some(reach) = bytes[start..].first_chunk::<{ LANES + MAX_FRAME }>() {
        let heads = &reach[..HEADS];
        if has_candidate(heads) {
            prefix.reach(start, start + LANES + MAX_WINDOW);
            if let Some(found) = find_in_block(&prefix, start, heads) {
                return found;
            }
        }
        start += LANES;
    }
    find_in_tail(&mut prefix, bytes, start, last)
}

/// Whether a preamble starts in the block.
fn has_candidate(heads: &[u8]) -> bool {
    spend(LANES);
    heads[..=LANES].windows(PREAMBLE.len()).any(|pair| pair == PREAMBLE)
}

/// Judges the candidates of a block which are all known to be whole.
#[inline]
fn find_in_block(prefix: &Prefix<'_>, start: usize, heads: &[u8]) -> Option<Found> {
    spend(LANES);
    for (place, head) in heads.windows(UP_TO_LENGTH).enumerate() {
        let skipped = start + place;
        if head[..PREAMBLE.len()] == PREAMBLE && prefix.is_intact(skipped, head[3]) {
            return Some(Found { skipped, frame_len: Some(frame_len(head)) });
        }
    }
    None
}

/// Judges the candidates from `start` on, of which some may be incomplete.
fn find_in_tail(prefix: &mut Prefix<'_>, bytes: &[u8], start: usize, last: bool) -> Found {
    for (place, head) in bytes[start..].windows(UP_TO_LENGTH).enumerate() {
        spend(1);
        if head[..PREAMBLE.len()] != PREAMBLE {
            continue;
        }
        let skipped = start + place;
        let end = skipped + frame_len(head);
        if end <= bytes.len() {
            prefix.reach(skipped, end - PREAMBLE.len());
            if prefix.is_intact(skipped, head[3]) {
                return Found { skipped, frame_len: Some(frame_len(head)) };
            }
        } else if !last {
            return Found { skipped, frame_len: None };
        }
    }
    let started = if last { 0 } else { started(bytes) };
    Found { skipped: bytes.len() - started, frame_len: None }
}

/// How many bytes at the end of `bytes` may start a frame, but are too few to say its length.
fn started(bytes: &[u8]) -> usize {
    const AA: u8 = PREAMBLE[0];
    match bytes {
        [.., AA, AA, _] => 3,
        [.., AA, AA] => 2,
        [.., AA] => 1,
        _ => 0,
    }
}

fn frame_len(head: &[u8]) -> usize {
    MIN_FRAME + usize::from(head[3])
}
