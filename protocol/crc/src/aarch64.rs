//! The checksum with PMULL: 16 bytes a register. The steps are those of `x86_64::narrow`.

use core::arch::aarch64::{
    uint8x16_t, veorq_u8, vgetq_lane_u64, vld1q_u8, vmull_p64, vqtbl1q_u8, vreinterpretq_u8_p128,
    vreinterpretq_u64_u8,
};

use crate::powers::{
    FOLD, GENERATOR, LOWER_BITS, NARROW, REDUCE_LOWER, REDUCE_UPPER, REDUCIBLE, SLIDE,
};
use crate::short;

/// The bytes of one register.
const BLOCK: usize = 16;

/// The checksum of `bytes`. The blocks end where the message ends; the odd bytes come first.
#[target_feature(enable = "neon,aes")]
pub fn crc16(bytes: &[u8]) -> u16 {
    if bytes.len() <= REDUCIBLE {
        return remainder(halves(multiply(short::tiny_number(bytes), REDUCE_LOWER))[0]);
    }
    let Some(first) = bytes.first_chunk() else {
        return reduce(short::number(bytes));
    };
    let odd = bytes.len() % BLOCK;
    let mut sum = vqtbl1q_u8(load(first), slide(odd));
    let (blocks, _) = bytes[odd..].as_chunks::<BLOCK>();
    let (singles, fours) = blocks.split_at(blocks.len() % 4);
    for block in singles {
        sum = veorq_u8(fold::<1>(sum), number(block));
    }
    let (fours, _) = fours.as_chunks::<4>();
    for [first, second, third, last] in fours {
        // Only the first fold waits for the round before; the others overlap with it.
        let upper = veorq_u8(fold::<4>(sum), fold::<3>(number(first)));
        let lower = veorq_u8(fold::<2>(number(second)), fold::<1>(number(third)));
        sum = veorq_u8(veorq_u8(upper, lower), number(last));
    }
    reduce(halves(sum))
}

/// Moves `sum` up by a number of blocks, modulo the generator.
#[inline]
#[target_feature(enable = "neon,aes")]
fn fold<const BLOCKS: usize>(sum: uint8x16_t) -> uint8x16_t {
    let [lower, upper] = halves(sum);
    let [of_lower, of_upper] = const { FOLD[BLOCKS - 1] };
    veorq_u8(multiply(lower, of_lower), multiply(upper, of_upper))
}

/// The remainder of 128 bits times `x^16`.
#[inline]
#[target_feature(enable = "neon,aes")]
fn reduce([lower, upper]: [u64; 2]) -> u16 {
    let [moved, above] = halves(multiply(upper, NARROW));
    let narrow = moved ^ lower;
    let upper_part = (above << (64 - LOWER_BITS)) | (narrow >> LOWER_BITS);
    let lower_part = narrow & ((1 << LOWER_BITS) - 1);
    let digits = veorq_u8(multiply(lower_part, REDUCE_LOWER), multiply(upper_part, REDUCE_UPPER));
    remainder(halves(digits)[0])
}

/// The remainder of whose quotient `digits` are the digits behind the point.
#[inline]
#[target_feature(enable = "neon,aes")]
fn remainder(digits: u64) -> u16 {
    let [_, in_front] = halves(multiply(digits, GENERATOR));
    let [low, high, ..] = in_front.to_le_bytes();
    u16::from_le_bytes([low, high])
}

/// A block as a big-endian number.
#[inline]
#[target_feature(enable = "neon,aes")]
fn number(block: &[u8; BLOCK]) -> uint8x16_t {
    vqtbl1q_u8(load(block), slide(BLOCK))
}

/// The shuffle that makes a number of the first `len` bytes of a block.
#[inline]
#[target_feature(enable = "neon,aes")]
fn slide(len: usize) -> uint8x16_t {
    load(SLIDE[BLOCK - len..].first_chunk().unwrap_or(&[0; BLOCK]))
}

#[inline]
#[target_feature(enable = "neon,aes")]
fn load(bytes: &[u8; BLOCK]) -> uint8x16_t {
    // SAFETY: the reference says that 16 bytes may be read; the load asks for no alignment.
    unsafe { vld1q_u8(bytes.as_ptr()) }
}

#[inline]
#[target_feature(enable = "neon,aes")]
fn multiply(a: u64, b: u64) -> uint8x16_t {
    vreinterpretq_u8_p128(vmull_p64(a, b))
}

#[inline]
#[target_feature(enable = "neon,aes")]
fn halves(number: uint8x16_t) -> [u64; 2] {
    let number = vreinterpretq_u64_u8(number);
    [vgetq_lane_u64::<0>(number), vgetq_lane_u64::<1>(number)]
}
