//! Received bytes, and the frames in them.

use std::io;
use std::time::Instant;

use hotframe_protocol::{Decoded, Decoder, MAX_FRAME};

use crate::FrameBuf;
use crate::link::Link;

/// The bytes that one read takes at most, with whatever was left over in front of them.
const ROOM: usize = 16 * 1024 + MAX_FRAME;

/// The receiving half of a connection.
#[derive(Debug)]
pub struct Inbox {
    buffer: Box<[u8]>,
    /// What of the buffer was received and not decoded yet: `start..end`.
    start: usize,
    end: usize,
    decoder: Decoder,
    /// The peer sends no more.
    ended: bool,
}

/// What the inbox gives out.
pub enum Received {
    Frame(FrameBuf),
    /// Bytes arrived that are no frame.
    Garbage,
    /// The peer sends no more, and all that it sent was given out.
    End,
}

impl Inbox {
    pub fn new() -> Self {
        let buffer = vec![0; ROOM].into_boxed_slice();
        Self { buffer, start: 0, end: 0, decoder: Decoder::default(), ended: false }
    }

    /// The next frame, from what was received or else from the link, which is waited for until
    /// `deadline`.
    pub fn receive(&mut self, link: &mut Link, deadline: Instant) -> io::Result<Received> {
        loop {
            if let Some(received) = self.decode() {
                return Ok(received);
            }
            if self.ended {
                return Ok(Received::End);
            }
            self.fill(link, deadline)?;
        }
    }

    fn decode(&mut self) -> Option<Received> {
        let mut input = &self.buffer[self.start..self.end];
        let decoded = if self.ended {
            self.decoder.decode_last(&mut input)
        } else {
            self.decoder.decode(&mut input)
        };
        self.start = self.end - input.len();
        Some(match decoded? {
            Decoded::Frame(frame) => Received::Frame(frame.into()),
            Decoded::LostSync => Received::Garbage,
        })
    }

    fn fill(&mut self, link: &mut Link, deadline: Instant) -> io::Result<()> {
        self.buffer.copy_within(self.start..self.end, 0);
        self.end -= self.start;
        self.start = 0;
        let count = link.read(&mut self.buffer[self.end..], deadline)?;
        self.end += count;
        self.ended = count == 0;
        Ok(())
    }
}
