//! Deferred requests get their answer, or none in time.

use hotframe_protocol::{Kind, MAX_DATA, Status, seal};

use crate::builtin::put;
use crate::refusal::{Text, code_of, refuse};
use crate::tokens::Pending;
use crate::turn::data_of;
use crate::witness::End;
use crate::{Cancelled, Completion, Engine, Handlers, Moment, Stale, Token};

impl<H: Handlers> Engine<H> {
    /// A handler answers what it put off. The answer of an event is discarded.
    ///
    /// # Errors
    /// [`Stale`] if nobody waits for the answer; that is counted and does no harm.
    pub fn handle_completion(
        &mut self,
        token: Token,
        completion: Completion<'_>,
        now: Moment,
    ) -> Result<(), Stale> {
        let Some(pending) = self.desk.tokens.take(token) else {
            self.desk.counters.stale_completions += 1;
            return Err(Stale);
        };
        self.desk.counters.completed += 1;
        self.settle(&pending, now, |data, name| write(completion, data, name));
        self.desk.release(&pending);
        self.go_on(&pending, now);
        self.sweep_deadlines();
        Ok(())
    }

    /// The shell refused so many answers itself: for tokens that were used up, or not those of
    /// whoever answered. They are counted as [`Stale`] ones are.
    pub fn handle_strays(&mut self, count: u64) {
        self.desk.counters.stale_completions += count;
    }

    /// A token that became void before its handler answered; told once each. Its generation is
    /// not among those of [`poll_retired`](Self::poll_retired) before all were fetched.
    pub fn poll_cancelled(&mut self) -> Option<Cancelled> {
        self.desk.cancelled.pop_front()
    }

    /// The handler behind `pending`, whose `token` was just taken, did not answer in time.
    pub(super) fn time_out(&mut self, token: Token, pending: &Pending, now: Moment) {
        self.desk.counters.timed_out += 1;
        self.give_up(token, pending, Status::Timeout, now);
    }

    /// The request behind `pending`, whose `token` was just taken, is refused after all.
    pub(super) fn give_up(&mut self, token: Token, pending: &Pending, status: Status, now: Moment) {
        self.settle(pending, now, |data, name| (Kind::Error, refuse(data, status, name)));
        self.desk.cancel(token, pending);
        self.go_on(pending, now);
    }

    /// Puts the answer that `write` writes in its place in the connection's order. It is told what
    /// the command is called.
    fn settle(
        &mut self,
        pending: &Pending,
        now: Moment,
        write: impl FnOnce(&mut [u8; MAX_DATA], u16) -> (Kind, u8),
    ) {
        let origin = &pending.origin;
        let Some(turn) = self.turn(origin.connection, now) else {
            return;
        };
        let (connection, desk) = (turn.connection, turn.desk);
        connection.tokens -= 1;
        let room = connection.outgoing.room(&mut desk.pool);
        let (kind, len) = write(data_of(room), connection.profile.name_of(origin.command));
        if kind == Kind::Error {
            desk.switchboard.count_late_error(origin.route);
            if let Some(generation) = desk.generations.at_mut(origin.generation) {
                generation.errors += 1;
                let code = code_of(data_of(room));
                generation.faults += u64::from((2000..3000).contains(&code));
            }
        }
        let end = match origin.place {
            None => End::Taken,
            Some(_) if kind == Kind::Error => End::Failed(code_of(data_of(room))),
            Some(_) => End::Replied,
        };
        let data = &data_of(room)[..usize::from(len)];
        desk.look_back(pending, (end, data), connection.session, now);
        if let Some(place) = origin.place {
            let command = match kind {
                Kind::Error => connection.profile.error_to(origin.command),
                _ => Some(connection.profile.reply_to(origin.command)),
            };
            let code = code_of(data_of(room));
            let len = command.map_or(0, |command| seal(room, origin.address, command, len));
            connection.outgoing.answer(place, len, &mut desk.pool);
            match command {
                Some(_) if kind == Kind::Error => desk.counters.count_error(code),
                Some(_) => {}
                None => desk.keep_error(origin.connection, connection, origin.command, code),
            }
            connection.frames_out += u64::from(command.is_some());
            desk.counters.frames_out += u64::from(command.is_some());
        }
        connection.outgoing.tidy(&mut desk.pool);
    }

    /// The connection behind `pending` has an answer more, and goes on with what it held back.
    fn go_on(&mut self, pending: &Pending, now: Moment) {
        self.work_off(pending.origin.connection, now);
        self.touch(pending.origin.connection);
    }

    /// Throws void entries out of the heap of deadlines when they are the greater part.
    #[inline]
    pub(super) fn sweep_deadlines(&mut self) {
        if self.desk.deadlines.is_cluttered() {
            self.sweep_all_deadlines();
        }
    }
}

/// Writes what a handler answered; returns the kind of the frame and the length of its data.
fn write(completion: Completion<'_>, data: &mut [u8; MAX_DATA], number: u16) -> (Kind, u8) {
    match completion {
        Completion::Reply { data: reply } if reply.len() <= MAX_DATA => {
            (Kind::Reply, put(reply, data))
        }
        Completion::Reply { .. } => (Kind::Error, refuse(data, Status::HandlerFailed, number)),
        Completion::Failed { code, message } => {
            let mut text = Text::of_error(data, code);
            text.push(message);
            (Kind::Error, text.finish())
        }
    }
}
