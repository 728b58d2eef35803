//! Pushing: frames that a connection did not ask for, and the answers to those that ask it.

use alloc::boxed::Box;

use hotframe_protocol::{Command, Frame, Kind, MAX_DATA, seal};

use crate::deadlines::Owner;
use crate::desk::Desk;
use crate::ids::Id;
use crate::limits::SHORTEST;
use crate::questions::{Answered, Ask, PeerAnswer, Question};
use crate::routes::ROUTABLE;
use crate::turn::{Turn, data_of};
use crate::{ConnectionId, GenerationId, GenerationState, Handlers};

/// A frame that is pushed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Push<'a> {
    /// The device's address on its link.
    pub address: u8,
    /// The command's number: one that routes may have.
    pub number: u16,
    /// At most 255 bytes.
    pub data: &'a [u8],
    /// Whether it may overtake replies that are made and wait for a deferred one. Otherwise it
    /// leaves behind the newest reply that is made.
    pub ahead: bool,
}

/// Why a frame was not pushed. Nothing has happened then.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Unpushed {
    /// The connection is over, or about to be; or it is to be asked, and can send no answer, as in
    /// the raw dialect; or whoever asks drains.
    Gone,
    /// As many bytes wait for the peer, or as many questions for an answer, as may; or an answer
    /// to the same command is overdue and may still come.
    Busy,
    /// The number is no route's, or the data does not fit a frame.
    Invalid,
}

impl<H: Handlers> Turn<'_, H> {
    /// Sends an event.
    pub fn push_event(&mut self, push: &Push<'_>) -> Result<(), Unpushed> {
        self.check_push(push)?;
        self.put_push(push, Kind::Event);
        Ok(())
    }

    /// Sends a request, and writes down who waits for the answer.
    pub fn push_request(&mut self, push: &Push<'_>, ask: Ask) -> Result<(), Unpushed> {
        self.check_push(push)?;
        let answers = !self.connection.eof && !self.connection.profile.is_raw();
        if !answers || !self.desk.may_ask(ask.generation) {
            return Err(Unpushed::Gone);
        }
        let questions = &mut self.desk.questions;
        let is_same =
            |asked: &Question| (asked.address, asked.number) == (push.address, push.number);
        let (mut count, mut is_overdue) = (0, false);
        for (_, asked) in questions.of(self.id) {
            count += 1;
            is_overdue |= asked.is_overdue && is_same(asked);
        }
        if is_overdue || count >= self.desk.limits.max_questions {
            return Err(Unpushed::Busy);
        }
        let ask = Ask { timeout: ask.timeout.max(SHORTEST), ..ask };
        let deadline = self.now.after(ask.timeout);
        let (address, number) = (push.address, push.number);
        let connection = self.id;
        let question = Question { connection, ask, address, number, deadline, is_overdue: false };
        let id = questions.insert(question).ok_or(Unpushed::Busy)?;
        self.desk.deadlines.push(deadline, Owner::Question(id));
        if let Some(generation) = self.desk.generations.at_mut(ask.generation) {
            generation.asked += 1;
        }
        self.desk.counters.asked += 1;
        self.put_push(push, Kind::Request);
        Ok(())
    }

    fn check_push(&mut self, push: &Push<'_>) -> Result<(), Unpushed> {
        if !ROUTABLE.contains(&push.number) || push.data.len() > MAX_DATA {
            return Err(Unpushed::Invalid);
        }
        if !self.connection.is_open() {
            return Err(Unpushed::Gone);
        }
        if self.connection.outgoing.len() >= self.desk.limits.outbound_high_water {
            return Err(Unpushed::Busy);
        }
        Ok(())
    }

    fn put_push(&mut self, push: &Push<'_>, kind: Kind) {
        let (connection, desk) = (&mut *self.connection, &mut *self.desk);
        let room = connection.outgoing.room(&mut desk.pool);
        let len = crate::builtin::put(push.data, data_of(room));
        let command = match connection.profile.is_raw() {
            true => Command::from_word(push.number),
            false => Command::new(kind, push.number),
        };
        let len = seal(room, push.address, command, len);
        if push.ahead {
            connection.outgoing.send(len);
        } else {
            connection.outgoing.follow(len);
        }
        connection.outgoing.tidy(&mut desk.pool);
        connection.frames_out += 1;
        desk.counters.frames_out += 1;
        desk.counters.pushed += 1;
    }

    /// A reply or an error came in; false if it answers no question, or one that is overdue.
    pub fn take_answer(&mut self, frame: &Frame<'_>) -> bool {
        let (desk, number) = (&mut *self.desk, frame.command.number());
        let found = desk.questions.find(self.id, frame.address, number);
        let Some(question) = found.and_then(|id| desk.questions.remove(id)) else {
            return false;
        };
        desk.deadlines.void(question.deadline);
        if question.is_overdue {
            return false;
        }
        desk.counters.answers_in += 1;
        let data = Box::from(frame.data);
        let is_error = frame.command.kind() == Kind::Error;
        let answer = if is_error { PeerAnswer::Error(data) } else { PeerAnswer::Reply(data) };
        desk.end_question(question.ask, answer);
        true
    }
}

impl<H: Handlers> Desk<H> {
    /// Whether a generation may ask something new.
    fn may_ask(&self, id: GenerationId) -> bool {
        let state = self.generations.at(id).map(|found| found.state);
        matches!(state, Some(GenerationState::Active | GenerationState::Benched))
    }

    /// A connection takes nothing more: what it was asked stays without an answer.
    #[cold]
    pub fn forsake(&mut self, connection: ConnectionId) {
        for question in self.questions.remove_all(connection) {
            self.deadlines.void(question.deadline);
            if !question.is_overdue {
                self.counters.questions_gone += 1;
                self.end_question(question.ask, PeerAnswer::Gone);
            }
        }
    }

    /// The time of a question is over: the asker is told, and a late answer still expected.
    pub fn time_out_question(&mut self, id: Id) {
        let now = self.latest;
        let Some(question) = self.questions.at_mut(id).filter(|asked| !asked.is_overdue) else {
            return;
        };
        question.is_overdue = true;
        question.deadline = now.after(question.ask.timeout);
        let (ask, until) = (question.ask, question.deadline);
        self.deadlines.push(until, Owner::Question(id));
        self.counters.questions_timed_out += 1;
        self.end_question(ask, PeerAnswer::TimedOut);
    }

    /// The same before its time, because whoever asked had his.
    pub fn give_up_question(&mut self, id: Id) {
        if let Some(question) = self.questions.at(id) {
            self.deadlines.void(question.deadline);
            self.time_out_question(id);
        }
    }

    /// Keeps the answer for the shell, and lets the generation go if it drains and that was all.
    fn end_question(&mut self, ask: Ask, answer: PeerAnswer) {
        let Ask { ticket, generation, .. } = ask;
        self.questions.answered.push_back(Answered { ticket, generation, answer });
        if let Some(found) = self.generations.at_mut(generation) {
            found.asked -= 1;
        }
        self.retire_if_drained(generation);
    }
}
