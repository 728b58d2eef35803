//! What a replaced generation has put off passes to its successor, or ends at once.

use alloc::vec::Vec;

use hotframe_protocol::Status;

use crate::{Engine, GenerationId, GenerationState, Handlers, Moment, Token};

impl<H: Handlers> Engine<H> {
    /// The request behind `token` is `heir`'s to answer from now on: another generation of the
    /// same plugin, which is active, that has said that it knows how. Nothing else changes: not
    /// its place in the order, nor its deadline. False, and nothing happens, if the token is not
    /// good any more, or `heir` is none.
    pub fn bequeath(&mut self, token: Token, heir: GenerationId) -> bool {
        let desk = &mut self.desk;
        let Some(from) = desk.tokens.owed(token).map(|pending| pending.origin.generation) else {
            return false;
        };
        let plugin = desk.generations.at(from).map(|found| found.plugin.clone());
        let heir_found = desk.generations.at_mut(heir).filter(|found| {
            found.state == GenerationState::Active && Some(&found.plugin) == plugin.as_ref()
        });
        let Some(heir_found) = heir_found.filter(|_| from != heir) else {
            return false;
        };
        heir_found.in_flight += 1;
        desk.tokens.pass_on(token, heir);
        if let Some(found) = desk.generations.at_mut(from) {
            found.in_flight -= 1;
        }
        desk.counters.bequeathed += 1;
        desk.retire_if_drained(from);
        true
    }

    /// Nobody waits for what a replaced generation has put off: it is answered 2005 at once. The
    /// generation is told as of a timeout. Nothing happens if it is active.
    pub fn forsake(&mut self, id: GenerationId, now: Moment) {
        self.desk.latest = now;
        let is_active = |state| matches!(state, GenerationState::Active | GenerationState::Staged);
        if self.desk.generations.at(id).is_none_or(|found| is_active(found.state)) {
            return;
        }
        let tokens: Vec<Token> = self.desk.tokens.of_generation(id).collect();
        for token in tokens {
            if let Some(pending) = self.desk.tokens.take(token) {
                self.desk.counters.forsaken += 1;
                self.give_up(token, &pending, Status::HandlerUnavailable, now);
            }
        }
        self.sweep_deadlines();
    }
}
