//! The outbox: the bytes that wait for the peer, in one piece.

use alloc::boxed::Box;
use alloc::vec;

use hotframe_protocol::MAX_FRAME;

use crate::pool::Pool;

/// Where a frame is written: any frame fits.
pub(crate) type Room = [u8; MAX_FRAME];

/// Replies in the order in which they leave. `head <= tail <= buffer.len()`; between turns an
/// empty outbox has no buffer.
#[derive(Default)]
pub(crate) struct Outbox {
    buffer: Box<[u8]>,
    head: u32,
    tail: u32,
}

impl Outbox {
    #[inline]
    pub const fn len(&self) -> usize {
        (self.tail - self.head) as usize
    }

    #[inline]
    pub const fn is_empty(&self) -> bool {
        self.tail == self.head
    }

    /// The place behind the last byte.
    #[inline]
    pub const fn end(&self) -> u32 {
        self.tail
    }

    /// The place up to which the end may come while no more than `mark` bytes wait and a frame
    /// fits behind it.
    pub fn reach(&self, mark: usize) -> u32 {
        let room = (self.buffer.len() + 1).saturating_sub(MAX_FRAME);
        offset(room.min(self.head as usize + mark))
    }

    /// The bytes to write.
    pub fn waiting(&self) -> &[u8] {
        &self.buffer[self.head as usize..self.tail as usize]
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
    pub fn append(&mut self, bytes: &[u8], pool: &mut Pool) {
        if self.buffer.len() - (self.tail as usize) < bytes.len() {
            self.make_room(bytes.len(), pool);
        }
        self.buffer[self.tail as usize..][..bytes.len()].copy_from_slice(bytes);
        self.tail += offset(bytes.len());
    }

    /// `n` bytes left, at most those that wait.
    pub fn written(&mut self, n: usize, pool: &mut Pool) {
        debug_assert!(n <= self.len(), "more was written than waited");
        self.head += offset(n.min(self.len()));
        self.tidy(pool);
    }

    /// Gives the buffer back if nothing is in it.
    #[inline]
    pub fn tidy(&mut self, pool: &mut Pool) {
        if self.is_empty() && !self.buffer.is_empty() {
            (self.head, self.tail) = (0, 0);
            pool.give_outbox(core::mem::take(&mut self.buffer));
        }
    }

    /// Forgets what waits.
    pub fn clear(&mut self, pool: &mut Pool) {
        self.head = self.tail;
        self.tidy(pool);
    }

    /// Makes room for `more` bytes: moves what waits to the front if that is at most half of
    /// the buffer, so that each byte moves but a few times, else takes a larger buffer.
    #[cold]
    fn make_room(&mut self, more: usize, pool: &mut Pool) {
        if self.buffer.is_empty() {
            self.buffer = pool.take_outbox();
        }
        let len = self.len();
        let live = self.head as usize..self.tail as usize;
        if len <= self.buffer.len() / 2 && len + more <= self.buffer.len() {
            self.buffer.copy_within(live, 0);
        } else if self.buffer.len() - live.end < more {
            let size = (2 * self.buffer.len()).max(len + more);
            let mut larger = vec![0; size].into_boxed_slice();
            larger[..len].copy_from_slice(&self.buffer[live]);
            self.buffer = larger;
        } else {
            return;
        }
        (self.head, self.tail) = (0, offset(len));
    }

    /// Asserts what holds between turns.
    pub fn invariants(&self) {
        assert!(self.head <= self.tail && self.tail as usize <= self.buffer.len());
        assert_eq!(self.is_empty(), self.buffer.is_empty(), "a buffer exactly while in use");
    }
}

/// `bytes` as an offset: the limits keep outboxes far below 4 GiB.
#[inline]
fn offset(bytes: usize) -> u32 {
    u32::try_from(bytes).expect("the limits keep an outbox below 4 GiB")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Commits `frames` frames of the longest kind, filled with their number.
    fn fill(outbox: &mut Outbox, pool: &mut Pool, frames: core::ops::Range<u8>) {
        for frame in frames {
            *outbox.room(pool) = [frame; MAX_FRAME];
            outbox.commit(MAX_FRAME);
        }
    }

    #[test]
    fn bytes_leave_in_order_through_moves_and_growth() {
        let (mut outbox, mut pool) = (Outbox::default(), Pool::new());
        let mut left = alloc::vec::Vec::new();
        for round in 0..8 {
            fill(&mut outbox, &mut pool, round * 30..round * 30 + 30);
            let n = outbox.len() / 2;
            left.extend_from_slice(&outbox.waiting()[..n]);
            outbox.written(n, &mut pool);
            outbox.invariants();
        }
        left.extend_from_slice(outbox.waiting());
        assert_eq!(left.len(), 240 * MAX_FRAME);
        assert!(
            (0..240).all(|frame: u8| left[usize::from(frame) * MAX_FRAME..][..MAX_FRAME]
                == [frame; MAX_FRAME])
        );
    }

    #[test]
    fn an_empty_outbox_owns_nothing() {
        let (mut outbox, mut pool) = (Outbox::default(), Pool::new());
        outbox.invariants();
        fill(&mut outbox, &mut pool, 0..2);
        outbox.written(2 * MAX_FRAME, &mut pool);
        outbox.invariants();
        let _ = outbox.room(&mut pool);
        outbox.tidy(&mut pool);
        outbox.invariants();
        outbox.append(b"kept elsewhere", &mut pool);
        assert_eq!(outbox.waiting(), b"kept elsewhere");
        outbox.clear(&mut pool);
        outbox.invariants();
    }
}
