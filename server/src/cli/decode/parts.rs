//! What a stream of bytes is made of: good frames, and what is wrong between them.

use hotframe_protocol::{CRC_LEN, Decoded, Decoder, Frame, HEAD_LEN, MIN_FRAME, PREAMBLE, crc16};

/// A stretch of the input; the parts of an input follow each other without gaps.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Part<'a> {
    /// Where it starts in the input.
    pub offset: usize,
    /// All its bytes.
    pub bytes: &'a [u8],
    /// What they are.
    pub what: What,
}

/// What a part is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum What {
    /// A good frame.
    Frame,
    /// A whole frame, but for its checksum.
    BadCrc {
        /// The checksum that would be right.
        expected: u16,
    },
    /// The start of a frame; the input ends in it.
    Incomplete {
        /// The bytes to come; `None` if the input ends before the length.
        missing: Option<usize>,
    },
    /// Bytes that are nothing.
    Garbage,
}

impl<'a> Part<'a> {
    /// Whether nothing is wrong here.
    pub fn is_good(&self) -> bool {
        self.what == What::Frame
    }

    /// The fields, if all of them are there.
    pub fn frame(&self) -> Option<Frame<'a>> {
        let whole = matches!(self.what, What::Frame | What::BadCrc { .. });
        let (head, rest) = self.bytes.split_first_chunk::<HEAD_LEN>().filter(|_| whole)?;
        let (data, _crc) = rest.split_at_checked(rest.len().checked_sub(CRC_LEN)?)?;
        let [_, _, address, _, high, low] = *head;
        let command = hotframe_protocol::Command::from_word(u16::from_be_bytes([high, low]));
        Some(Frame { address, command, data })
    }

    /// The checksum that stands in a whole frame.
    pub fn crc(&self) -> u16 {
        self.bytes.last_chunk().map_or(0, |crc| u16::from_be_bytes(*crc))
    }
}

/// Takes the input apart. Where a frame starts and which are good is the decoder's word; what
/// lies between the good ones is explained as well as it can be.
pub fn parts(bytes: &[u8]) -> Vec<Part<'_>> {
    let mut parts = Vec::new();
    let mut decoder = Decoder::default();
    let (mut input, mut lost) = (bytes, None);
    loop {
        let before = bytes.len() - input.len();
        let decoded = decoder.decode_last(&mut input);
        let end = bytes.len() - input.len();
        let start = match decoded {
            Some(Decoded::LostSync) => {
                lost = Some(before);
                continue;
            }
            Some(Decoded::Frame(frame)) => end - frame.encoded_len(),
            None => end,
        };
        if let Some(lost) = lost.take() {
            explain(bytes, lost, start, &mut parts);
        }
        if decoded.is_none() {
            return parts;
        }
        parts.push(Part { offset: start, bytes: &bytes[start..end], what: What::Frame });
    }
}

/// Explains the bytes from `start` to `end`, which hold no good frame.
fn explain<'a>(bytes: &'a [u8], start: usize, end: usize, parts: &mut Vec<Part<'a>>) {
    let (mut offset, mut garbage) = (start, start);
    while offset < end {
        let Some((len, what)) = damaged_frame(&bytes[offset..end], end == bytes.len()) else {
            offset += 1;
            continue;
        };
        push_garbage(bytes, garbage, offset, parts);
        parts.push(Part { offset, bytes: &bytes[offset..offset + len], what });
        offset += len;
        garbage = offset;
    }
    push_garbage(bytes, garbage, end, parts);
}

fn push_garbage<'a>(bytes: &'a [u8], start: usize, end: usize, parts: &mut Vec<Part<'a>>) {
    if start < end {
        parts.push(Part { offset: start, bytes: &bytes[start..end], what: What::Garbage });
    }
}

/// What the front of `bytes` is if it is meant for a frame, and its length. Where more bytes
/// could have followed, `open`, it may be incomplete; in front of a good frame it is not.
fn damaged_frame(bytes: &[u8], open: bool) -> Option<(usize, What)> {
    if !bytes.iter().zip(PREAMBLE).all(|(byte, expected)| *byte == expected) {
        return None;
    }
    let Some(len) = bytes.get(3).map(|len| MIN_FRAME + usize::from(*len)) else {
        return open.then_some((bytes.len(), What::Incomplete { missing: None }));
    };
    let Some(covered) = bytes.get(PREAMBLE.len()..len - CRC_LEN).filter(|_| len <= bytes.len())
    else {
        let missing = Some(len.saturating_sub(bytes.len()));
        return open.then_some((bytes.len(), What::Incomplete { missing }));
    };
    Some((len, What::BadCrc { expected: crc16(covered) }))
}
