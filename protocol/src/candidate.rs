//! What stands at the front of the input, judged by its head alone.

use crate::effort::spend;
use crate::{CRC_LEN, Command, Frame, HEAD_LEN, MIN_FRAME, PREAMBLE, crc16};

/// What the front of the input may be, before any checksum is made.
pub enum Candidate<'a> {
    /// No frame can start here.
    Garbage,
    /// A frame can start here, but not all of it has arrived.
    Incomplete,
    /// Exactly the bytes of a frame, should its checksum be right.
    Whole(&'a [u8]),
}

impl<'a> Candidate<'a> {
    /// Judges the front of `bytes` in constant time.
    #[inline]
    pub fn at(bytes: &'a [u8]) -> Self {
        let [first, second, _address, len, ..] = *bytes else {
            return Self::of_short(bytes);
        };
        if [first, second] != PREAMBLE {
            return Self::Garbage;
        }
        match bytes.get(..MIN_FRAME + usize::from(len)) {
            Some(whole) => Self::Whole(whole),
            None => Self::Incomplete,
        }
    }

    /// Judges what is too short to hold a length.
    fn of_short(bytes: &[u8]) -> Self {
        if bytes.iter().zip(PREAMBLE).all(|(byte, expected)| *byte == expected) {
            Self::Incomplete
        } else {
            Self::Garbage
        }
    }
}

/// Whether the checksum of a whole candidate is right.
#[inline]
pub fn is_intact(whole: &[u8]) -> bool {
    spend(whole.len());
    crc16(&whole[PREAMBLE.len()..]) == 0
}

/// Reads the fields of a whole candidate.
#[inline]
pub fn fields(whole: &[u8]) -> Frame<'_> {
    let command = u16::from_be_bytes([whole[4], whole[5]]);
    Frame {
        address: whole[2],
        command: Command::from_word(command),
        data: &whole[HEAD_LEN..whole.len() - CRC_LEN],
    }
}
