//! A decoder that is as plain as the protocol's text: what the real one must agree with.

use hotframe_protocol::{Decoded, Decoder};

/// What stands at an offset of a stream.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Item {
    /// A good frame starts here.
    Frame { offset: usize, address: u8, word: u16, data: Vec<u8> },
    /// The first byte that belongs to no frame.
    Lost { offset: usize },
}

/// All that can be said about a stream, or about the start of one.
#[derive(Clone, Default, PartialEq, Eq, Debug)]
pub struct Outcome {
    pub items: Vec<Item>,
    /// Bytes that are done with.
    pub consumed: usize,
    /// Bytes skipped since the last good frame.
    pub skipped: u64,
}

/// The checksum, bit by bit.
pub fn crc(bytes: &[u8]) -> u16 {
    let mut crc = 0u16;
    for byte in bytes {
        crc ^= u16::from(*byte) << 8;
        for _ in 0..8 {
            crc = if crc & 0x8000 == 0 { crc << 1 } else { (crc << 1) ^ 0x1021 };
        }
    }
    crc
}

/// A frame, whatever its checksum may be.
pub fn frame(address: u8, word: u16, data: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0xAA, 0xAA, address, u8::try_from(data.len()).unwrap()];
    bytes.extend(word.to_be_bytes());
    bytes.extend(data);
    let crc = crc(&bytes[2..]);
    bytes.extend(crc.to_be_bytes());
    bytes
}

/// Decodes `bytes` by the protocol's text; with `last`, as the whole of a stream.
pub fn decode(bytes: &[u8], last: bool) -> Outcome {
    let mut outcome = Outcome::default();
    while let [first, rest @ ..] = &bytes[outcome.consumed..] {
        let here = &bytes[outcome.consumed..];
        let offset = outcome.consumed;
        let may_start = *first == 0xAA && rest.first().is_none_or(|second| *second == 0xAA);
        let len = here.get(3).map(|len| 8 + usize::from(*len));
        match len.and_then(|len| here.get(..len)).filter(|_| may_start) {
            Some(whole) if crc(&whole[2..]) == 0 => {
                let word = u16::from_be_bytes([whole[4], whole[5]]);
                let data = whole[6..whole.len() - 2].to_vec();
                outcome.items.push(Item::Frame { offset, address: whole[2], word, data });
                outcome.consumed += whole.len();
                outcome.skipped = 0;
            }
            None if may_start && !last => break,
            _ => {
                if outcome.skipped == 0 {
                    outcome.items.push(Item::Lost { offset });
                }
                outcome.consumed += 1;
                outcome.skipped += 1;
            }
        }
    }
    outcome
}

/// A real decoder that is fed a stream piece by piece, as a connection would.
#[derive(Default)]
pub struct Fed {
    decoder: Decoder,
    carry: Vec<u8>,
    pub outcome: Outcome,
}

impl Fed {
    /// Presents what is left over and `piece`; with `last`, as the end of the stream.
    pub fn feed(&mut self, piece: &[u8], last: bool) {
        self.carry.extend(piece);
        let mut input = &self.carry[..];
        loop {
            let before = input;
            let decoded = match last {
                true => self.decoder.decode_last(&mut input),
                false => self.decoder.decode(&mut input),
            };
            let taken = before.len() - input.len();
            let start = self.outcome.consumed;
            self.outcome.consumed += taken;
            let Some(decoded) = decoded else { break };
            self.outcome.items.push(match decoded {
                Decoded::Frame(frame) => Item::Frame {
                    offset: start + taken - frame.encoded_len(),
                    address: frame.address,
                    word: frame.command.word(),
                    data: frame.data.to_vec(),
                },
                Decoded::LostSync => {
                    assert_eq!(taken, 1, "said at the first skipped byte");
                    Item::Lost { offset: start }
                }
            });
        }
        self.carry = input.to_vec();
        self.outcome.skipped = self.decoder.skipped();
        assert_eq!(self.decoder.is_in_sync(), self.outcome.skipped == 0);
    }

    /// The bytes that wait for more.
    pub fn waiting(&self) -> usize {
        self.carry.len()
    }
}
