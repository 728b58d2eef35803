//! What is outgoing: the outbox, and the order behind it while a deferred reply is owed.

use alloc::boxed::Box;

use crate::Token;
use crate::order::Order;
use crate::outbox::{Outbox, Room};
use crate::pool::Pool;

/// Everything that a connection's peer is owed.
#[derive(Default)]
pub(crate) struct Outgoing {
    outbox: Outbox,
    /// There exactly while a deferred reply is owed.
    order: Option<Box<Order>>,
}

impl Outgoing {
    /// The bytes to write.
    pub fn waiting(&self) -> &[u8] {
        self.outbox.waiting()
    }

    /// How many wait for the peer.
    #[inline]
    pub const fn waiting_len(&self) -> usize {
        self.outbox.len()
    }

    /// The bytes that wait for the peer or are held back.
    #[inline]
    pub fn len(&self) -> usize {
        self.outbox.len() + self.order.as_ref().map_or(0, |order| order.held())
    }

    /// The deferred requests that are answered and wait for their turn.
    #[inline]
    pub fn answered(&self) -> u32 {
        self.order.as_ref().map_or(0, |order| order.answered())
    }

    /// Whether nothing is owed at all.
    pub const fn is_settled(&self) -> bool {
        self.outbox.is_empty() && self.order.is_none()
    }

    /// The room for the next frame, wherever it goes then: its place is the outbox.
    #[inline]
    pub fn room(&mut self, pool: &mut Pool) -> &mut Room {
        self.outbox.room(pool)
    }

    /// The first `len` bytes of the room are the answer to the newest request.
    #[inline]
    pub fn commit(&mut self, len: usize) {
        match &mut self.order {
            None => self.outbox.commit(len),
            Some(order) => order.hold(self.outbox.draft(len)),
        }
    }

    /// The first `len` bytes of the room are a frame that answers nothing: it does not wait for
    /// what is owed.
    pub fn send(&mut self, len: usize) {
        self.outbox.commit(len);
    }

    /// The last `len` bytes that [`commit`](Self::commit) took, if they were so many at once.
    pub fn newest(&self, len: usize) -> &[u8] {
        let bytes = match &self.order {
            None => self.outbox.waiting(),
            Some(order) => order.newest(),
        };
        bytes.len().checked_sub(len).map_or(&[], |start| &bytes[start..])
    }

    /// The first `len` bytes of the room are a frame that answers nothing and leaves behind all
    /// replies that are made.
    pub fn follow(&mut self, len: usize) {
        let draft = self.outbox.draft(len);
        if !self.order.as_mut().is_some_and(|order| order.follow(draft)) {
            self.outbox.commit(len);
        }
    }

    /// The newest request is answered later. Returns its place in the order.
    pub fn owe(&mut self, token: Token) -> u32 {
        self.order.get_or_insert_default().owe(token)
    }

    /// The first `len` bytes of the room are the answer to the deferred request at `place`.
    pub fn answer(&mut self, place: u32, len: usize, pool: &mut Pool) {
        let order = self.order.as_mut().expect("there is an order while a reply is owed");
        if !order.is_first(place) {
            order.answer(place, self.outbox.draft(len));
            return;
        }
        self.outbox.commit(len);
        order.advance(&mut self.outbox, pool);
        if order.is_empty() {
            self.order = None;
        }
    }

    /// `n` bytes left.
    pub fn written(&mut self, n: usize, pool: &mut Pool) {
        self.outbox.written(n, pool);
    }

    /// Gives back what is not needed between turns.
    #[inline]
    pub fn tidy(&mut self, pool: &mut Pool) {
        self.outbox.tidy(pool);
    }

    /// Forgets all that is owed.
    pub fn clear(&mut self, pool: &mut Pool) {
        self.order = None;
        self.outbox.clear(pool);
    }

    /// The tokens that are waited for, with their places.
    pub fn tokens(&self) -> impl Iterator<Item = (u32, Token)> {
        self.order.iter().flat_map(|order| order.waiting())
    }

    /// Asserts what holds between turns.
    pub fn invariants(&self) {
        self.outbox.invariants();
        if let Some(order) = &self.order {
            order.invariants();
        }
    }
}
