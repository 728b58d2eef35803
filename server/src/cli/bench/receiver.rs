//! The receiving half of a connection: holds what comes against what must come.
//!
//! As long as the bytes are those of the ring, one comparison judges all that a read brought:
//! preamble, address, length, number, kind, data, checksum and order. Where they differ, and
//! where only heads can be compared, frames are decoded one by one until the stream is back at
//! the start of a reply.

use hotframe_protocol::{Command, Decoded, Decoder, Frame, HEAD_LEN, Kind, MAX_FRAME};

use super::ring::{Expectation, Ring};
use super::tally::Tally;

/// The protocol's own command that either side may ask the other.
const PING: u16 = 0x0002;

/// The receiving half of a connection.
#[derive(Debug)]
pub struct Receiver {
    /// The unit whose reply is next.
    unit: usize,
    /// The bytes before this one have come.
    at: usize,
    /// The start of a frame that is decoded by itself; empty while bytes are compared.
    rest: Vec<u8>,
    decoder: Decoder,
}

/// What some bytes came to.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Received {
    /// Requests that were answered, with whatever.
    pub answered: usize,
    /// The frames that answer the server's PINGs.
    pub pongs: Vec<u8>,
}

impl Receiver {
    /// Expects the reply to a unit of the ring first.
    pub fn new(ring: &Ring, unit: usize) -> Self {
        let at = ring.replies.starts[unit];
        Self { unit, at, rest: Vec::new(), decoder: Decoder::default() }
    }

    /// Judges what a read brought.
    pub fn take(&mut self, mut bytes: &[u8], ring: &Ring, tally: &mut Tally) -> Received {
        let mut received = Received::default();
        while self.rest.is_empty() && ring.expectation != Expectation::Head && !bytes.is_empty() {
            let expected = &ring.replies.bytes[self.at..];
            let len = expected.len().min(bytes.len());
            if ring.verify && bytes[..len] != expected[..len] {
                self.leave_ring(ring);
                break;
            }
            received.answered += self.advance(len, ring);
            bytes = &bytes[len..];
        }
        if !bytes.is_empty() {
            self.rest.extend_from_slice(bytes);
            self.decode(ring, tally, &mut received);
        }
        received
    }

    /// Moves over bytes that are right; returns how many replies they complete.
    #[inline]
    fn advance(&mut self, len: usize, ring: &Ring) -> usize {
        let lap = &ring.replies;
        self.at += len;
        let ends = &lap.starts[self.unit + 1..];
        let complete = ends.iter().take_while(|end| **end <= self.at).count();
        self.unit += complete;
        if self.unit >= ring.units() {
            self.unit -= ring.units();
            self.at -= lap.len();
        }
        complete
    }

    /// What came of the present reply so far was as expected; what comes now is not.
    fn leave_ring(&mut self, ring: &Ring) {
        let start = ring.replies.starts[self.unit];
        self.rest.extend_from_slice(&ring.replies.bytes[start..self.at]);
        self.at = start;
    }

    /// Goes on to the next reply.
    fn consume(&mut self, ring: &Ring, received: &mut Received) {
        self.unit = (self.unit + 1) % ring.units();
        self.at = ring.replies.starts[self.unit];
        received.answered += 1;
    }

    /// Takes the frames off the rest.
    fn decode(&mut self, ring: &Ring, tally: &mut Tally, received: &mut Received) {
        let rest = std::mem::take(&mut self.rest);
        let mut input = &rest[..];
        while let Some(decoded) = self.decoder.decode(&mut input) {
            match decoded {
                Decoded::Frame(frame) => self.judge(&frame, ring, tally, received),
                Decoded::LostSync => tally.mismatches += 1,
            }
        }
        self.rest = input.to_vec();
    }

    fn judge(
        &mut self,
        frame: &Frame<'_>,
        ring: &Ring,
        tally: &mut Tally,
        received: &mut Received,
    ) {
        let (kind, number) = (frame.command.kind(), frame.command.number());
        let is_ours = frame.address == ring.address && number == ring.number;
        match kind {
            Kind::Event => tally.events += 1,
            Kind::Request if number == PING && ring.expectation != Expectation::Mirror => {
                received.pongs.extend(pong(frame));
            }
            Kind::Error if number == 0 => tally.bad_crc_notices += 1,
            Kind::Error if is_ours => {
                tally.add_error(code(frame.data));
                self.consume(ring, received);
            }
            Kind::Reply if is_ours => {
                if !self.is_expected(frame, ring) {
                    tally.mismatches += 1;
                }
                self.consume(ring, received);
            }
            _ => tally.mismatches += 1,
        }
    }

    fn is_expected(&self, frame: &Frame<'_>, ring: &Ring) -> bool {
        let expected = ring.replies.unit(self.unit);
        let data = &expected[HEAD_LEN..expected.len() - hotframe_protocol::CRC_LEN];
        !ring.verify || ring.expectation != Expectation::Echo || frame.data == data
    }
}

/// The code of an error's data; 0 where it is too short for one.
fn code(data: &[u8]) -> u16 {
    data.first_chunk().copied().map_or(0, u16::from_be_bytes)
}

fn pong(ping: &Frame<'_>) -> Vec<u8> {
    let mut room = [0; MAX_FRAME];
    let command = Command::new(Kind::Reply, PING);
    let encoded = Frame { command, ..*ping }.encode(&mut room);
    // A frame that came fits into a frame that goes.
    room[..encoded.unwrap_or(0)].to_vec()
}
