//! The checksum: CRC-16/XMODEM, and its slicing tables for those who need more than one sum.

use ::crc::{CRC_16_XMODEM, Crc, Table};

static XMODEM: Crc<u16, Table<16>> = Crc::<u16, Table<16>>::new(&CRC_16_XMODEM);

/// `TABLES[n][byte]` is the checksum of `byte` followed by `n` zeros.
pub static TABLES: &[[u16; 256]; LANES] = XMODEM.table();

/// The bytes that the tables take in one step.
pub const LANES: usize = 16;

/// The CRC-16/XMODEM of `bytes`: polynomial 1021, start 0, nothing reflected, no final xor.
///
/// The checksum of bytes followed by their own checksum (big-endian) is 0, which is how a frame
/// is verified in one pass.
///
/// ```
/// assert_eq!(hotframe_protocol::crc16(b"123456789"), 0x31C3);
/// ```
#[inline]
#[must_use]
pub fn crc16(bytes: &[u8]) -> u16 {
    hotframe_crc::crc16(bytes)
}
