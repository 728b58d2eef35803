//! The checksum with PCLMULQDQ.

use core::arch::x86_64::{
    __m128i, _mm_and_si128, _mm_clmulepi64_si128, _mm_extract_epi16, _mm_loadu_si128,
    _mm_move_epi64, _mm_set_epi64x, _mm_shuffle_epi8, _mm_srli_si128, _mm_xor_si128,
};

use crate::powers::{FOLD, GENERATOR, NARROW, REDUCE_LOWER, REDUCE_UPPER, SLIDE};
use crate::short;

/// The bytes of one register.
const BLOCK: usize = 16;

/// The checksum of `bytes`. The blocks end where the message ends; the odd bytes come first.
#[target_feature(enable = "pclmulqdq,ssse3,sse4.1")]
pub fn crc16(bytes: &[u8]) -> u16 {
    let Some(first) = bytes.first_chunk() else {
        return reduce(pair(short::number(bytes)));
    };
    let odd = (bytes.len() - 1) % BLOCK + 1;
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
    reduce(sum)
}

/// Moves `sum` up by a number of blocks, modulo the generator.
#[inline]
#[target_feature(enable = "pclmulqdq,ssse3,sse4.1")]
fn fold<const BLOCKS: usize>(sum: __m128i) -> __m128i {
    let factors = pair(const { FOLD[BLOCKS - 1] });
    let lower = _mm_clmulepi64_si128::<0x00>(sum, factors);
    let upper = _mm_clmulepi64_si128::<0x11>(sum, factors);
    _mm_xor_si128(lower, upper)
}

/// The remainder of 128 bits times `x^16`.
#[inline]
#[target_feature(enable = "pclmulqdq,ssse3,sse4.1")]
fn reduce(sum: __m128i) -> u16 {
    const LOWER: [u64; 2] = [u32::MAX as u64, 0];
    let factors = pair([NARROW, GENERATOR]);
    let digits = pair([REDUCE_LOWER, REDUCE_UPPER]);
    let moved = _mm_clmulepi64_si128::<0x01>(sum, factors);
    let narrow = _mm_xor_si128(moved, _mm_move_epi64(sum));
    let lower = _mm_clmulepi64_si128::<0x00>(_mm_and_si128(narrow, pair(LOWER)), digits);
    let upper = _mm_clmulepi64_si128::<0x10>(_mm_srli_si128::<4>(narrow), digits);
    let fraction = _mm_xor_si128(lower, upper);
    let remainder = _mm_clmulepi64_si128::<0x10>(fraction, factors);
    // The point lies between the halves, and the remainder in front of it.
    let [low, high, ..] = _mm_extract_epi16::<4>(remainder).to_le_bytes();
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
fn slide(len: usize) -> __m128i {
    load(SLIDE[BLOCK - len..].first_chunk().unwrap_or(&[0; BLOCK]))
}

#[inline]
#[target_feature(enable = "pclmulqdq,ssse3,sse4.1")]
fn load(bytes: &[u8; BLOCK]) -> __m128i {
    // SAFETY: the reference says that 16 bytes may be read; the load asks for no alignment.
    unsafe { _mm_loadu_si128(bytes.as_ptr().cast()) }
}

#[inline]
#[target_feature(enable = "pclmulqdq,ssse3,sse4.1")]
fn pair([lower, upper]: [u64; 2]) -> __m128i {
    _mm_set_epi64x(upper.cast_signed(), lower.cast_signed())
}
