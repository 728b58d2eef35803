//! Retries: requests that failed by the server's fault wait a little, and are tried again.

use alloc::boxed::Box;

use hotframe_protocol::{Frame, Kind, MAX_DATA, Status};

use crate::asker::{Again, Asker};
use crate::deadlines::Owner;
use crate::desk::Desk;
use crate::dispatch::{Other, Said};
use crate::life::{Life, Retrying, is_servers};
use crate::tokens::{Kept, Origin, Pending, Stage};
use crate::turn::{Turn, data_of};
use crate::{Deferrals, GenerationId, Handlers, Moment, Notice, Reply, Request, Token};

impl<H: Handlers> Desk<H> {
    /// The handler failed: that is what is said, unless the request is tried again, for whose
    /// answer somebody `waits`. An error that the handler wrote itself has the code `written`.
    #[cold]
    pub fn fail(
        &mut self,
        said: Said,
        (index, generation): (usize, GenerationId),
        (frame, waits): (&Frame<'_>, bool),
        written: u16,
        asker: &Asker,
    ) -> Said {
        let code = match said {
            Said::Error(_) => written,
            _ => Status::HandlerFailed.code(),
        };
        if let Some(generation) = self.generations.at_mut(generation) {
            generation.errors += 1;
            generation.faults += u64::from(is_servers(code));
        }
        let (route, _) = self.switchboard.at(index);
        let (until, retries) = (asker.until(route.timeout), route.retries);
        if let Some(kept) = keep(frame, until, retries).filter(|_| waits)
            && let Some(life) = asker.running().fail().retry(code, retries)
        {
            let origin = self.origin((index, generation), frame, asker);
            if self.try_later(life, origin, kept, code).is_some() {
                return Said::Owed;
            }
        }
        self.switchboard.count_error(index);
        said
    }

    /// Has a request answered that failed before. It was taken, so a shutdown does not refuse it,
    /// and takes nothing off a rate.
    fn answer_again<const RAW: bool>(
        &mut self,
        frame: &Frame<'_>,
        data: &mut [u8; MAX_DATA],
        asker: &Asker,
    ) -> Said {
        let own = self.switchboard.route_of(frame.command, RAW);
        let default = own.and_then(|own| self.switchboard.after(own, RAW));
        for index in own.into_iter().chain(default) {
            if let Some(said) = self.call_again::<RAW>(index, frame, data, asker) {
                return said;
            }
        }
        Said::Refused(Status::UnknownCommand)
    }

    /// Calls the handler of a route; `None` if it passes.
    fn call_again<const RAW: bool>(
        &mut self,
        index: usize,
        frame: &Frame<'_>,
        data: &mut [u8; MAX_DATA],
        asker: &Asker,
    ) -> Option<Said> {
        let bound = match self.examine(index, frame, None) {
            Ok(bound) => bound,
            Err(status) => {
                self.switchboard.count_error(index);
                return Some(Said::Refused(status));
            }
        };
        self.switchboard.leg(index).calls += 1;
        self.generations.count_call(bound.generation);
        let deadline = asker.until(u64::MAX);
        let request = Request {
            connection: asker.connection,
            id: asker.again.map_or(0, |again| again.number),
            now: asker.now,
            deadline: deadline.comes().then_some(deadline),
            address: frame.address,
            command: frame.command,
            is_event: false,
            data: frame.data,
        };
        let command = if RAW { frame.command } else { frame.command.with_kind(Kind::Reply) };
        let mut reply = Reply { data, len: 0, address: frame.address, command };
        let mut deferrals = Deferrals::new(&mut self.tokens);
        let outcome = self.handlers.call(bound.callee, &request, &mut reply, &mut deferrals);
        self.answered_as = reply.command;
        let other = Other { outcome, len: reply.len, issued: deferrals.into_issued() };
        self.judge::<RAW>(index, frame, data, asker, &other)
    }

    /// The request waits to be tried again, with a token that nobody knows; `None` if its time
    /// would be over by then.
    #[cold]
    pub fn try_later(
        &mut self,
        life: Life<Retrying>,
        origin: Origin,
        kept: Box<Kept>,
        code: u16,
    ) -> Option<Token> {
        let deadline = self.latest.after(life.pause());
        if deadline >= kept.until {
            return None;
        }
        let token = self.tokens.reserve()?;
        self.notify(Notice::Retrying {
            connection: origin.connection,
            command: origin.command.word(),
            number: origin.number,
            tried: life.tried(),
            code,
        });
        let stage = Stage::Retrying(life);
        self.tokens.issue(token, Pending { origin, deadline, stage, kept: Some(kept) });
        self.deadlines.push(deadline, Owner::Token(token));
        self.counters.retries += 1;
        Some(token)
    }

    /// What was put off has failed with `code`: the token with which it waits to be tried again.
    pub fn try_deferred_later(&mut self, pending: &Pending, code: u16) -> Option<Token> {
        let (Stage::Running(life), Some(kept)) = (pending.stage, &pending.kept) else {
            return None;
        };
        let life = life.fail().retry(code, kept.retries)?;
        let token = self.try_later(life, pending.origin.clone(), kept.clone(), code)?;
        if let Some(generation) = self.generations.at_mut(pending.origin.generation) {
            generation.errors += 1;
            generation.faults += 1;
        }
        Some(token)
    }

    /// A request that was put off came to its end.
    pub fn count_end(&mut self, stage: Stage, kind: Kind) {
        let is_good = kind != Kind::Error;
        let tried = match stage {
            Stage::Running(life) if is_good => life.succeed().tried(),
            Stage::Running(life) => life.fail().tried(),
            Stage::Retrying(life) => life.fail().tried(),
        };
        let is_retried = tried > 1 || matches!(stage, Stage::Retrying(_));
        self.counters.retried_well += u64::from(is_retried && is_good);
        self.counters.retried_in_vain += u64::from(is_retried && !is_good);
    }
}

/// What another try of a request needs, if its route allows any.
pub(crate) fn keep(frame: &Frame<'_>, until: Moment, retries: u8) -> Option<Box<Kept>> {
    let is_kept = retries > 0;
    is_kept.then(|| Box::new(Kept { data: frame.data.into(), until, retries }))
}

/// What came of another try.
pub(crate) enum Retried {
    /// An answer in the room: its kind, the length of its data, and whether there is one at all.
    Answered(Kind, u8, bool),
    /// The answer comes with the newest token.
    Owed,
}

impl<H: Handlers> Turn<'_, H> {
    /// Has a request of this connection answered once more.
    pub fn ask_again(
        &mut self,
        origin: &Origin,
        kept: &Kept,
        life: Life<Retrying>,
        now: Moment,
    ) -> (Retried, Said) {
        let (number, since, until) = (origin.number, origin.since, kept.until);
        let is_wanted = origin.handler.is_some();
        let again = Some(Again { life, number, since, until, is_wanted });
        let is_raw = self.connection.profile.is_raw();
        let asker = Asker { connection: self.id, now, again };
        let (address, command) = (origin.address, origin.command);
        let frame = Frame { address, command, data: &kept.data };
        let name = self.connection.profile.name_of(command);
        let room = self.connection.outgoing.room(&mut self.desk.pool);
        let said = match is_raw {
            true => self.desk.answer_again::<true>(&frame, data_of(room), &asker),
            false => self.desk.answer_again::<false>(&frame, data_of(room), &asker),
        };
        let came = match said {
            Said::Reply(len) | Said::Last(len) => Retried::Answered(Kind::Reply, len, true),
            Said::Error(len) => Retried::Answered(Kind::Error, len, true),
            Said::Refused(status) => {
                let len = self.desk.refuse(data_of(room), status, name, &frame);
                Retried::Answered(Kind::Error, len, true)
            }
            Said::Nothing => Retried::Answered(Kind::Reply, 0, false),
            Said::Owed => Retried::Owed,
            Said::Hello | Said::Farewell(_) => unreachable!("what is built in does not fail"),
        };
        (came, said)
    }
}
