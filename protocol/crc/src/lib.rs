//! CRC-16/XMODEM as fast as the processor allows: carry-less multiplication where it has that,
//! a table where not.
//!
//! A checksum is the remainder of a polynomial over GF(2): the message times `x^16`, modulo
//! `P = x^16 + x^12 + x^5 + 1`. A carry-less multiplication takes 64 bits of the message at once,
//! which makes the cost of a frame's checksum a few nanoseconds, whatever its length. See
//! `powers` for the arithmetic; both processors do the same steps.
//!
//! All `unsafe` code of the codec lives in this crate: the loads of 16 bytes, and the calls of
//! functions that the processor must have been asked for.
#![no_std]
#![allow(unsafe_code, reason = "the room of the codec for it; see above")]

#[cfg(any(test, feature = "std"))]
extern crate std;

#[cfg(target_arch = "aarch64")]
mod aarch64;
mod engine;
#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
mod powers;
#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
mod short;
mod table;
#[cfg(target_arch = "x86_64")]
mod x86_64;

#[cfg(test)]
mod tests;

use engine::Engine;

/// The CRC-16/XMODEM of `bytes`: polynomial 1021, start 0, nothing reflected, no final xor.
///
/// The checksum of bytes followed by their own checksum (big-endian) is 0.
///
/// ```
/// assert_eq!(hotframe_crc::crc16(b"123456789"), 0x31C3);
/// assert_eq!(hotframe_crc::crc16(b"123456789\x31\xC3"), 0);
/// ```
#[inline]
#[must_use]
pub fn crc16(bytes: &[u8]) -> u16 {
    match Engine::of_this_processor() {
        #[cfg(target_arch = "x86_64")]
        Engine::Wide if bytes.len() >= x86_64::wide::WORTHWHILE => {
            // SAFETY: the processor said that it has what the function is compiled for.
            unsafe { x86_64::wide::crc16(bytes) }
        }
        #[cfg(target_arch = "x86_64")]
        Engine::Wide | Engine::Narrow => {
            // SAFETY: the processor said that it has what the function is compiled for.
            unsafe { x86_64::narrow::crc16(bytes) }
        }
        #[cfg(target_arch = "aarch64")]
        Engine::Narrow => {
            // SAFETY: the processor said that it has what the function is compiled for.
            unsafe { aarch64::crc16(bytes) }
        }
        _ => table::crc16(bytes),
    }
}

/// The [`crc16`] of four messages of `len` bytes each that begin `stride` bytes apart at the front
/// of `bytes`. It takes the time of one. `None` if `len` is not 16 to 32, or the processor has no
/// wide registers, or `bytes` ends before.
///
/// ```
/// let [a, b, ..] = hotframe_crc::crc16_of_four(&[7; 80], 20, 16).unwrap_or_default();
/// assert_eq!(a, b);
/// ```
#[inline]
#[must_use]
#[cfg_attr(
    not(target_arch = "x86_64"),
    expect(unused_variables, reason = "others take one at a time")
)]
pub fn crc16_of_four(bytes: &[u8], stride: usize, len: usize) -> Option<[u16; 4]> {
    match Engine::of_this_processor() {
        #[cfg(target_arch = "x86_64")]
        Engine::Wide => {
            // SAFETY: the processor said that it has what the function is compiled for.
            unsafe { x86_64::four::crc16(bytes, stride, len) }
        }
        _ => None,
    }
}

/// Whether [`crc16_of_four`] has an answer on this processor: where not, nobody need look for four.
#[inline]
#[must_use]
pub fn can_take_four() -> bool {
    matches!(Engine::of_this_processor(), Engine::Wide)
}

/// How [`crc16`] works on this processor, for a log or a benchmark.
#[must_use]
pub fn engine_name() -> &'static str {
    match Engine::of_this_processor() {
        Engine::Wide => "carry-less multiply, 64 bytes",
        Engine::Narrow => "carry-less multiply, 16 bytes",
        _ => "table",
    }
}
