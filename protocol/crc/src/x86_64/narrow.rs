//! The checksum with PCLMULQDQ: 16 bytes a register.

use core::arch::x86_64::{
    __m128i, _mm_and_si128, _mm_clmulepi64_si128, _mm_extract_epi16, _mm_loadu_si128,
    _mm_move_epi64, _mm_set_epi64x, _mm_shuffle_epi8, _mm_srli_si128, _mm_xor_si128,
};

use crate::powers::{FOLD, GENERATOR, NARROW, REDUCE_LOWER, REDUCE_UPPER, REDUCIBLE, SLIDE};
use crate::short;

/// The bytes of one register.
pub const BLOCK: usize = 16;

/// The checksum of `bytes`. The lengths of most frames come first.
#[target_feature(enable = "pclmulqdq,ssse3,sse4.1")]
pub fn crc16(bytes: &[u8]) -> u16 {
    if let Some(first) = bytes.first_chunk() {
        let odd = bytes.len() - BLOCK;
        if odd <= BLOCK
            && let Some(last) = bytes[odd..].first_chunk()
        {
            let sum = _mm_shuffle_epi8(load(first), slide(odd));
            return reduce(_mm_xor_si128(fold::<1>(sum), number(last)));
        }
        return reduce(sum_of_long(bytes));
    }
    sum_of_short(bytes)
}

/// The checksum of less than a block.
#[inline(never)]
#[target_feature(enable = "pclmulqdq,ssse3,sse4.1")]
fn sum_of_short(bytes: &[u8]) -> u16 {
    if bytes.len() <= REDUCIBLE {
        return reduce_short(short::tiny_number(bytes));
    }
    reduce(pair(short::number(bytes)))
}

/// What is left of `bytes` when all blocks are folded onto the last one. The blocks end where
/// the message ends; the odd bytes come first.
#[inline(never)]
#[target_feature(enable = "pclmulqdq,ssse3,sse4.1")]
fn sum_of_long(bytes: &[u8]) -> __m128i {
    let odd = bytes.len() % BLOCK;
    let first = bytes.first_chunk().unwrap_or(&[0; BLOCK]);
    let mut sum = _mm_shuffle_epi8(load(first), slide(odd));
    let (blocks, _) = bytes[odd..].as_chunks::<BLOCK>();
    let (singles, fours) = blocks.split_at(blocks.len() % 4);
    for block in singles {
        sum = _mm_xor_si128(fold::<1>(sum), number(block));
    }
    let (fours, _) = fours.as_chunks::<4>();
    for [first, second, third, last] in fours {
        // Only the first fold waits for the round before; the others overlap with it.
        let upper = _mm_xor_si128(fold::<4>(sum), fold::<3>(number(first)));
        let lower = _mm_xor_si128(fold::<2>(number(second)), fold::<1>(number(third)));
        sum = _mm_xor_si128(_mm_xor_si128(upper, lower), number(last));
    }
    sum
}

/// Moves `sum` up by a number of blocks, modulo the generator.
#[inline]
#[target_feature(enable = "pclmulqdq,ssse3,sse4.1")]
fn fold<const BLOCKS: usize>(sum: __m128i) -> __m128i {
    let [of_lower, of_upper] = const { FOLD[BLOCKS - 1] };
    let lower = _mm_clmulepi64_si128::<0x10>(sum, above(of_lower));
    let upper = _mm_clmulepi64_si128::<0x11>(sum, above(of_upper));
    _mm_xor_si128(lower, upper)
}

/// The remainder of 128 bits times `x^16`.
#[inline]
#[target_feature(enable = "pclmulqdq,ssse3,sse4.1")]
pub fn reduce(sum: __m128i) -> u16 {
    const LOWER: [u64; 2] = [u32::MAX as u64, 0];
    let moved = _mm_clmulepi64_si128::<0x11>(sum, above(NARROW));
    let narrow = _mm_xor_si128(moved, _mm_move_epi64(sum));
    let lower = _mm_and_si128(narrow, pair(LOWER));
    let lower = _mm_clmulepi64_si128::<0x10>(lower, above(REDUCE_LOWER));
    let upper = _mm_clmulepi64_si128::<0x10>(_mm_srli_si128::<4>(narrow), above(REDUCE_UPPER));
    remainder(_mm_xor_si128(lower, upper))
}

/// The remainder of 48 bits times `x^16`.
#[inline]
#[target_feature(enable = "pclmulqdq,ssse3,sse4.1")]
fn reduce_short(number: u64) -> u16 {
    remainder(_mm_clmulepi64_si128::<0x10>(pair([number, 0]), above(REDUCE_LOWER)))
}

/// The remainder of which the lower half holds the digits behind the point of its quotient.
#[inline]
#[target_feature(enable = "pclmulqdq,ssse3,sse4.1")]
fn remainder(digits: __m128i) -> u16 {
    let product = _mm_clmulepi64_si128::<0x10>(digits, above(GENERATOR));
    // The point lies between the halves, and the remainder in front of it.
    let [low, high, ..] = _mm_extract_epi16::<4>(product).to_le_bytes();
    u16::from_le_bytes([low, high])
}

/// A block as a big-endian number.
#[inline]
#[target_feature(enable = "pclmulqdq,ssse3,sse4.1")]
fn number(block: &[u8; BLOCK]) -> __m128i {
    _mm_shuffle_epi8(load(block), slide(BLOCK))
}

/// The shuffle that makes a number of the first `len` bytes of a block.
#[inline]
#[target_feature(enable = "pclmulqdq,ssse3,sse4.1")]
pub fn slide(len: usize) -> __m128i {
    load(SLIDE[BLOCK - len..].first_chunk().unwrap_or(&[0; BLOCK]))
}

#[inline]
#[target_feature(enable = "pclmulqdq,ssse3,sse4.1")]
pub fn load(bytes: &[u8; BLOCK]) -> __m128i {
    // SAFETY: the reference says that 16 bytes may be read; the load asks for no alignment.
    unsafe { _mm_loadu_si128(bytes.as_ptr().cast()) }
}

/// A factor in the upper half, from where the multiplication takes it straight out of memory: one
/// in the lower half would come by way of two more registers.
#[inline]
#[target_feature(enable = "pclmulqdq,ssse3,sse4.1")]
fn above(factor: u64) -> __m128i {
    pair([0, factor])
}

#[inline]
#[target_feature(enable = "pclmulqdq,ssse3,sse4.1")]
pub fn pair([lower, upper]: [u64; 2]) -> __m128i {
    _mm_set_epi64x(upper.cast_signed(), lower.cast_signed())
}
