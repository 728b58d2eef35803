//! Deadlines come up.

use alloc::vec::Vec;

use crate::connection::Phase;
use crate::deadlines::Owner;
use crate::{
    CloseReason, ConnectionId, Engine, GenerationId, GenerationState, Handlers, Moment, Notice,
    Token,
};

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
                Owner::Generation(id) => self.judge_generation(id, now),
                Owner::Shutdown => self.judge_shutdown(when),
            };
            if !meant {
                self.desk.deadlines.passed_over();
            }
        }
        self.sweep_deadlines();
    }

    fn judge_connection(&mut self, id: ConnectionId, when: Moment, now: Moment) -> bool {
        let desk = &mut self.desk;
        let connection = match self.connections.at_mut(id.0) {
            Some(connection) if connection.armed == when => connection,
            _ => return false,
        };
        connection.armed = Moment::NEVER;
        if connection.partial_since.after(desk.limits.frame_timeout) <= now {
            if connection.is_pressed(&desk.limits) {
                // We do not read: that its frame does not grow is not the peer's fault.
                connection.partial_since = now;
            } else {
                connection.finish(CloseReason::FrameTimeout, &mut desk.pool);
                self.touch(id);
            }
        }
        self.judge_blocked(id, now);
        true
    }

    /// Cuts a connection off whose peer takes nothing, and arms it again if it does.
    fn judge_blocked(&mut self, id: ConnectionId, now: Moment) {
        let Some(connection) = self.connections.at_mut(id.0) else {
            return;
        };
        if connection.blocked_since.after(self.desk.limits.write_timeout) > now {
            connection.arm(id, &self.desk.limits, &mut self.desk.deadlines);
            return;
        }
        let reason = match connection.phase() {
            Phase::Lingering => connection.reason(),
            _ => CloseReason::WriteTimeout,
        };
        self.cut_off(id, reason);
    }

    fn judge_token(&mut self, token: Token, now: Moment) -> bool {
        match self.desk.tokens.take(token) {
            Some(pending) => {
                self.time_out(token, &pending, now);
                // The entry of this deadline came up just now: it is not void in the heap.
                self.desk.deadlines.passed_over();
                true
            }
            None => false,
        }
    }

    /// A draining generation had its time: what it still owes is answered 2004.
    fn judge_generation(&mut self, id: GenerationId, now: Moment) -> bool {
        let (plugin, unanswered) = match self.desk.generations.at(id) {
            Some(found) if found.state == GenerationState::Draining => {
                (found.plugin.clone(), found.in_flight)
            }
            _ => return false,
        };
        self.desk.notify(Notice::DrainTimeout { plugin, generation: id, unanswered });
        let tokens: Vec<Token> = self.desk.tokens.of_generation(id).collect();
        for token in tokens {
            if let Some(pending) = self.desk.tokens.take(token) {
                self.time_out(token, &pending, now);
            }
        }
        // It is retired by now; the entry of its deadline came up and is not void in the heap.
        self.desk.deadlines.passed_over();
        true
    }

    pub(super) fn sweep_all_deadlines(&mut self) {
        let grace_end = self.grace_end();
        let (desk, connections) = (&mut self.desk, &self.connections);
        let (tokens, generations) = (&desk.tokens, &desk.generations);
        desk.deadlines.sweep(|when, owner| match owner {
            Owner::Connection(id) => connections.at(id.0).is_some_and(|found| found.armed == when),
            Owner::Token(token) => tokens.at(token).is_some(),
            Owner::Generation(id) => {
                generations.at(id).is_some_and(|found| found.state == GenerationState::Draining)
            }
            Owner::Shutdown => grace_end == Some(when),
        });
    }
}
