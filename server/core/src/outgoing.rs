//! What is outgoing: the outbox, and what stands behind it while a deferred reply is owed.

use alloc::boxed::Box;

use hotframe_protocol::write_checksums;

use crate::crowd::Crowd;
use crate::order::Order;
use crate::outbox::{Outbox, Room};
use crate::pool::Pool;
use crate::{ReplyOrder, Token};

/// What is owed later.
enum Later {
    /// In the order of the requests.
    Strict(Order),
    /// As it comes.
    Any(Crowd),
}

/// Everything that a connection's peer is owed.
#[derive(Default)]
pub(crate) struct Outgoing {
    outbox: Outbox,
    /// There exactly while a deferred reply is owed.
    later: Option<Box<Later>>,
}

impl Later {
    const fn order(&self) -> Option<&Order> {
        match self {
            Self::Strict(order) => Some(order),
            Self::Any(_) => None,
        }
    }

    const fn crowd(&self) -> Option<&Crowd> {
        match self {
            Self::Strict(_) => None,
            Self::Any(crowd) => Some(crowd),
        }
    }
}

impl Outgoing {
    /// The bytes to write first.
    pub fn waiting(&self) -> &[u8] {
        self.outbox.waiting()
    }

    /// All bytes to write, piece by piece.
    pub fn pieces(&self) -> impl Iterator<Item = &[u8]> {
        self.outbox.pieces()
    }

    /// How many wait for the peer.
    #[inline]
    pub fn waiting_len(&self) -> usize {
        self.outbox.len()
    }

    /// The bytes that wait for the peer or are held back.
    #[inline]
    pub fn len(&self) -> usize {
        self.outbox.len() + self.order().map_or(0, Order::held)
    }

    /// The memory in which they lie, in bytes.
    pub fn owned(&self) -> usize {
        self.outbox.owned() + self.order().map_or(0, Order::held)
    }

    /// Gives back what of it is room for more.
    pub fn shrink(&mut self, pool: &mut Pool) {
        self.outbox.shrink(pool);
    }

    /// The place behind the last byte of the outbox's last piece.
    #[inline]
    pub const fn end(&self) -> u32 {
        self.outbox.end()
    }

    /// The place before which the [`end`](Self::end) stays for a while, with less than `mark` bytes
    /// owed and room for a frame; 0 if there is none, as while something is owed later.
    pub fn stretch(&mut self, mark: usize, pool: &mut Pool) -> u32 {
        if self.later.is_some() { 0 } else { self.outbox.stretch(mark, pool) }
    }

    /// The deferred requests that are answered and wait for their turn.
    #[inline]
    pub fn answered(&self) -> u32 {
        self.order().map_or(0, Order::answered)
    }

    #[inline]
    fn order(&self) -> Option<&Order> {
        self.later.as_ref().and_then(|later| later.order())
    }

    /// Whether nothing is owed at all.
    pub const fn is_settled(&self) -> bool {
        self.outbox.is_empty() && self.later.is_none()
    }

    /// The room for the next frame, wherever it goes then: its place is the outbox.
    #[inline]
    pub fn room(&mut self, pool: &mut Pool) -> &mut Room {
        self.outbox.room(pool)
    }

    /// The first `len` bytes of the room are the answer to the newest request.
    #[inline]
    pub fn commit(&mut self, len: usize) {
        match self.later.as_deref_mut() {
            None | Some(Later::Any(_)) => self.outbox.commit(len),
            Some(Later::Strict(order)) => order.hold(self.outbox.draft(len)),
        }
    }

    /// The frames in the outbox from the place `start` on get their checksums.
    pub fn seal(&mut self, start: u32) {
        write_checksums(self.outbox.behind(start));
    }

    /// The first `len` bytes of the room are a frame that does not wait for what is owed.
    #[inline]
    pub fn send(&mut self, len: usize) {
        self.outbox.commit(len);
    }

    /// The last `len` bytes that [`commit`](Self::commit) took, if they were so many at once.
    pub fn newest(&self, len: usize) -> &[u8] {
        let bytes = self.order().map_or(self.outbox.newest(), Order::newest);
        bytes.len().checked_sub(len).map_or(&[], |start| &bytes[start..])
    }

    /// The first `len` bytes of the room are a frame that answers nothing and leaves behind all
    /// replies that are made.
    pub fn follow(&mut self, len: usize) {
        let draft = self.outbox.draft(len);
        let is_held = match self.later.as_deref_mut() {
            Some(Later::Strict(order)) => order.follow(draft),
            None | Some(Later::Any(_)) => false,
        };
        if !is_held {
            self.outbox.commit(len);
        }
    }

    /// The newest request is answered later. Returns its place among those that are.
    pub fn owe(&mut self, token: Token, wanted: ReplyOrder) -> u32 {
        let later = self.later.get_or_insert_with(|| {
            Box::new(match wanted {
                ReplyOrder::Strict => Later::Strict(Order::default()),
                ReplyOrder::Any => Later::Any(Crowd::default()),
            })
        });
        match &mut **later {
            Later::Strict(order) => order.owe(token),
            Later::Any(crowd) => crowd.owe(token),
        }
    }

    /// The deferred request at `place` is waited for with another token.
    pub fn pass(&mut self, place: u32, token: Token) {
        match self.later.as_deref_mut() {
            Some(Later::Strict(order)) => order.pass(place, token),
            Some(Later::Any(crowd)) => crowd.pass(place, token),
            None => unreachable!("something is kept while a reply is owed"),
        }
    }

    /// The first `len` bytes of the room, if any, are the answer to the deferred request at
    /// `place`.
    pub fn answer(&mut self, place: u32, len: usize, pool: &mut Pool) {
        let later = self.later.as_deref_mut().expect("something is kept while a reply is owed");
        let is_over = match later {
            Later::Strict(order) if !order.is_first(place) => {
                order.answer(place, self.outbox.draft(len));
                false
            }
            Later::Strict(order) => {
                self.outbox.commit(len);
                order.advance(&mut self.outbox, pool);
                order.is_empty()
            }
            Later::Any(crowd) => {
                self.outbox.commit(len);
                crowd.leave(place);
                crowd.is_empty()
            }
        };
        if is_over {
            self.later = None;
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
        self.later = None;
        self.outbox.clear(pool);
    }

    /// The tokens that are waited for, with their places.
    pub fn tokens(&self) -> impl Iterator<Item = (u32, Token)> {
        let in_order = self.order().into_iter().flat_map(Order::waiting);
        let crowd = self.later.as_ref().and_then(|later| later.crowd());
        in_order.chain(crowd.into_iter().flat_map(Crowd::waiting))
    }

    /// Asserts what holds between turns.
    pub fn invariants(&self) {
        self.outbox.invariants();
        match self.later.as_deref() {
            None => {}
            Some(Later::Strict(order)) => order.invariants(),
            Some(Later::Any(crowd)) => assert!(!crowd.is_empty(), "somebody waits in a crowd"),
        }
    }
}
