//! Deadlines come up.

use alloc::vec::Vec;

use crate::deadlines::Owner;
use crate::{ConnectionId, Engine, GenerationId, GenerationState, Handlers, Moment, Notice, Token};

impl<H: Handlers> Engine<H> {
    /// When [`handle_due`](Self::handle_due) is to be called next.
    pub fn poll_wake(&self) -> Option<Moment> {
        self.desk.deadlines.next()
    }

    /// Judges the deadlines up to `now`. The shell reads pending input first, so that nobody
    /// pays for a pause of ours.
    pub fn handle_due(&mut self, now: Moment) {
        self.desk.latest = now;
        while let Some((when, owner)) = self.desk.deadlines.pop(now) {
            let meant = match owner {
                Owner::Connection(id) => self.judge_connection(id, when, now),
                Owner::Token(token) => self.judge_token(token, now),
                Owner::Question(id) => self.judge_question(id, when),
                Owner::Generation(id) => self.judge_generation(id, when, now),
                Owner::Sessions => self.judge_sessions(when, now),
                Owner::Shutdown => self.judge_shutdown(when),
                Owner::Buffers => self.relieve(when),
            };
            if !meant {
                self.desk.deadlines.passed_over();
            }
        }
        self.sweep_deadlines();
    }

    /// Judges the clocks of a connection, and arms it again for what still runs.
    fn judge_connection(&mut self, id: ConnectionId, when: Moment, now: Moment) -> bool {
        match self.connections.at_mut(id.0) {
            Some(connection) if connection.armed == when => connection.armed = Moment::NEVER,
            _ => return false,
        }
        let Some(mut turn) = self.turn(id, now) else {
            return false;
        };
        let ended = turn.judge_frame() | turn.judge_blocked();
        let changed = ended || turn.judge_silence();
        turn.arm();
        if changed {
            self.touch(id);
        }
        true
    }

    fn judge_token(&mut self, token: Token, now: Moment) -> bool {
        match self.desk.tokens.take(token) {
            Some(pending)
                if pending.kept.as_ref().is_some_and(|kept| now < kept.until)
                    && !pending.is_owed() =>
            {
                self.try_again(pending, now);
                true
            }
            Some(pending) => {
                self.time_out(token, &pending, now);
                // The entry of this deadline came up just now: it is not void in the heap.
                self.desk.deadlines.passed_over();
                true
            }
            None => false,
        }
    }

    /// A generation that was replaced had its time: what it still owes is answered 2004.
    fn judge_generation(&mut self, id: GenerationId, when: Moment, now: Moment) -> bool {
        let (plugin, unanswered, is_benched) = match self.desk.generations.at_mut(id) {
            Some(found) if found.owes_by(when) => {
                let is_benched = found.state == GenerationState::Benched;
                if is_benched {
                    found.until = Moment::NEVER;
                }
                (found.plugin.clone(), found.in_flight, is_benched)
            }
            _ => return false,
        };
        if is_benched && unanswered == 0 {
            return true;
        }
        if unanswered > 0 {
            self.desk.notify(Notice::DrainTimeout { plugin, generation: id, unanswered });
        }
        let tokens: Vec<Token> = self.desk.tokens.of_generation(id).collect();
        for token in tokens {
            if let Some(pending) = self.desk.tokens.take(token) {
                self.time_out(token, &pending, now);
            }
        }
        if !is_benched {
            let questions: Vec<_> = self.desk.questions.of_generation(id).collect();
            for question in questions {
                self.desk.give_up_question(question);
            }
            // It is retired by now; the entry of its deadline came up and is not void in the heap.
            self.desk.deadlines.passed_over();
        }
        true
    }

    pub(super) fn sweep_all_deadlines(&mut self) {
        let grace_end = self.grace_end();
        let (desk, connections) = (&mut self.desk, &self.connections);
        let (tokens, generations, sessions) = (&desk.tokens, &desk.generations, &desk.sessions);
        let (questions, relief) = (&desk.questions, desk.buffers.due);
        desk.deadlines.sweep(|when, owner| match owner {
            Owner::Connection(id) => connections.at(id.0).is_some_and(|found| found.armed == when),
            Owner::Token(token) => tokens.at(token).is_some(),
            Owner::Question(id) => questions.at(id).is_some_and(|asked| asked.deadline == when),
            Owner::Generation(id) => generations.at(id).is_some_and(|found| found.owes_by(when)),
            Owner::Sessions => sessions.armed == when,
            Owner::Shutdown => grace_end == Some(when),
            Owner::Buffers => relief == when,
        });
    }
}
