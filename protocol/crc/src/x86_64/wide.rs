//! The checksum with VPCLMULQDQ on AVX-512 registers: 64 bytes a register.

use core::arch::x86_64::{
    __m128i, __m512i, _mm_xor_si128, _mm256_castsi256_si128, _mm256_extracti128_si256,
    _mm256_xor_si256, _mm512_broadcast_i32x4, _mm512_castsi512_si256, _mm512_clmulepi64_epi128,
    _mm512_extracti64x4_epi64, _mm512_loadu_si512, _mm512_maskz_loadu_epi8, _mm512_maskz_mov_epi64,
    _mm512_set_epi64, _mm512_shuffle_epi8, _mm512_ternarylogic_epi64,
};

use super::narrow::{pair, reduce, slide};
use crate::powers::FOLD;

/// The bytes of one register, four blocks side by side.
const QUAD: usize = 64;

/// The length from which this is faster than [`narrow`](super::narrow), as measured.
pub const WORTHWHILE: usize = 33;

/// The checksum of `bytes`. The registers end where the message ends; the odd bytes come first.
#[target_feature(enable = "avx512f,avx512bw,avx2,vpclmulqdq,pclmulqdq,ssse3,sse4.1")]
pub fn crc16(bytes: &[u8]) -> u16 {
    let (odd, quads) = bytes.as_rchunks::<QUAD>();
    let mut sum = number(load_odd(odd));
    let up = _mm512_broadcast_i32x4(pair(FOLD[3]));
    for quad in quads {
        sum = fold(sum, up, number(load(quad)));
    }
    reduce(gather(sum))
}

/// Moves every block of `sum` up by its factors and adds `next`.
#[inline]
#[target_feature(enable = "avx512f,vpclmulqdq")]
pub fn fold(sum: __m512i, factors: __m512i, next: __m512i) -> __m512i {
    /// The truth table of an exclusive or of three.
    const XOR: i32 = 0x96;
    let lower = _mm512_clmulepi64_epi128::<0x00>(sum, factors);
    let upper = _mm512_clmulepi64_epi128::<0x11>(sum, factors);
    _mm512_ternarylogic_epi64::<XOR>(lower, upper, next)
}

/// Adds the four blocks of `sum`, each moved up to where it lies in the message.
#[inline]
#[target_feature(enable = "avx512f,avx2,vpclmulqdq,pclmulqdq,ssse3,sse4.1")]
fn gather(sum: __m512i) -> __m128i {
    /// The halves of the last block, which stays where it is.
    const LAST: u8 = 0b1100_0000;
    let [a, b] = FOLD[2].map(u64::cast_signed);
    let [c, d] = FOLD[1].map(u64::cast_signed);
    let [e, f] = FOLD[0].map(u64::cast_signed);
    let factors = _mm512_set_epi64(0, 0, f, e, d, c, b, a);
    let moved = fold(sum, factors, _mm512_maskz_mov_epi64(LAST, sum));
    let halves =
        _mm256_xor_si256(_mm512_castsi512_si256(moved), _mm512_extracti64x4_epi64::<1>(moved));
    _mm_xor_si128(_mm256_castsi256_si128(halves), _mm256_extracti128_si256::<1>(halves))
}

/// Four blocks as big-endian numbers.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,pclmulqdq,ssse3,sse4.1")]
fn number(blocks: __m512i) -> __m512i {
    _mm512_shuffle_epi8(blocks, _mm512_broadcast_i32x4(slide(16)))
}

#[inline]
#[target_feature(enable = "avx512f")]
fn load(bytes: &[u8; QUAD]) -> __m512i {
    // SAFETY: the reference says that 64 bytes may be read; the load asks for no alignment.
    unsafe { _mm512_loadu_si512(bytes.as_ptr().cast()) }
}

/// Loads less than a register to its end, with zeros in front.
#[inline]
#[target_feature(enable = "avx512f,avx512bw")]
fn load_odd(odd: &[u8]) -> __m512i {
    let in_front = QUAD - odd.len();
    let mask = !(u64::MAX >> odd.len());
    // Not a pointer into the message, but what the mask leaves of it is.
    let start = odd.as_ptr().wrapping_sub(in_front).cast();
    // SAFETY: the mask lets through the last `odd.len()` bytes only, which are those of the
    // slice; the processor neither reads the others nor faults on their account.
    unsafe { _mm512_maskz_loadu_epi8(mask, start) }
}
