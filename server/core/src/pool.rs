//! The pool: buffers that no connection needs at the moment, last in, first out.

use alloc::boxed::Box;
use alloc::vec;
use alloc::vec::Vec;

use hotframe_protocol::MAX_FRAME;

use crate::Moment;
use crate::carry::Carry;
use crate::limits::{MAX_CARRY, READ_ROOM};

/// The size of a new outbox buffer: the echo of a whole read fits without growing.
const OUTBOX_ROOM: usize = READ_ROOM + 1024;

/// The least that an outbox grows by: a slow peer costs no more than it is owed and this.
pub(crate) const PIECE: usize = 4 * 1024;

/// A carry that grew beyond this is not kept.
const LARGEST_KEPT: usize = 128 * 1024;

/// The buffers of each kind that are kept at most.
const MOST_KEPT: usize = 32;

const _: () = assert!(OUTBOX_ROOM >= MAX_CARRY + MAX_FRAME);
const _: () = assert!(PIECE >= MAX_FRAME && OUTBOX_ROOM > PIECE);

/// Spare buffers. The one that was given back last is warm in the cache and goes out first.
pub(crate) struct Pool {
    outboxes: Vec<Box<[u8]>>,
    pieces: Vec<Box<[u8]>>,
    #[allow(clippy::vec_box, reason = "the boxes go in and out as they are")]
    carries: Vec<Box<Carry>>,
}

impl Pool {
    pub const fn new() -> Self {
        Self { outboxes: Vec::new(), pieces: Vec::new(), carries: Vec::new() }
    }

    /// An initialised buffer for replies; what is in it is of no meaning.
    pub fn take_outbox(&mut self) -> Box<[u8]> {
        self.outboxes.pop().unwrap_or_else(|| vec![0; OUTBOX_ROOM].into_boxed_slice())
    }

    /// One for an outbox to go on in that holds so many bytes: a sixteenth of that, so that a
    /// large one has few.
    pub fn take_piece(&mut self, held: usize) -> Box<[u8]> {
        match (held / 16).next_multiple_of(PIECE).max(PIECE) {
            PIECE => self.pieces.pop().unwrap_or_else(|| vec![0; PIECE].into_boxed_slice()),
            size => vec![0; size].into_boxed_slice(),
        }
    }

    /// One for an outbox that has stopped growing, and holds so many bytes.
    pub fn take_fit(&mut self, held: usize) -> Box<[u8]> {
        match held.next_multiple_of(PIECE).max(PIECE) {
            PIECE => self.take_piece(0),
            size => vec![0; size].into_boxed_slice(),
        }
    }

    #[inline]
    pub fn give_outbox(&mut self, buffer: Box<[u8]>) {
        match buffer.len() {
            OUTBOX_ROOM if self.outboxes.len() < MOST_KEPT => self.outboxes.push(buffer),
            PIECE if self.pieces.len() < MOST_KEPT => self.pieces.push(buffer),
            _ => {}
        }
    }

    /// An empty carry.
    pub fn take_carry(&mut self) -> Box<Carry> {
        self.carries.pop().unwrap_or_else(|| Box::new(Carry::new()))
    }

    pub fn give_carry(&mut self, mut carry: Box<Carry>) {
        if self.carries.len() < MOST_KEPT && carry.bytes.capacity() <= LARGEST_KEPT {
            carry.bytes.clear();
            carry.since = Moment::NEVER;
            self.carries.push(carry);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_buffer_that_was_given_back_last_goes_out_first() {
        let mut pool = Pool::new();
        pool.give_outbox(vec![1; OUTBOX_ROOM].into());
        pool.give_outbox(vec![2; OUTBOX_ROOM].into());
        assert_eq!(pool.take_outbox()[0], 2);
        assert_eq!(pool.take_outbox()[0], 1);
        assert_eq!(pool.take_outbox().len(), OUTBOX_ROOM);
    }

    #[test]
    fn what_is_kept_is_bounded() {
        let mut pool = Pool::new();
        for _ in 0..2 * MOST_KEPT {
            pool.give_outbox(vec![0; OUTBOX_ROOM].into());
            pool.give_carry(Box::new(Carry { bytes: vec![0; 9], since: Moment::default() }));
        }
        pool.give_outbox(vec![0; OUTBOX_ROOM + 1].into());
        assert_eq!(pool.take_piece(0).len(), PIECE);
        assert_eq!(pool.take_piece(1 << 20).len(), 1 << 16);
        assert_eq!((pool.outboxes.len(), pool.pieces.len()), (MOST_KEPT, 0));
        assert_eq!(pool.carries.len(), MOST_KEPT);
        let carry = pool.take_carry();
        assert!(carry.bytes.is_empty() && !carry.since.comes());
    }
}
