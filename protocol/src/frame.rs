//! One frame: its sizes, its fields, and how it is written.

use core::fmt;

use crate::{Command, crc16, four};

/// The most data bytes that a frame carries.
pub const MAX_DATA: usize = u8::MAX as usize;

/// The bytes in front of the data: preamble, address, length, command.
pub const HEAD_LEN: usize = 6;

/// The bytes behind the data.
pub const CRC_LEN: usize = 2;

/// The length of a frame without data.
pub const MIN_FRAME: usize = HEAD_LEN + CRC_LEN;

/// The length of the longest frame.
pub const MAX_FRAME: usize = MIN_FRAME + MAX_DATA;

/// What every frame starts with. The checksum does not cover it.
pub const PREAMBLE: [u8; 2] = [0xAA, 0xAA];

/// One frame; its data is borrowed from where the frame was received or is to be sent from.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Frame<'a> {
    /// The device's address on its link.
    pub address: u8,
    /// What is wanted, or what is answered.
    pub command: Command,
    /// The payload, at most [`MAX_DATA`] bytes.
    pub data: &'a [u8],
}

impl Frame<'_> {
    /// The bytes that the frame takes on the wire.
    #[must_use]
    pub const fn encoded_len(&self) -> usize {
        MIN_FRAME + self.data.len()
    }

    /// Writes the frame to the start of `out` and returns its length.
    ///
    /// # Errors
    /// [`DataTooLong`] if the data is longer than [`MAX_DATA`]; `out` is left as it was.
    #[inline]
    pub fn encode(&self, out: &mut [u8; MAX_FRAME]) -> Result<usize, DataTooLong> {
        let len = u8::try_from(self.data.len()).map_err(|_| DataTooLong)?;
        out[HEAD_LEN..HEAD_LEN + usize::from(len)].copy_from_slice(self.data);
        Ok(seal(out, self.address, self.command, len))
    }
}

/// The data of a frame is longer than [`MAX_DATA`] bytes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct DataTooLong;

impl fmt::Display for DataTooLong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a frame carries at most {MAX_DATA} bytes of data")
    }
}

impl core::error::Error for DataTooLong {}

/// Puts head and checksum round `len` data bytes that already lie in `room` behind the place of
/// the head, at [`HEAD_LEN`]; returns the frame's length.
#[inline]
pub fn seal(room: &mut [u8; MAX_FRAME], address: u8, command: Command, len: u8) -> usize {
    let frame_len = write_head(room, address, command, len);
    write_checksums(&mut room[..frame_len]);
    frame_len
}

/// Does half of what [`seal`] does: all but the checksum, which [`write_checksums`] makes.
#[inline]
pub fn write_head(room: &mut [u8; MAX_FRAME], address: u8, command: Command, len: u8) -> usize {
    let [command_high, command_low] = command.word().to_be_bytes();
    room[..HEAD_LEN].copy_from_slice(&[
        PREAMBLE[0],
        PREAMBLE[1],
        address,
        len,
        command_high,
        command_low,
    ]);
    MIN_FRAME + usize::from(len)
}

/// Makes the checksums of whole frames that stand one behind the other in `frames`.
///
/// For many frames at once it is faster than [`seal`] for each: a checksum that is made right
/// behind the bytes waits until the processor has brought them from its registers to its cache.
///
/// # Panics
/// If `frames` ends inside a frame.
#[inline]
pub fn write_checksums(mut frames: &mut [u8]) {
    // Each is written after the next one is made, whose wide loads reach over its place.
    let (mut place, mut crc) = (&mut [0; CRC_LEN][..], 0);
    while let [_, _, _, len, ..] = *frames {
        if let Some(sums) = four::checksums(frames, len) {
            let (four, behind) = frames.split_at_mut(4 * (MIN_FRAME + usize::from(len)));
            for (frame, sum) in four.chunks_exact_mut(MIN_FRAME + usize::from(len)).zip(sums) {
                frame[HEAD_LEN + usize::from(len)..].copy_from_slice(&sum.to_be_bytes());
            }
            frames = behind;
            continue;
        }
        let (frame, behind) = frames.split_at_mut(MIN_FRAME + usize::from(len));
        let (sealed, checksum) = frame.split_at_mut(HEAD_LEN + usize::from(len));
        let next = crc16(&sealed[PREAMBLE.len()..]);
        place.copy_from_slice(&u16::to_be_bytes(crc));
        (place, crc) = (checksum, next);
        frames = behind;
    }
    place.copy_from_slice(&crc.to_be_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Kind;

    #[test]
    fn the_check_frame_is_written_as_published() {
        let command = Command::new(Kind::Request, 0x0100);
        let frame = Frame { address: 1, command, data: b"hello" };
        let mut room = [0x55; MAX_FRAME];
        assert_eq!(frame.encode(&mut room), Ok(13));
        assert_eq!(room[..13], *b"\xAA\xAA\x01\x05\x01\x00hello\xD8\x9E");
        assert_eq!(room[13..], [0x55; MAX_FRAME - 13]);
    }

    #[test]
    fn the_checksums_of_many_frames_are_those_of_each() {
        let data: [u8; MAX_DATA] = core::array::from_fn(|i| i.to_le_bytes()[0]);
        let command = Command::new(Kind::Reply, 0x0100);
        let (mut one_by_one, mut at_once) = (std::vec![], std::vec![]);
        let lens = [0, 1, 2, 16, 17, 255, 3, 16, 16, 16, 16, 16, 16, 16, 16, 16, 11, 11, 11, 11, 4];
        for len in lens {
            let mut room = [0x55; MAX_FRAME];
            room[HEAD_LEN..HEAD_LEN + usize::from(len)].copy_from_slice(&data[..usize::from(len)]);
            let frame_len = write_head(&mut room, len, command, len);
            at_once.extend_from_slice(&room[..frame_len]);
            assert_eq!(seal(&mut room, len, command, len), frame_len);
            one_by_one.extend_from_slice(&room[..frame_len]);
        }
        assert_ne!(at_once, one_by_one);
        write_checksums(&mut at_once);
        assert_eq!(at_once, one_by_one);
        write_checksums(&mut []);
    }

    #[test]
    fn every_length_is_written_and_one_more_is_refused_untouched() {
        let data = [7; MAX_DATA + 1];
        let command = Command::from_word(0xFFFF);
        for len in 0..=MAX_DATA {
            let frame = Frame { address: 0xAA, command, data: &data[..len] };
            let mut room = [0; MAX_FRAME];
            assert_eq!(frame.encode(&mut room), Ok(frame.encoded_len()));
            assert_eq!(crc16(&room[2..len + MIN_FRAME]), 0);
            assert_eq!(usize::from(room[3]), len);
        }
        let mut room = [9; MAX_FRAME];
        let frame = Frame { address: 0, command, data: &data };
        assert_eq!(frame.encode(&mut room), Err(DataTooLong));
        assert_eq!(room, [9; MAX_FRAME]);
    }
}
