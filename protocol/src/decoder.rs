//! The streaming decoder: takes frames off received bytes, and says when it lost its way.

use crate::Frame;
use crate::candidate::{Candidate, fields, is_intact};
use crate::four::Ahead;
use crate::hunt::hunt;

/// What [`Decoder::decode`] took off the input.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Decoded<'a> {
    /// A whole frame with a good checksum; its data points into the input.
    Frame(Frame<'a>),
    /// The first byte that belongs to no frame was skipped. Said once an episode, in front of
    /// whatever follows; the episode ends at the next good frame.
    LostSync,
}

/// The state of one stream between two calls: eight bytes. Received bytes stay with the caller.
///
/// A candidate whose checksum is wrong costs one byte, and the next one is looked for from the
/// byte after it: a good frame behind garbage, or hidden inside a false candidate, is found.
#[derive(Default, Clone, Debug)]
pub struct Decoder {
    /// In synchronisation exactly if this is 0.
    skipped: u64,
}

impl Decoder {
    /// Takes the next item off `input`, moving `input` past what it consumed.
    ///
    /// `None`: more bytes are needed. What is then left in `input`, at most
    /// [`MAX_FRAME`](crate::MAX_FRAME) - 1 bytes, must be presented again in front of what
    /// arrives next. No work is done on an incomplete frame but to look at its head.
    #[inline]
    pub fn decode<'a>(&mut self, input: &mut &'a [u8]) -> Option<Decoded<'a>> {
        match Candidate::at(input) {
            Candidate::Whole(whole) if is_intact(whole) => Some(self.accept(whole, input)),
            Candidate::Incomplete => None,
            _ => self.resynchronise(input, false),
        }
    }

    /// Takes the frame at the front of `input`, if it is whole and intact. `None` leaves `input`
    /// as it is and says nothing about it: [`decode`](Self::decode) does. For loops in which most
    /// of what comes is in order. `ahead` is what such a loop knows of the same input.
    #[inline(always)]
    pub fn decode_intact<'a>(
        &mut self,
        input: &mut &'a [u8],
        ahead: &mut Ahead,
    ) -> Option<Frame<'a>> {
        match Candidate::at(input) {
            Candidate::Whole(whole) if ahead.takes(whole, input) || is_intact(whole) => {
                self.skipped = 0;
                *input = &input[whole.len()..];
                Some(fields(whole))
            }
            _ => None,
        }
    }

    /// Like [`decode`](Self::decode) when no byte will ever follow: an incomplete frame is
    /// garbage, and a whole frame hidden behind it is found. `None`: `input` is empty.
    pub fn decode_last<'a>(&mut self, input: &mut &'a [u8]) -> Option<Decoded<'a>> {
        match Candidate::at(input) {
            Candidate::Whole(whole) if is_intact(whole) => Some(self.accept(whole, input)),
            Candidate::Incomplete if input.is_empty() => None,
            _ => self.resynchronise(input, true),
        }
    }

    /// The bytes skipped since the last good frame, or since the stream's start.
    #[must_use]
    pub const fn skipped(&self) -> u64 {
        self.skipped
    }

    /// Whether no byte was skipped since the last good frame, or since the stream's start.
    #[must_use]
    pub const fn is_in_sync(&self) -> bool {
        self.skipped == 0
    }

    /// Consumes the good frame at the front of `input`.
    #[inline]
    fn accept<'a>(&mut self, whole: &'a [u8], input: &mut &'a [u8]) -> Decoded<'a> {
        self.skipped = 0;
        *input = &input[whole.len()..];
        Decoded::Frame(fields(whole))
    }

    /// Skips the first byte of `input`, at which no good frame starts. It is a step of its own
    /// when it starts an episode, else the hunt goes on behind it.
    #[cold]
    #[inline(never)]
    fn resynchronise<'a>(&mut self, input: &mut &'a [u8], last: bool) -> Option<Decoded<'a>> {
        let rest = &input[1..];
        if self.is_in_sync() {
            self.skipped = 1;
            *input = rest;
            return Some(Decoded::LostSync);
        }
        let found = hunt(rest, last);
        let (garbage, rest) = rest.split_at(found.skipped);
        self.skipped = self.skipped.saturating_add(1).saturating_add(garbage.len() as u64);
        *input = rest;
        found.frame_len.map(|len| self.accept(&rest[..len], input))
    }
}
