//! The sending half of a connection: its place in the ring, and what it still owes to the wire.

use super::cut::Cut;
use super::dice::Dice;
use super::ring::Ring;
use crate::shell::socket::{Moved, Stream};

/// How much of what is owed was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flushed {
    /// All.
    All,
    /// Some; the rest is held back on purpose until the next turn.
    HeldBack,
    /// Some; the stream takes no more now and will say when it does.
    Blocked,
    /// The stream has failed.
    Lost,
}

/// The sending half of a connection.
#[derive(Debug)]
pub struct Sender {
    /// The next unit to release.
    unit: usize,
    /// The next byte to write.
    at: usize,
    /// Bytes released and not written.
    owed: usize,
    /// Replies to the server's own PINGs; they go out between two requests.
    pongs: Vec<u8>,
    dice: Dice,
}

impl Sender {
    /// Starts at a unit of the ring.
    pub fn new(ring: &Ring, unit: usize) -> Self {
        let (at, dice) = (ring.requests.starts[unit], Dice::new(unit as u64));
        Self { unit, at, owed: 0, pongs: Vec::new(), dice }
    }

    /// Lets `units` more be written.
    #[inline]
    pub fn release(&mut self, ring: &Ring, units: usize) {
        let lap = &ring.requests;
        self.owed += lap.starts[self.unit + units] - lap.starts[self.unit];
        self.unit = (self.unit + units) % ring.units();
    }

    /// Lets the reply to a PING be written.
    pub fn push_pong(&mut self, frame: &[u8]) {
        self.pongs.extend_from_slice(frame);
    }

    /// Writes what is owed, or a part of it where writes are cut on purpose.
    pub fn flush(&mut self, stream: &mut Stream, ring: &Ring, cut: &Cut) -> Flushed {
        while self.owed > 0 {
            let len = cut.len(self.owed, &mut self.dice);
            match stream.write(&ring.requests.bytes[self.at..self.at + len]) {
                Moved::Bytes(written) => self.advance(written, ring),
                Moved::WouldBlock => return Flushed::Blocked,
                Moved::Lost => return Flushed::Lost,
            }
            if self.owed > 0 && cut.cuts() {
                return Flushed::HeldBack;
            }
        }
        self.flush_pongs(stream)
    }

    #[inline]
    fn advance(&mut self, written: usize, ring: &Ring) {
        self.owed -= written;
        self.at += written;
        if self.at >= ring.requests.len() {
            self.at -= ring.requests.len();
        }
    }

    fn flush_pongs(&mut self, stream: &mut Stream) -> Flushed {
        while !self.pongs.is_empty() {
            match stream.write(&self.pongs) {
                Moved::Bytes(written) => drop(self.pongs.drain(..written)),
                Moved::WouldBlock => return Flushed::Blocked,
                Moved::Lost => return Flushed::Lost,
            }
        }
        Flushed::All
    }
}
