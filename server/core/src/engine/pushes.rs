//! Frames are pushed to connections, and what came of the questions among them is fetched.

use crate::ids::Id;
use crate::{
    Answered, Ask, CloseReason, ConnectionId, Engine, Handlers, Moment, Push, SessionId, Unpushed,
};

impl<H: Handlers> Engine<H> {
    /// Pushes an event to a connection. It never lands inside another frame, and leaves behind
    /// all replies that are made, unless it goes [ahead](Push::ahead).
    ///
    /// # Errors
    /// Why it was not pushed; counted.
    pub fn handle_push(
        &mut self,
        to: ConnectionId,
        push: &Push<'_>,
        now: Moment,
    ) -> Result<(), Unpushed> {
        let turn = self.turn(to, now);
        let pushed = turn.map_or(Err(Unpushed::Gone), |mut turn| turn.push_event(push));
        self.note_push(to, pushed)
    }

    /// Pushes a request to a connection. What comes of it is fetched with
    /// [`poll_answered`](Self::poll_answered): the oldest request of its address and number is
    /// what a reply or an error answers.
    ///
    /// # Errors
    /// As for [`handle_push`](Self::handle_push); nothing is to be fetched then.
    pub fn handle_question(
        &mut self,
        to: ConnectionId,
        push: &Push<'_>,
        ask: Ask,
        now: Moment,
    ) -> Result<(), Unpushed> {
        let turn = self.turn(to, now);
        let pushed = turn.map_or(Err(Unpushed::Gone), |mut turn| turn.push_request(push, ask));
        self.note_push(to, pushed)
    }

    fn note_push(
        &mut self,
        to: ConnectionId,
        pushed: Result<(), Unpushed>,
    ) -> Result<(), Unpushed> {
        match pushed {
            Ok(()) => self.touch(to),
            Err(_) => self.desk.counters.pushes_refused += 1,
        }
        pushed
    }

    /// What came of a question, the oldest first. Its generation is not among those of
    /// [`poll_retired`](Self::poll_retired) before all were fetched.
    pub fn poll_answered(&mut self) -> Option<Answered> {
        self.desk.questions.answered.pop_front()
    }

    /// A handler wants a connection closed: it takes nothing more, and closes when it got what it
    /// is owed. False if it is gone, or about to be.
    pub fn handle_let_go(&mut self, id: ConnectionId, now: Moment) -> bool {
        let Some(mut turn) = self.turn(id, now).filter(|turn| turn.connection.is_open()) else {
            return false;
        };
        turn.finish(CloseReason::Handler);
        self.touch(id);
        true
    }

    /// The connection that has a session; `None` if the session is offline or gone.
    pub fn holder_of(&self, session: SessionId) -> Option<ConnectionId> {
        self.desk.sessions.holder(session)
    }

    /// The connections of the clients that are online and whose names begin with `prefix`.
    pub fn holders_with(&self, prefix: &str) -> impl Iterator<Item = ConnectionId> {
        self.desk.sessions.starting_with(prefix)
    }

    /// The time of a question is over, or that in which a late answer was expected.
    pub(super) fn judge_question(&mut self, id: Id, when: Moment) -> bool {
        match self.desk.questions.at(id) {
            Some(question) if question.deadline != when => false,
            Some(question) if question.is_overdue => self.desk.questions.remove(id).is_some(),
            Some(_) => {
                self.desk.time_out_question(id);
                true
            }
            None => false,
        }
    }
}
