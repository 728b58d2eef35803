//! Deferred requests get their answer, or none in time.

use hotframe_protocol::{Command, Kind, MAX_DATA, Status, seal};

use crate::builtin::put;
use crate::life::is_servers;
use crate::refusal::{Text, code_of, refuse};
use crate::retry::Retried;
use crate::tokens::{Pending, Stage};
use crate::turn::{Turn, data_of};
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
        self.desk.latest = now;
        let Some(pending) = self.desk.tokens.take_owed(token) else {
            self.desk.counters.stale_completions += 1;
            return Err(Stale);
        };
        self.desk.counters.completed += 1;
        if let Some(code) = completion.failure()
            && let Some(next) = self.desk.try_deferred_later(&pending, code)
        {
            self.pass_on(&pending, next, now);
            self.desk.release(&pending);
            self.sweep_deadlines();
            return Ok(());
        }
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
        let Some(mut turn) = self.turn(origin.connection, now) else {
            return;
        };
        let (connection, desk) = (&mut *turn.connection, &mut *turn.desk);
        let room = connection.outgoing.room(&mut desk.pool);
        let (kind, len) = write(data_of(room), connection.profile.name_of(origin.command));
        if kind == Kind::Error {
            desk.switchboard.count_late_error(origin.route);
            if let Some(generation) = desk.generations.at_mut(origin.generation)
                && pending.is_owed()
            {
                generation.errors += 1;
                generation.faults += u64::from(is_servers(code_of(data_of(room))));
            }
        }
        let word = match kind {
            Kind::Error => connection.profile.error_to(origin.command),
            _ => Some(connection.profile.reply_to(origin.command)),
        };
        turn.put_answer(pending, (kind, len), word);
    }

    /// The request behind `pending` is waited for with another token, at the same place.
    fn pass_on(&mut self, pending: &Pending, token: Token, now: Moment) {
        let place = pending.origin.place;
        if let (Some(turn), Some(place)) = (self.turn(pending.origin.connection, now), place) {
            turn.connection.outgoing.pass(place, token);
        }
    }

    /// A request that failed is tried again: `pending`, whose token was just taken.
    pub(super) fn try_again(&mut self, mut pending: Pending, now: Moment) {
        let (Stage::Retrying(life), Some(kept)) = (pending.stage, pending.kept.take()) else {
            return;
        };
        self.desk.counters.retried += 1;
        let Some(mut turn) = self.turn(pending.origin.connection, now) else {
            return;
        };
        let (came, said) = turn.ask_again(&pending.origin, &kept, life, now);
        match came {
            Retried::Owed => {
                let next = turn.desk.tokens.newest();
                if let (Some(token), Some(place)) = (next, pending.origin.place) {
                    turn.connection.outgoing.pass(place, token);
                    turn.desk.tokens.put_in_order(token, place);
                }
                turn.connection.outgoing.tidy(&mut turn.desk.pool);
            }
            Retried::Answered(kind, len, is_sent) => {
                let asked = pending.origin.command;
                let profile = &turn.connection.profile;
                let word = match kind {
                    _ if !is_sent => None,
                    Kind::Error => profile.error_to(asked),
                    _ if profile.is_raw() => Some(turn.desk.answered_as),
                    _ => Some(profile.reply_to(asked)),
                };
                pending.stage = Stage::Running(life.run());
                turn.put_answer(&pending, (kind, len), word);
                turn.end_after(said);
                self.go_on(&pending, now);
            }
        }
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

impl<H: Handlers> Turn<'_, H> {
    /// The answer to `pending` lies in the room: its kind and the length of its data. It goes to
    /// its place under `word`; without one it is not sent.
    fn put_answer(&mut self, pending: &Pending, (kind, len): (Kind, u8), word: Option<Command>) {
        let origin = &pending.origin;
        let (connection, desk) = (&mut *self.connection, &mut *self.desk);
        connection.tokens -= 1;
        let room = connection.outgoing.room(&mut desk.pool);
        let code = code_of(data_of(room));
        let end = match origin.place {
            None => End::Taken,
            Some(_) if kind == Kind::Error => End::Failed(code),
            Some(_) => End::Replied,
        };
        let data = &data_of(room)[..usize::from(len)];
        desk.look_back(pending, (end, data), connection.session, self.now);
        desk.count_end(pending.stage, kind);
        if let Some(place) = origin.place {
            let len = word.map_or(0, |word| seal(room, origin.address, word, len));
            connection.outgoing.answer(place, len, &mut desk.pool);
            match (kind, word) {
                (Kind::Error, Some(_)) => desk.counters.count_error(code),
                (Kind::Error, None) => {
                    desk.keep_error(origin.connection, connection, origin.command, code);
                }
                _ => {}
            }
            connection.frames_out += u64::from(word.is_some());
            desk.counters.frames_out += u64::from(word.is_some());
        }
        connection.outgoing.tidy(&mut desk.pool);
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
