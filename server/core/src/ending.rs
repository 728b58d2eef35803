//! How a connection ends: what is to be done next, and what becomes of what was put off.

use alloc::vec::Vec;

use crate::connection::{Connection, Phase};
use crate::limits::FAREWELL;
use crate::turn::Turn;
use crate::witness::End;
use crate::{CloseReason, Handlers, Limits, Moment, Next, Token};

impl Connection {
    /// When its peer has taken nothing, or has not closed, for long enough.
    pub fn blocked_end(&self, limits: &Limits) -> Moment {
        let end = self.blocked_since.after(limits.write_timeout);
        if self.phase() == Phase::Lingering && self.reason() == CloseReason::Shutdown {
            return end.min(self.blocked_since.max(self.last_received).after(FAREWELL));
        }
        end
    }
}

impl<H: Handlers> Turn<'_, H> {
    /// What the shell is to do with the connection at the end of its turn.
    pub fn next(&mut self) -> Next {
        let settled = self.connection.outgoing.is_settled() && !self.connection.is_claiming;
        if self.desk.closing_since.is_some() && settled && !self.connection.held {
            self.finish(CloseReason::Shutdown);
        }
        if !settled || self.connection.keeps > 0 || !self.connection.carry().is_empty() {
            self.weigh_in();
        }
        match self.connection.phase() {
            Phase::Condemned => Next::Close,
            Phase::Lingering => Next::Keep,
            Phase::Finishing if settled => self.close(),
            Phase::Open | Phase::Finishing => {
                self.watch_peer();
                Next::Keep
            }
        }
    }

    /// Everything owed is flushed: our direction is shut down, or, if the peer's is already,
    /// the connection is over.
    fn close(&mut self) -> Next {
        if self.connection.eof {
            self.cut_off(self.connection.reason());
            return Next::Close;
        }
        self.connection.linger(self.now);
        self.arm();
        Next::ShutdownWrite
    }

    /// What was not written by the end of a turn is blocked by the peer, unless it was put
    /// there after the write; then another turn comes.
    fn watch_peer(&mut self) {
        let connection = &mut *self.connection;
        let left = connection.outgoing.waiting_len() > 0 && !connection.touched;
        if left && !connection.blocked_since.comes() {
            connection.blocked_since = self.now;
            self.arm();
        }
    }

    /// Ends a connection whose frame stays incomplete; whether that happened.
    pub fn judge_frame(&mut self) -> bool {
        let limits = &self.desk.limits;
        if self.connection.partial_since().after(limits.frame_timeout) > self.now {
            return false;
        }
        if self.connection.is_pressed(limits) {
            // We do not read: that its frame does not grow is not the peer's fault.
            self.connection.set_partial_since(self.now);
            return false;
        }
        self.finish(CloseReason::FrameTimeout);
        true
    }

    /// Cuts a connection off whose peer takes nothing; whether that happened.
    pub fn judge_blocked(&mut self) -> bool {
        if self.connection.blocked_end(&self.desk.limits) > self.now {
            return false;
        }
        let reason = match self.connection.phase() {
            Phase::Lingering => self.connection.reason(),
            _ => CloseReason::WriteTimeout,
        };
        self.cut_off(reason);
        true
    }

    /// Counts what the peer sends after our direction was shut down.
    pub fn discard(&mut self, bytes: usize) {
        if self.connection.waste(bytes) > self.desk.limits.max_garbage {
            self.cut_off(self.connection.reason());
        }
    }

    /// Nothing more is sent, for `reason` unless the end had already another one and all was
    /// flushed.
    pub fn cut_off(&mut self, reason: CloseReason) {
        self.desk.waiting.remove(&self.id);
        self.abandon();
        self.connection.cut_off(reason, &mut self.desk.pool);
        if self.connection.keeps > 0 {
            self.weigh_in();
        }
        self.desk.part(self.id, self.connection);
    }

    /// Nobody waits any more for what was put off for this connection.
    fn abandon(&mut self) {
        let (id, connection) = (self.id, &mut *self.connection);
        if connection.tokens == 0 {
            return;
        }
        let mut tokens: Vec<Token> = connection.outgoing.tokens().map(|(_, token)| token).collect();
        if tokens.len() < connection.tokens as usize {
            // Those of events stand in no order; they are rare enough to be searched for.
            tokens.extend(self.desk.tokens.of_events(id));
        }
        connection.tokens = 0;
        for token in tokens {
            if let Some(pending) = self.desk.tokens.take(token) {
                self.desk.counters.abandoned += 1;
                let end = (End::Abandoned, &[][..]);
                self.desk.look_back(&pending, end, connection.session, self.now);
                self.desk.cancel(token, &pending);
            }
        }
    }
}
