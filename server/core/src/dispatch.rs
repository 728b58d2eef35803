//! Dispatch: which answer a request or an event gets, and from whom.

use hotframe_protocol::{Command, Frame, Kind, MAX_DATA, Status};

use crate::builtin;
use crate::deadlines::Owner;
use crate::desk::Desk;
use crate::handlers::Issued;
use crate::refusal::{CODE_LEN, code_of};
use crate::routes::ROUTABLE;
use crate::tokens::Origin;
use crate::{
    ConnectionId, Deferrals, GenerationId, Handlers, Moment, Outcome, Reply, Request, RouteKey,
    Token,
};

/// Who asks, and what it may be given.
#[derive(Clone, Copy)]
pub(crate) struct Asker {
    pub connection: ConnectionId,
    /// Whether it waits for an answer: not for that of an event.
    pub waits: bool,
    /// Whether it speaks the raw dialect.
    pub is_raw: bool,
    pub now: Moment,
}

impl Asker {
    /// The word that its reply carries unless the handler may and does set another.
    #[inline]
    const fn preset(&self, asked: Command) -> Command {
        if self.is_raw { asked } else { asked.with_kind(Kind::Reply) }
    }
}

/// What was said to a frame. Lengths are of the data in the reply's place.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Said {
    /// A reply.
    Reply(u8),
    /// A reply, and no more after it: the handler closes.
    Last(u8),
    /// A reply, and no more after it: the peer wanted that.
    Farewell(u8),
    /// An error.
    Error(u8),
    /// A refusal of ours, still to be written.
    Refused(Status),
    /// The client names itself: the connection is greeted.
    Hello,
    /// The answer comes with this token.
    Owed(Token),
    /// Nothing, as is right for an event.
    Nothing,
}

/// The handler that a frame was admitted to.
#[derive(Clone, Copy)]
struct Callee<C> {
    callee: C,
    generation: GenerationId,
    route: RouteKey,
    /// Nanoseconds; `u64::MAX` if there is none.
    timeout: u64,
}

impl<H: Handlers> Desk<H> {
    /// Has `frame`, a request or an event, answered. `data` is the place of the reply's data.
    #[inline]
    pub fn answer(&mut self, frame: &Frame<'_>, data: &mut [u8; MAX_DATA], asker: Asker) -> Said {
        let number = frame.command.number();
        if number < *ROUTABLE.start() || self.closing_since.is_some() {
            self.answer_ourselves(frame, data)
        } else if let Some(index) = self.switchboard.find(number) {
            self.follow(index, frame, data, asker)
        } else {
            Said::Refused(Status::UnknownCommand)
        }
    }

    /// The protocol's own commands; and while the server shuts down, all others are refused.
    #[cold]
    fn answer_ourselves(&self, frame: &Frame<'_>, data: &mut [u8; MAX_DATA]) -> Said {
        match frame.command.number() {
            builtin::BYE => Said::Farewell(0),
            _ if self.closing_since.is_some() => Said::Refused(Status::ShuttingDown),
            builtin::HELLO => Said::Hello,
            builtin::PING => Said::Reply(builtin::put(frame.data, data)),
            builtin::INFO => Said::Reply(builtin::put(self.info.as_bytes(), data)),
            _ => Said::Refused(Status::UnknownCommand),
        }
    }

    /// The same in the raw dialect: the whole word is routed, and nothing is built in.
    #[cold]
    pub fn answer_raw(
        &mut self,
        frame: &Frame<'_>,
        data: &mut [u8; MAX_DATA],
        asker: Asker,
    ) -> Said {
        if self.closing_since.is_some() {
            return Said::Refused(Status::ShuttingDown);
        }
        match self.switchboard.find_raw(frame.command.word()) {
            Some(index) => self.follow(index, frame, data, asker),
            None => Said::Refused(Status::UnknownCommand),
        }
    }

    /// Follows a route, and where its handler passes, the default route.
    #[inline]
    fn follow(
        &mut self,
        index: usize,
        frame: &Frame<'_>,
        data: &mut [u8; MAX_DATA],
        asker: Asker,
    ) -> Said {
        match self.call(index, frame, data, asker) {
            Some(said) => said,
            None => match self.switchboard.after(index, asker.is_raw) {
                Some(default) => self
                    .call(default, frame, data, asker)
                    .unwrap_or(Said::Refused(Status::UnknownCommand)),
                None => Said::Refused(Status::UnknownCommand),
            },
        }
    }

    /// Calls the handler of a route; `None` if it passes.
    #[inline]
    fn call(
        &mut self,
        index: usize,
        frame: &Frame<'_>,
        data: &mut [u8; MAX_DATA],
        asker: Asker,
    ) -> Option<Said> {
        let callee = match self.admit(index, frame, asker.now) {
            Ok(callee) => callee,
            Err(status) => {
                self.switchboard.count_error(index);
                return Some(Said::Refused(status));
            }
        };
        self.switchboard.count_call(index);
        if let Some(generation) = self.generations.at_mut(callee.generation) {
            generation.calls += 1;
        }
        let (outcome, len, issued) = self.run(callee, frame, data, asker);
        if outcome == Outcome::Deferred
            && let Some(issued) = issued
        {
            return Some(self.put_off(issued, callee, frame, asker));
        }
        let said = match outcome {
            Outcome::Next => return None,
            Outcome::Reply => return Some(Said::Reply(len)),
            Outcome::Close => return Some(Said::Last(len)),
            Outcome::NoReply if asker.is_raw => return Some(Said::Nothing),
            Outcome::NoReply | Outcome::Deferred if !asker.waits => {
                return Some(Said::Nothing);
            }
            Outcome::Failed if usize::from(len) >= CODE_LEN => Said::Error(len),
            Outcome::Failed | Outcome::NoReply | Outcome::Deferred => {
                Said::Refused(Status::HandlerFailed)
            }
        };
        let is_fault = match said {
            Said::Error(_) => (2000..3000).contains(&code_of(data)),
            _ => true,
        };
        self.count_error(index, callee.generation, is_fault);
        Some(said)
    }

    /// The handler of a route, if `frame` may have it called.
    #[inline]
    fn admit(
        &mut self,
        index: usize,
        frame: &Frame<'_>,
        now: Moment,
    ) -> Result<Callee<H::Callee>, Status> {
        let (route, bound) = self.switchboard.at(index);
        if !route.enabled {
            return Err(Status::UnknownCommand);
        }
        if !route.addresses.contains(frame.address) {
            return Err(Status::Forbidden);
        }
        let bound = bound.ok_or(Status::HandlerUnavailable)?;
        let fits = usize::from(bound.min_len)..=usize::from(bound.max_len);
        if !fits.contains(&frame.data.len()) {
            return Err(Status::BadRequest);
        }
        let callee = Callee {
            callee: bound.callee,
            generation: bound.generation,
            route: route.key,
            timeout: route.timeout,
        };
        if let Some(rate) = route.rate
            && !self.switchboard.take(index, rate, now)
        {
            self.counters.over_rate += 1;
            return Err(Status::TooManyRequests);
        }
        Ok(callee)
    }

    /// The call itself: what the handler did, how much it wrote, the token that it took.
    #[inline]
    fn run(
        &mut self,
        callee: Callee<H::Callee>,
        frame: &Frame<'_>,
        data: &mut [u8; MAX_DATA],
        asker: Asker,
    ) -> (Outcome, u8, Option<Issued>) {
        let deadline = asker.now.after_nanos(callee.timeout);
        let request = Request {
            connection: asker.connection,
            id: self.counters.frames_in,
            now: asker.now,
            deadline: deadline.comes().then_some(deadline),
            address: frame.address,
            command: frame.command,
            is_event: !asker.waits,
            data: frame.data,
        };
        let mut reply =
            Reply { data, len: 0, address: frame.address, command: asker.preset(frame.command) };
        let mut deferrals = Deferrals::new(&mut self.tokens);
        let outcome = self.handlers.call(callee.callee, &request, &mut reply, &mut deferrals);
        if asker.is_raw {
            self.answered_as = reply.command;
        }
        (outcome, reply.len, deferrals.into_issued())
    }

    /// The token is good from now on, and its generation owes the answer.
    #[cold]
    fn put_off(
        &mut self,
        issued: Issued,
        callee: Callee<H::Callee>,
        frame: &Frame<'_>,
        asker: Asker,
    ) -> Said {
        let Issued { token, timeout } = issued;
        let origin = Origin {
            connection: asker.connection,
            generation: callee.generation,
            route: callee.route,
            place: None,
            address: frame.address,
            command: frame.command,
            number: self.counters.frames_in,
            since: asker.now,
            handler: match self.witness.is_wanted {
                true => self.switchboard.own_handler(callee.route),
                false => None,
            },
        };
        let deadline = asker.now.after_nanos(timeout.min(callee.timeout));
        self.tokens.issue(token, origin, deadline);
        self.deadlines.push(deadline, Owner::Token(token));
        self.counters.deferred += 1;
        if let Some(generation) = self.generations.at_mut(callee.generation) {
            generation.in_flight += 1;
        }
        Said::Owed(token)
    }

    #[cold]
    fn count_error(&mut self, index: usize, generation: GenerationId, is_fault: bool) {
        self.switchboard.count_error(index);
        if let Some(generation) = self.generations.at_mut(generation) {
            generation.errors += 1;
            generation.faults += u64::from(is_fault);
        }
    }
}
