//! The crowd: deferred requests of a connection whose replies leave in any order.

use slab::Slab;

use crate::Token;

/// The tokens that are waited for, each at a place of its own. Never empty between two calls
/// from outside.
#[derive(Default)]
pub(crate) struct Crowd {
    waiting: Slab<Token>,
}

impl Crowd {
    pub fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// The request behind `token` is answered later. Returns its place.
    pub fn owe(&mut self, token: Token) -> u32 {
        let place = self.waiting.insert(token);
        u32::try_from(place).expect("max_in_flight bounds the crowd far below 2^32")
    }

    /// The request at `place` is waited for with another token.
    pub fn pass(&mut self, place: u32, token: Token) {
        *self.waiting.get_mut(place as usize).expect("a token's place is in its crowd") = token;
    }

    /// The request at `place` is answered.
    pub fn leave(&mut self, place: u32) {
        self.waiting.try_remove(place as usize).expect("a token's place is in its crowd");
    }

    /// The tokens that are waited for, with their places.
    pub fn waiting(&self) -> impl Iterator<Item = (u32, Token)> {
        self.waiting.iter().map(|(place, token)| {
            (u32::try_from(place).expect("places were counted in 32 bits"), *token)
        })
    }
}
