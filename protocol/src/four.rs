//! Four frames of one length, one behind the other: owns their checksums, which are made at once.

use crate::effort::spend;
use crate::{HEAD_LEN, MIN_FRAME, PREAMBLE};

/// The lengths of data of which four checksums take the time of one, with or without their own
/// places behind the data.
const SHORT: core::ops::RangeInclusive<u8> = 12..=26;

/// How much of the input in front is known to be intact frames, of which the checksums were looked
/// at together. It belongs to one input and to the loop that takes frames off it.
#[derive(Debug, Default)]
pub struct Ahead {
    len: usize,
}

impl Ahead {
    /// Whether `whole`, the candidate at the front of `input`, is known to be an intact frame,
    /// or becomes known as one of four. It is taken off then.
    #[inline(always)]
    pub fn takes(&mut self, whole: &[u8], input: &[u8]) -> bool {
        if self.len == 0 {
            if !begins_with_four(input, whole[3]) {
                return false;
            }
            self.len = 4 * whole.len();
        }
        debug_assert_eq!(crate::crc16(&whole[PREAMBLE.len()..]), 0, "of another input");
        self.len -= whole.len();
        true
    }
}

/// The checksums of the four frames at the front of `bytes`, if all have `len` bytes of data and
/// this is where four at once are worth while.
#[inline(always)]
pub fn checksums(bytes: &[u8], len: u8) -> Option<[u16; 4]> {
    let stride = stride_of_four(bytes, len)?;
    let covered = HEAD_LEN - PREAMBLE.len() + usize::from(len);
    hotframe_crc::crc16_of_four(&bytes[PREAMBLE.len()..], stride, covered)
}

/// Whether four intact frames with `len` bytes of data each stand at the front of `bytes`.
#[inline(always)]
fn begins_with_four(bytes: &[u8], len: u8) -> bool {
    let Some(stride) = stride_of_four(bytes, len) else {
        return false;
    };
    spend(4 * stride);
    let covered = stride - PREAMBLE.len();
    hotframe_crc::crc16_of_four(&bytes[PREAMBLE.len()..], stride, covered) == Some([0; 4])
}

/// The length of each of the four candidates at the front of `bytes`, if all are whole and have
/// `len` bytes of data, a length at which it is worth while to look at them together.
#[inline(always)]
fn stride_of_four(bytes: &[u8], len: u8) -> Option<usize> {
    let stride = MIN_FRAME + usize::from(len);
    let head = |place: usize| bytes.get(place..).and_then(<[u8]>::first_chunk::<4>);
    let is_alike = |place: usize| match (head(0), head(place)) {
        (Some([a, b, _, c]), Some([x, y, _, z])) => [a, b, c] == [x, y, z],
        _ => false,
    };
    let are_alike = || is_alike(stride) && is_alike(2 * stride) && is_alike(3 * stride);
    let is_short = SHORT.contains(&len) && hotframe_crc::can_take_four();
    (is_short && bytes.len() >= 4 * stride && are_alike()).then_some(stride)
}
