//! The shutdown: what is owed is sent, within a grace.

use alloc::vec::Vec;

use crate::deadlines::Owner;
use crate::{CloseReason, ConnectionId, Engine, Handlers, Moment};

impl<H: Handlers> Engine<H> {
    /// The server is to end: nobody is let in any more, requests from now on answer 2006, and
    /// each connection closes when it is owed nothing; after the grace it closes anyhow.
    pub fn handle_shutdown(&mut self, now: Moment) {
        self.desk.latest = now;
        if self.desk.closing_since.is_some() {
            return;
        }
        self.desk.closing_since = Some(now);
        self.arm_shutdown(None);
        for id in self.ids() {
            self.touch(id);
        }
    }

    /// The grace is over although its time is not: nobody is waited for any more. Nothing happens
    /// before [`handle_shutdown`](Self::handle_shutdown).
    pub fn handle_forced(&mut self, now: Moment) {
        self.desk.latest = now;
        if self.desk.closing_since.is_some() {
            self.cut_all_off();
        }
    }

    fn cut_all_off(&mut self) {
        for id in self.ids() {
            self.cut_off(id, CloseReason::GraceOver);
        }
    }

    /// Whether the server shuts down and no connection is left.
    pub fn is_drained(&self) -> bool {
        self.desk.closing_since.is_some() && self.connections.len() == 0
    }

    /// When the grace is over.
    pub(super) fn grace_end(&self) -> Option<Moment> {
        Some(self.desk.closing_since?.after(self.desk.limits.shutdown_grace))
    }

    /// Has the end of the grace come up, if it is not `before` any more.
    pub(super) fn arm_shutdown(&mut self, before: Option<Moment>) {
        let end = self.grace_end();
        if end != before {
            self.desk.deadlines.void(before.unwrap_or(Moment::NEVER));
            self.desk.deadlines.push(end.unwrap_or(Moment::NEVER), Owner::Shutdown);
        }
    }

    /// The grace is over, unless it was moved.
    pub(super) fn judge_shutdown(&mut self, when: Moment) -> bool {
        if self.grace_end() != Some(when) {
            return false;
        }
        self.cut_all_off();
        true
    }

    pub(super) fn ids(&self) -> Vec<ConnectionId> {
        self.connections.iter().map(|(id, _)| ConnectionId(id)).collect()
    }
}
