//! Prefix checksums: the checksum of any window of the input by one comparison.
//!
//! A CRC is linear. Let `P(i)` be the checksum of everything in front of position `i`, counted
//! from any common start; the checksum of the window from `s` to `e` is then
//! `P(e) + x^(8(e-s)) P(s)`, polynomials over GF(2) modulo the generator, and a window that ends
//! with its own checksum is intact exactly if that is 0.
//!
//! The input is taken in blocks of [`LANES`] bytes, and in place of `P(i)` a [`Prefix`] keeps
//! `V(i) = x^(8(LANES-k)) P(i)`, where `k` is the place of `i` in its block. So all values of a
//! block have one scale: each is the one before it plus one table entry, with no chain of
//! look-ups. The scales of two blocks that lie `d` apart differ by `x^(8 LANES d)`, for which
//! there is a table. `x` has an inverse modulo the generator: what is equal at one scale is
//! equal at all.

use crate::crc::{LANES, TABLES};
use crate::effort::spend;
use crate::{MAX_FRAME, MIN_FRAME, PREAMBLE};

/// The bytes of a window that are not data: address, length, command, checksum.
const FIXED: usize = MIN_FRAME - PREAMBLE.len();

/// The length of the longest window.
pub const MAX_WINDOW: usize = MAX_FRAME - PREAMBLE.len();

/// The positions that a [`Prefix`] remembers.
const REMEMBERED: usize = 512;

/// One more than the blocks by which the two ends of a window lie apart at most.
const DISTANCES: usize = MAX_WINDOW.div_ceil(LANES) + 1;

// The block in which a window starts, the longest window, the block in which it ends.
const _: () = assert!(MAX_WINDOW + 2 * LANES <= REMEMBERED);
// A position's place is found by a mask, and no block wraps.
const _: () = assert!(REMEMBERED.is_power_of_two() && REMEMBERED.is_multiple_of(LANES));

/// The value `high low` times `x^(8 LANES d)` is `RESCALE[d][0][high] + RESCALE[d][1][low]`.
static RESCALE: [[[u16; 256]; 2]; DISTANCES] = rescale_tables();

/// The checksums of the prefixes of the input round the position of the hunt.
pub struct Prefix<'a> {
    bytes: &'a [u8],
    /// `V(i)` at `i` modulo [`REMEMBERED`], low byte first: a look-up takes the bytes apart, and
    /// two loads cost less than taking apart one.
    values: [[u8; 2]; REMEMBERED],
    /// The last position whose value is known; the edge of a block.
    known: usize,
}

impl<'a> Prefix<'a> {
    /// Knows nothing about `bytes` yet.
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, values: [[0; 2]; REMEMBERED], known: 0 }
    }

    /// Makes windows between `start` and `end` known, which lie no more than a block and the
    /// longest window apart. What lies before `start` may be forgotten.
    #[inline]
    pub fn reach(&mut self, start: usize, end: usize) {
        if self.known < end {
            self.extend(start, end);
        }
    }

    /// Whether the window of `len` data bytes at `start` ends with its own checksum.
    /// It must have been reached.
    #[inline]
    pub fn is_intact(&self, start: usize, len: u8) -> bool {
        let len = FIXED + usize::from(len);
        let [low, high] = self.values[start % REMEMBERED];
        let [of_high, of_low] = &RESCALE[(start % LANES + len) / LANES];
        let rescaled = of_high[usize::from(high)] ^ of_low[usize::from(low)];
        rescaled == u16::from_le_bytes(self.values[(start + len) % REMEMBERED])
    }

    /// Out of line, so that the loop of the hunt keeps its registers.
    #[inline(never)]
    fn extend(&mut self, start: usize, end: usize) {
        if self.known < start {
            self.known = start - start % LANES;
        }
        while self.known < end {
            self.extend_by_block();
        }
    }

    fn extend_by_block(&mut self) {
        spend(LANES);
        let rest = &self.bytes[self.known..];
        let padded;
        let block = match rest.first_chunk() {
            Some(block) => block,
            None => {
                padded = zeros_behind(rest);
                &padded
            }
        };
        let place = self.known % REMEMBERED;
        let mut value = u16::from_le_bytes(self.values[place]);
        let values = &mut self.values[place..place + LANES];
        for ((byte, table), slot) in block.iter().zip(TABLES.iter().rev()).zip(values) {
            *slot = value.to_le_bytes();
            value ^= table[usize::from(*byte)];
        }
        self.known += LANES;
        self.values[self.known % REMEMBERED] = next_scale(value, TABLES).to_le_bytes();
    }
}

/// A block that starts with `rest`, the end of the input; what follows is in no window.
#[cold]
fn zeros_behind(rest: &[u8]) -> [u8; LANES] {
    let mut block = [0; LANES];
    block[..rest.len()].copy_from_slice(rest);
    block
}

/// `value` times `x^(8 LANES)`: the same value in the scale of the block behind.
#[inline]
const fn next_scale(value: u16, tables: &[[u16; 256]; LANES]) -> u16 {
    let [low, high] = value.to_le_bytes();
    tables[LANES - 1][high as usize] ^ tables[LANES - 2][low as usize]
}

const fn rescale_tables() -> [[[u16; 256]; 2]; DISTANCES] {
    let mut all = [[[0; 256]; 2]; DISTANCES];
    let mut byte: u16 = 0;
    while byte < 256 {
        let mut values = [byte << 8, byte];
        let mut distance = 0;
        while distance < DISTANCES {
            all[distance][0][byte as usize] = values[0];
            all[distance][1][byte as usize] = values[1];
            values = [next_scale(values[0], TABLES), next_scale(values[1], TABLES)];
            distance += 1;
        }
        byte += 1;
    }
    all
}
