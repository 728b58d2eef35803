//! Sessions expire, are taken over, are ended by the operator, and are shown.

use crate::{CloseReason, ConnectionId, Engine, Handlers, Moment, SessionId, SessionView};

impl<H: Handlers> Engine<H> {
    /// Every session, online or not.
    pub fn sessions(&self) -> impl Iterator<Item = SessionView<'_>> {
        self.desk.sessions.views().map(|view| self.fresh(view))
    }

    /// One session; `None` if it is gone.
    pub fn session(&self, id: SessionId) -> Option<SessionView<'_>> {
        self.desk.sessions.view(id).map(|view| self.fresh(view))
    }

    /// The session of a client.
    pub fn session_of(&self, client: &str) -> Option<SessionView<'_>> {
        self.session(self.desk.sessions.of_client(client)?)
    }

    /// How many sessions there are.
    pub fn session_count(&self) -> usize {
        self.desk.sessions.len()
    }

    /// A session is heard when its connection is.
    fn fresh<'a>(&self, view: SessionView<'a>) -> SessionView<'a> {
        let connection = view.connection.and_then(|id| self.connections.at(id.0));
        let last_received = connection.map_or(view.last_received, |found| found.last_received);
        SessionView { last_received, ..view }
    }

    /// The operator wants a connection gone: it takes nothing more, and closes when it got what
    /// it is owed; the second time it closes at once. False if it is gone already.
    pub fn handle_kicked(&mut self, id: ConnectionId, now: Moment) -> bool {
        let Some(mut turn) = self.turn(id, now) else {
            return false;
        };
        if turn.connection.is_open() {
            turn.finish(CloseReason::Kicked);
        } else {
            turn.cut_off(CloseReason::Kicked);
        }
        self.touch(id);
        self.sweep_deadlines();
        true
    }

    /// The operator wants a client gone: its connection, if it has one, is kicked, and its session
    /// forgotten. Nothing happens if that is gone already.
    pub fn handle_dismissed(&mut self, id: SessionId, now: Moment) {
        self.desk.latest = now;
        if let Some(holder) = self.desk.sessions.holder(id) {
            self.handle_kicked(holder, now);
        }
        self.desk.sessions.forget(id);
    }

    /// The older connections of sessions that were taken over get what they are owed, and close.
    #[inline]
    pub(super) fn close_displaced(&mut self) {
        while let Some(id) = self.desk.displaced.pop() {
            self.close_one_displaced(id);
        }
    }

    #[cold]
    fn close_one_displaced(&mut self, id: ConnectionId) {
        if let Some(mut turn) = self.turn(id, self.desk.latest) {
            turn.finish(CloseReason::TakenOver);
            self.touch(id);
        }
    }

    pub(super) fn judge_sessions(&mut self, when: Moment, now: Moment) -> bool {
        let desk = &mut self.desk;
        if desk.sessions.armed != when {
            return false;
        }
        desk.sessions.armed = Moment::NEVER;
        let timeout = desk.limits.heartbeat.session_timeout;
        desk.counters.sessions_expired += desk.sessions.expire(timeout, now);
        desk.arm_sessions();
        true
    }
}
