//! The outbox: the bytes that wait for the peer, in pieces.
//!
//! As long as the peer keeps up there is one piece, which frames are written to and which leaves
//! whole. What a slow peer lets pile up lies in more of them: growing copies nothing, and each
//! piece goes as soon as it has left.

use alloc::boxed::Box;
use alloc::collections::VecDeque;

use hotframe_protocol::MAX_FRAME;

use crate::pool::{PIECE, Pool};

/// Where a frame is written: any frame fits.
pub(crate) type Room = [u8; MAX_FRAME];

/// The bytes after which the straight way is left for a moment: many small frames, and few enough
/// bytes to lie in the processor's first cache still.
const STRETCH: usize = 2048;

/// Replies in the order in which they leave. `head <= tail <= buffer.len()`; between turns an
/// empty outbox has no buffer.
#[derive(Default)]
pub(crate) struct Outbox {
    /// The last piece: what is written next goes behind its tail.
    buffer: Box<[u8]>,
    head: u32,
    tail: u32,
    /// The pieces in front of it.
    full: Option<Box<Full>>,
}

/// Pieces that are written to no more, in order; at least one, none of them empty.
#[derive(Default)]
struct Full {
    pieces: VecDeque<Piece>,
    /// The bytes that wait in them.
    len: usize,
}

struct Piece {
    buffer: Box<[u8]>,
    head: u32,
    tail: u32,
}

impl Outbox {
    #[inline]
    pub fn len(&self) -> usize {
        self.last_len() + self.full.as_ref().map_or(0, |full| full.len)
    }

    #[inline]
    const fn last_len(&self) -> usize {
        (self.tail - self.head) as usize
    }

    /// Whether nothing waits. While frames are written the last piece alone may be.
    #[inline]
    pub const fn is_empty(&self) -> bool {
        self.tail == self.head
    }

    /// The place behind the last byte of the last piece.
    #[inline]
    pub const fn end(&self) -> u32 {
        self.tail
    }

    /// The place before which the end stays for a [`STRETCH`] at most, with less than `mark` bytes
    /// waiting and room for a frame; 0 if there is none.
    pub fn stretch(&mut self, mark: usize, pool: &mut Pool) -> u32 {
        let _ = self.room(pool);
        let room = (self.buffer.len() + 1).saturating_sub(MAX_FRAME);
        let full = self.full.as_ref().map_or(0, |full| full.len);
        let owed = self.head as usize + mark.saturating_sub(full);
        let until = room.min(owed).min(self.tail as usize + STRETCH);
        if until > self.tail as usize { offset(until) } else { 0 }
    }

    /// The bytes to write first: all, as long as the peer keeps up.
    #[inline]
    pub fn waiting(&self) -> &[u8] {
        match &self.full {
            None => self.newest(),
            Some(full) => full.pieces.front().map_or(&[], Piece::waiting),
        }
    }

    /// All bytes that wait, piece by piece.
    pub fn pieces(&self) -> impl Iterator<Item = &[u8]> {
        let full = self.full.iter().flat_map(|full| &full.pieces);
        full.map(Piece::waiting).chain([self.newest()])
    }

    /// Those that wait in the last piece.
    #[inline]
    pub fn newest(&self) -> &[u8] {
        &self.buffer[self.head as usize..self.tail as usize]
    }

    /// The bytes behind the place `start` of the last piece, to be changed.
    pub fn behind(&mut self, start: u32) -> &mut [u8] {
        &mut self.buffer[start as usize..self.tail as usize]
    }

    /// The room behind the last byte. What is written there counts once it is
    /// [committed](Self::commit).
    #[inline]
    pub fn room(&mut self, pool: &mut Pool) -> &mut Room {
        if self.tail as usize + MAX_FRAME > self.buffer.len() {
            self.make_room(MAX_FRAME, pool);
        }
        let start = self.tail as usize;
        self.buffer[start..start + MAX_FRAME].first_chunk_mut().expect("as many as were taken")
    }

    /// What was written to the room and not committed yet.
    pub fn draft(&self, len: usize) -> &[u8] {
        &self.buffer[self.tail as usize..][..len]
    }

    /// The first `len` bytes of the room, at most a frame, wait for the peer from now on.
    #[inline]
    pub fn commit(&mut self, len: usize) {
        debug_assert!(self.tail as usize + len <= self.buffer.len());
        self.tail += offset(len);
    }

    /// Adds bytes that were kept elsewhere.
    pub fn append(&mut self, mut bytes: &[u8], pool: &mut Pool) {
        while !bytes.is_empty() {
            if self.tail as usize == self.buffer.len() {
                self.make_room(bytes.len().min(MAX_FRAME), pool);
            }
            let room = &mut self.buffer[self.tail as usize..];
            let n = room.len().min(bytes.len());
            room[..n].copy_from_slice(&bytes[..n]);
            self.tail += offset(n);
            bytes = &bytes[n..];
        }
    }

    /// `n` bytes left, at most those that wait.
    pub fn written(&mut self, n: usize, pool: &mut Pool) {
        let left = if self.full.is_some() { self.leave(n, pool) } else { n };
        debug_assert!(left <= self.last_len(), "more was written than waited");
        self.head += offset(left.min(self.last_len()));
        self.tidy(pool);
    }

    /// The same for the pieces in front; how many of the bytes were of the last one.
    #[cold]
    fn leave(&mut self, mut n: usize, pool: &mut Pool) -> usize {
        let Some(full) = &mut self.full else { return n };
        while let Some(first) = full.pieces.front_mut()
            && n > 0
        {
            let left = n.min(first.waiting().len());
            first.head += offset(left);
            full.len -= left;
            n -= left;
            if first.waiting().is_empty()
                && let Some(piece) = full.pieces.pop_front()
            {
                pool.give_outbox(piece.buffer);
            }
        }
        if full.pieces.is_empty() {
            self.full = None;
        }
        n
    }

    /// Gives the last piece back if nothing is in it.
    #[inline]
    pub fn tidy(&mut self, pool: &mut Pool) {
        if self.is_empty() && !self.buffer.is_empty() {
            (self.head, self.tail) = (0, 0);
            pool.give_outbox(core::mem::take(&mut self.buffer));
            if self.full.is_some() {
                self.step_back();
            }
        }
    }

    /// Nothing is in the last piece: the one before it is that now.
    #[cold]
    fn step_back(&mut self) {
        let Some(full) = &mut self.full else { return };
        if let Some(Piece { buffer, head, tail }) = full.pieces.pop_back() {
            full.len -= (tail - head) as usize;
            (self.buffer, self.head, self.tail) = (buffer, head, tail);
        }
        if full.pieces.is_empty() {
            self.full = None;
        }
    }

    /// Forgets what waits.
    pub fn clear(&mut self, pool: &mut Pool) {
        for piece in self.full.take().into_iter().flat_map(|full| full.pieces) {
            pool.give_outbox(piece.buffer);
        }
        self.head = self.tail;
        self.tidy(pool);
    }

    /// The memory that it owns, in bytes.
    pub fn owned(&self) -> usize {
        let full = self.full.iter().flat_map(|full| &full.pieces);
        self.buffer.len() + full.map(|piece| piece.buffer.len()).sum::<usize>()
    }

    /// Moves what waits in the last piece to one that has no room for much else.
    #[cold]
    pub fn shrink(&mut self, pool: &mut Pool) {
        let len = self.last_len();
        if self.buffer.len() > len.next_multiple_of(PIECE) {
            let mut fit = pool.take_fit(len);
            fit[..len].copy_from_slice(self.newest());
            (self.head, self.tail) = (0, offset(len));
            pool.give_outbox(core::mem::replace(&mut self.buffer, fit));
        }
    }

    /// Makes room for `more` bytes, at most a frame: moves what waits to the front if that is at
    /// most half of the piece, so that each byte moves but a few times, else begins another one.
    #[cold]
    fn make_room(&mut self, more: usize, pool: &mut Pool) {
        let len = self.last_len();
        if self.buffer.is_empty() {
            self.buffer = pool.take_outbox();
        } else if len <= self.buffer.len() / 2 && len + more <= self.buffer.len() {
            self.buffer.copy_within(self.head as usize..self.tail as usize, 0);
            (self.head, self.tail) = (0, offset(len));
        } else {
            let next = pool.take_piece(self.len());
            let buffer = core::mem::replace(&mut self.buffer, next);
            let full = self.full.get_or_insert_default();
            full.pieces.push_back(Piece { buffer, head: self.head, tail: self.tail });
            full.len += len;
            (self.head, self.tail) = (0, 0);
        }
    }

    /// Asserts what holds between turns.
    pub fn invariants(&self) {
        assert!(self.head <= self.tail && self.tail as usize <= self.buffer.len());
        assert_eq!(self.is_empty(), self.buffer.is_empty(), "a buffer exactly while in use");
        if let Some(full) = &self.full {
            assert!(!full.pieces.is_empty() && !self.is_empty());
            assert!(full.pieces.iter().all(|piece| piece.head < piece.tail));
            let sum: usize = full.pieces.iter().map(|piece| piece.waiting().len()).sum();
            assert_eq!(full.len, sum);
        }
    }
}

impl Piece {
    fn waiting(&self) -> &[u8] {
        &self.buffer[self.head as usize..self.tail as usize]
    }
}

/// `bytes` as an offset: the limits keep outboxes far below 4 GiB.
#[inline]
fn offset(bytes: usize) -> u32 {
    u32::try_from(bytes).expect("the limits keep an outbox below 4 GiB")
}

#[cfg(test)]
mod tests;
