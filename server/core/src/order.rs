//! The order: the replies that are owed behind a deferred one, so that all leave in the order
//! of their requests.

use alloc::collections::VecDeque;
use alloc::vec::Vec;

use crate::Token;
use crate::outbox::Outbox;
use crate::pool::{PIECE, Pool};

/// One step of the queue.
enum Owed {
    /// A deferred request without an answer.
    Waiting(Token),
    /// The answer of a deferred request that waits for its turn.
    Answered(Vec<u8>),
    /// Frames that were there at once and wait for their turn.
    Prompt(Vec<u8>),
}

/// What is owed behind the first deferred request, that one included. Never empty between two
/// calls from outside, and its first is always waiting.
#[derive(Default)]
pub(crate) struct Order {
    owed: VecDeque<Owed>,
    /// The place of the first; places are counted round in 32 bits.
    first: u32,
    /// The bytes that are held back.
    held: usize,
    /// How many are `Answered`.
    answered: u32,
}

impl Order {
    pub fn is_empty(&self) -> bool {
        self.owed.is_empty()
    }

    /// The bytes that are held back.
    #[inline]
    pub const fn held(&self) -> usize {
        self.held
    }

    /// The deferred requests that are answered and wait for their turn.
    #[inline]
    pub const fn answered(&self) -> u32 {
        self.answered
    }

    /// The request behind `token` is answered later. Returns its place.
    pub fn owe(&mut self, token: Token) -> u32 {
        let place = self.first.wrapping_add(count(self.owed.len()));
        self.owed.push_back(Owed::Waiting(token));
        place
    }

    /// The request at `place` is waited for with another token.
    pub fn pass(&mut self, place: u32, token: Token) {
        let index = place.wrapping_sub(self.first) as usize;
        let owed = self.owed.get_mut(index).expect("a token's place is in its connection's order");
        debug_assert!(matches!(owed, Owed::Waiting(_)), "it has no answer yet");
        *owed = Owed::Waiting(token);
    }

    /// Holds back a frame that was there at once.
    pub fn hold(&mut self, frame: &[u8]) {
        self.held += frame.len();
        match self.owed.back_mut() {
            Some(Owed::Prompt(frames)) if frames.len() < PIECE => frames.extend_from_slice(frame),
            _ => self.owed.push_back(Owed::Prompt(frame.to_vec())),
        }
    }

    /// The bytes that were held back last.
    pub fn newest(&self) -> &[u8] {
        match self.owed.back() {
            Some(Owed::Prompt(frames) | Owed::Answered(frames)) => frames,
            _ => &[],
        }
    }

    /// Puts a frame that answers nothing behind the last one that is held back; false if none is.
    pub fn follow(&mut self, frame: &[u8]) -> bool {
        let made = self.owed.iter_mut().rev().find_map(|owed| match owed {
            Owed::Answered(frames) | Owed::Prompt(frames) => Some(frames),
            Owed::Waiting(_) => None,
        });
        let Some(frames) = made else { return false };
        frames.extend_from_slice(frame);
        self.held += frame.len();
        true
    }

    /// Whether the request at `place` is the first in the queue.
    pub const fn is_first(&self, place: u32) -> bool {
        self.first == place
    }

    /// The request at `place` is answered with `frame`, and others are before it.
    pub fn answer(&mut self, place: u32, frame: &[u8]) {
        let index = place.wrapping_sub(self.first) as usize;
        let owed = self.owed.get_mut(index).expect("a token's place is in its connection's order");
        debug_assert!(matches!(owed, Owed::Waiting(_)), "each place is answered once");
        *owed = Owed::Answered(frame.to_vec());
        self.held += frame.len();
        self.answered += 1;
    }

    /// The first request was answered; what is ready behind it moves into `outbox`.
    pub fn advance(&mut self, outbox: &mut Outbox, pool: &mut Pool) {
        self.pop();
        while let Some(Owed::Answered(frames) | Owed::Prompt(frames)) = self.owed.front() {
            outbox.append(frames, pool);
            self.held -= frames.len();
            self.pop();
        }
    }

    fn pop(&mut self) {
        if let Some(Owed::Answered(_)) = self.owed.pop_front() {
            self.answered -= 1;
        }
        self.first = self.first.wrapping_add(1);
    }

    /// The tokens that are waited for, with their places.
    pub fn waiting(&self) -> impl Iterator<Item = (u32, Token)> {
        self.owed.iter().enumerate().filter_map(|(index, owed)| match owed {
            Owed::Waiting(token) => Some((self.first.wrapping_add(count(index)), *token)),
            Owed::Answered(_) | Owed::Prompt(_) => None,
        })
    }

    /// Asserts what holds between two calls from outside.
    pub fn invariants(&self) {
        assert!(matches!(self.owed.front(), Some(Owed::Waiting(_))), "the first is waiting");
        let (mut held, mut answered) = (0, 0);
        for owed in &self.owed {
            match owed {
                Owed::Waiting(_) => {}
                Owed::Answered(frame) => {
                    held += frame.len();
                    answered += 1;
                }
                Owed::Prompt(frames) => held += frames.len(),
            }
        }
        assert_eq!((held, answered), (self.held, self.answered));
    }
}

fn count(len: usize) -> u32 {
    u32::try_from(len).expect("max_in_flight bounds the order far below 2^32")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(serial: u64) -> Token {
        Token::from_bits(serial << 32).unwrap()
    }

    #[test]
    fn answers_wait_for_those_before_them() {
        let (mut order, mut outbox, mut pool) = (Order::default(), Outbox::default(), Pool::new());
        order.first = u32::MAX;
        let first = order.owe(token(1));
        order.hold(b"b");
        order.hold(b"c");
        let second = order.owe(token(2));
        order.hold(b"e");
        let third = order.owe(token(3));
        assert_eq!(
            order.waiting().map(|(place, _)| place).collect::<Vec<_>>(),
            [first, second, third]
        );
        order.answer(second, b"d");
        order.invariants();
        assert_eq!((order.held(), order.answered()), (4, 1));

        assert!(order.is_first(first) && !order.is_first(third));
        outbox.append(b"a", &mut pool);
        order.advance(&mut outbox, &mut pool);
        assert_eq!(outbox.waiting(), b"abcde");
        order.invariants();
        assert_eq!((order.held(), order.answered()), (0, 0));

        assert!(order.is_first(third));
        order.advance(&mut outbox, &mut pool);
        assert!(order.is_empty());
    }
}
