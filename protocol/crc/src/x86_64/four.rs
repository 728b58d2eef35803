//! Four checksums at once with VPCLMULQDQ on AVX-512 registers: a message in each quarter.

use core::arch::x86_64::{
    __m128i, __m512i, _mm_cvtsi128_si64, _mm512_and_si512, _mm512_broadcast_i32x4,
    _mm512_bsrli_epi128, _mm512_castsi128_si512, _mm512_castsi512_si128, _mm512_clmulepi64_epi128,
    _mm512_inserti32x4, _mm512_maskz_mov_epi64, _mm512_permutexvar_epi16, _mm512_set1_epi64,
    _mm512_shuffle_epi8, _mm512_xor_si512,
};

use super::narrow::{BLOCK, load, pair, slide};
use super::wide::fold;
use crate::powers::{FOLD, GENERATOR, NARROW, REDUCE_LOWER, REDUCE_UPPER};

/// The checksums of four messages of `len` bytes, one block or two, that begin `stride` bytes apart
/// at the front of `bytes`; `None` for others.
#[target_feature(enable = "avx512f,avx512bw,avx2,vpclmulqdq,pclmulqdq,ssse3,sse4.1")]
pub fn crc16(bytes: &[u8], stride: usize, len: usize) -> Option<[u16; 4]> {
    let odd = len.checked_sub(BLOCK).filter(|odd| *odd <= BLOCK)?;
    let place_of_last = stride.checked_mul(3)?;
    bytes.get(place_of_last..)?.get(..len)?;
    let block = |message: usize, place: usize| {
        let start = bytes.as_ptr().wrapping_add(message * stride + place);
        // SAFETY: the last message lies in `bytes`, and the others in front of it; a block lies in
        // a message of at least its length at the start, and `odd` bytes behind.
        load(unsafe { &*start.cast() })
    };
    let firsts = side_by_side([0, 1, 2, 3].map(|message| block(message, 0)));
    let firsts = _mm512_shuffle_epi8(firsts, _mm512_broadcast_i32x4(slide(odd)));
    let lasts = side_by_side([0, 1, 2, 3].map(|message| block(message, odd)));
    let lasts = _mm512_shuffle_epi8(lasts, _mm512_broadcast_i32x4(slide(BLOCK)));
    Some(reduce(fold(firsts, _mm512_broadcast_i32x4(pair(FOLD[0])), lasts)))
}

#[inline]
#[target_feature(enable = "avx512f")]
fn side_by_side([a, b, c, d]: [__m128i; 4]) -> __m512i {
    let ab = _mm512_inserti32x4::<1>(_mm512_castsi128_si512(a), b);
    _mm512_inserti32x4::<3>(_mm512_inserti32x4::<2>(ab, c), d)
}

/// The remainder of each quarter times `x^16`, as [`narrow`](super::narrow) finds that of one.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,vpclmulqdq")]
fn reduce(sums: __m512i) -> [u16; 4] {
    /// The lower half of each quarter.
    const LOWER: u8 = 0b0101_0101;
    let moved = _mm512_clmulepi64_epi128::<0x01>(sums, all(NARROW));
    let narrow = _mm512_xor_si512(moved, _mm512_maskz_mov_epi64(LOWER, sums));
    let lower = _mm512_and_si512(narrow, all(u32::MAX.into()));
    let lower = _mm512_clmulepi64_epi128::<0x00>(lower, all(REDUCE_LOWER));
    let upper = _mm512_bsrli_epi128::<4>(narrow);
    let upper = _mm512_clmulepi64_epi128::<0x00>(upper, all(REDUCE_UPPER));
    let digits = _mm512_xor_si512(lower, upper);
    let products = _mm512_clmulepi64_epi128::<0x00>(digits, all(GENERATOR));
    // In front of the point of each, which lies between its halves.
    let remainders = _mm512_permutexvar_epi16(all(0x001C_0014_000C_0004), products);
    let packed = _mm_cvtsi128_si64(_mm512_castsi512_si128(remainders));
    let [a, b, c, d, e, f, g, h] = packed.to_le_bytes();
    [[a, b], [c, d], [e, f], [g, h]].map(u16::from_le_bytes)
}

/// The same number in every half.
#[inline]
#[target_feature(enable = "avx512f")]
fn all(number: u64) -> __m512i {
    _mm512_set1_epi64(number.cast_signed())
}
