//! The fall-back: the `crc` crate's table, 16 bytes a step. It is also the oracle of the tests.

use crc::{CRC_16_XMODEM, Crc, Table};

static XMODEM: Crc<u16, Table<16>> = Crc::<u16, Table<16>>::new(&CRC_16_XMODEM);

/// The checksum by table, on any processor.
#[cold]
#[inline(never)]
pub fn crc16(bytes: &[u8]) -> u16 {
    XMODEM.checksum(bytes)
}
