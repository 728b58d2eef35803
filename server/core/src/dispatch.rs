//! Dispatch: which answer a request or an event gets, and from whom.

use hotframe_protocol::{Frame, Kind, MAX_DATA, Status};

use crate::asker::Asker;
use crate::bindings::Bound;
use crate::builtin;
use crate::deadlines::Owner;
use crate::desk::Desk;
use crate::handlers::Issued;
use crate::refusal::{CODE_LEN, code_of, refuse_silence};
use crate::retry::keep;
use crate::tokens::{Origin, Pending, Stage};
use crate::{Deferrals, GenerationId, Handlers, Moment, Outcome, Reply, Request};

/// What was said to a frame. Lengths are of the data in the reply's place. Small enough for a
/// register, as every frame is answered with one.
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
    /// The answer comes with the newest token.
    Owed,
    /// Nothing, as is right for an event.
    Nothing,
}

const _: () = assert!(size_of::<Option<Said>>() <= 4);

/// What a handler did that did not simply reply.
pub(crate) struct Other {
    pub outcome: Outcome,
    /// How much it wrote.
    pub len: u8,
    /// The token that it took.
    pub issued: Option<Issued>,
}

impl<H: Handlers> Desk<H> {
    /// Has `frame`, a request or an event, answered. `data` is the place of the reply's data.
    #[inline(always)]
    pub fn answer(&mut self, frame: &Frame<'_>, data: &mut [u8; MAX_DATA], asker: &Asker) -> Said {
        // The protocol's own commands have no place in the table.
        match self.switchboard.find(frame.command.number()) {
            Some(index) if self.closing_since.is_none() => {
                match self.call::<false>(index, frame, data, asker) {
                    Some(said) => said,
                    None => self.pass_on::<false>(index, &{ *frame }, data, asker),
                }
            }
            _ => self.answer_ourselves(&{ *frame }, data),
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
    pub fn answer_raw(
        &mut self,
        frame: &Frame<'_>,
        data: &mut [u8; MAX_DATA],
        asker: &Asker,
    ) -> Said {
        if self.closing_since.is_some() {
            return Said::Refused(Status::ShuttingDown);
        }
        let Some(index) = self.switchboard.find_raw(frame.command.word()) else {
            return Said::Refused(Status::UnknownCommand);
        };
        match self.call::<true>(index, frame, data, asker) {
            Some(said) => said,
            None => self.pass_on::<true>(index, frame, data, asker),
        }
    }

    /// The handler of a route passes: the default route is followed, if there is one.
    #[cold]
    #[inline(never)]
    fn pass_on<const RAW: bool>(
        &mut self,
        index: usize,
        frame: &Frame<'_>,
        data: &mut [u8; MAX_DATA],
        asker: &Asker,
    ) -> Said {
        let default = self.switchboard.after(index, RAW);
        let said = default.and_then(|default| self.call::<RAW>(default, frame, data, asker));
        said.unwrap_or(Said::Refused(Status::UnknownCommand))
    }

    /// Calls the handler of a route; `None` if it passes.
    #[inline(always)]
    fn call<const RAW: bool>(
        &mut self,
        index: usize,
        frame: &Frame<'_>,
        data: &mut [u8; MAX_DATA],
        asker: &Asker,
    ) -> Option<Said> {
        let leg = self.switchboard.leg(index);
        let timeout = leg.timeout;
        let bound = match leg.open {
            Some(bound) if bound.takes(frame.data.len()) => {
                leg.calls += 1;
                bound
            }
            _ => match self.admit(index, &{ *frame }, asker.now) {
                Ok(bound) => bound,
                Err(status) => return Some(Said::Refused(status)),
            },
        };
        self.generations.count_call(bound.generation);
        let deadline = asker.now.after_nanos(timeout);
        let request = Request {
            connection: asker.connection,
            id: self.counters.frames_in,
            now: asker.now,
            deadline: deadline.comes().then_some(deadline),
            address: frame.address,
            command: frame.command,
            is_event: !RAW && is_event(frame),
            data: frame.data,
        };
        // What the reply carries unless the handler may and does set another.
        let command = if RAW { frame.command } else { frame.command.with_kind(Kind::Reply) };
        let mut reply = Reply { data, len: 0, address: frame.address, command };
        let mut deferrals = Deferrals::new(&mut self.tokens);
        let outcome = self.handlers.call(bound.callee, &request, &mut reply, &mut deferrals);
        if RAW {
            self.answered_as = reply.command;
        }
        if outcome == Outcome::Reply {
            return Some(Said::Reply(reply.len));
        }
        let other = Other { outcome, len: reply.len, issued: deferrals.into_issued() };
        self.judge::<RAW>(index, &{ *frame }, data, asker, &other)
    }

    /// What is said when a handler did not simply reply; `None` if it passes.
    #[cold]
    #[inline(never)]
    pub fn judge<const RAW: bool>(
        &mut self,
        index: usize,
        frame: &Frame<'_>,
        data: &mut [u8; MAX_DATA],
        asker: &Asker,
        other: &Other,
    ) -> Option<Said> {
        let Other { outcome, len, issued } = *other;
        let generation = self.switchboard.generation(index);
        let generation = generation.expect("a handler of it was called just now");
        let waits = RAW || !is_event(frame);
        if outcome == Outcome::Deferred
            && let Some(issued) = issued
        {
            return Some(self.put_off(issued, (index, generation), (frame, waits), asker));
        }
        let said = match outcome {
            Outcome::Next => return None,
            Outcome::Reply => return Some(Said::Reply(len)),
            Outcome::Close => return Some(Said::Last(len)),
            Outcome::NoReply if RAW => return Some(Said::Nothing),
            Outcome::NoReply | Outcome::Deferred if !waits => {
                return Some(Said::Nothing);
            }
            Outcome::Failed if usize::from(len) >= CODE_LEN => Said::Error(len),
            Outcome::NoReply => Said::Error(refuse_silence(data, frame.command.number())),
            Outcome::Failed | Outcome::Deferred => Said::Refused(Status::HandlerFailed),
        };
        Some(self.fail(said, (index, generation), (frame, waits), code_of(data), asker))
    }

    /// The handler of a route that is not simply open to this frame, if the frame may have it
    /// called. Which it is or is not is counted.
    #[cold]
    #[inline(never)]
    fn admit(
        &mut self,
        index: usize,
        frame: &Frame<'_>,
        now: Moment,
    ) -> Result<Bound<H::Callee>, Status> {
        let admitted = self.examine(index, frame, Some(now));
        match admitted {
            Ok(_) => self.switchboard.leg(index).calls += 1,
            Err(_) => self.switchboard.count_error(index),
        }
        admitted
    }

    /// Every condition of a route, in the order in which it is answered for; its rate only with
    /// `now`.
    pub fn examine(
        &mut self,
        index: usize,
        frame: &Frame<'_>,
        now: Option<Moment>,
    ) -> Result<Bound<H::Callee>, Status> {
        let (route, bound) = self.switchboard.at(index);
        if !route.enabled {
            return Err(Status::UnknownCommand);
        }
        if !route.addresses.contains(frame.address) {
            return Err(Status::Forbidden);
        }
        let bound = *bound.ok_or(Status::HandlerUnavailable)?;
        if !bound.takes(frame.data.len()) {
            self.takes = (bound.min_len, bound.max_len);
            return Err(Status::BadRequest);
        }
        if let (Some(rate), Some(now)) = (route.rate, now)
            && !self.switchboard.take(index, rate, now)
        {
            self.counters.over_rate += 1;
            return Err(Status::TooManyRequests);
        }
        Ok(bound)
    }

    /// The token is good from now on, and its generation owes the answer.
    #[cold]
    fn put_off(
        &mut self,
        issued: Issued,
        (index, generation): (usize, GenerationId),
        (frame, waits): (&Frame<'_>, bool),
        asker: &Asker,
    ) -> Said {
        let Issued { token, timeout } = issued;
        let (route, _) = self.switchboard.at(index);
        let (until, retries) = (asker.until(route.timeout), route.retries);
        let deadline = asker.now.after_nanos(timeout).min(until);
        let kept = keep(frame, until, retries).filter(|_| waits);
        let origin = self.origin((index, generation), frame, asker);
        let stage = Stage::Running(asker.running());
        self.tokens.issue(token, Pending { origin, deadline, stage, kept });
        self.deadlines.push(deadline, Owner::Token(token));
        self.counters.deferred += 1;
        if let Some(generation) = self.generations.at_mut(generation) {
            generation.in_flight += 1;
        }
        Said::Owed
    }

    /// Where a request comes from that does not get its answer at once.
    pub fn origin(
        &self,
        (index, generation): (usize, GenerationId),
        frame: &Frame<'_>,
        asker: &Asker,
    ) -> Origin {
        let (route, _) = self.switchboard.at(index);
        let is_wanted = asker.again.map_or(self.witness.is_wanted, |again| again.is_wanted);
        Origin {
            connection: asker.connection,
            generation,
            route: route.key,
            place: None,
            address: frame.address,
            command: frame.command,
            number: asker.again.map_or(self.counters.frames_in, |again| again.number),
            since: asker.again.map_or(asker.now, |again| again.since),
            handler: is_wanted.then(|| self.switchboard.handler(index)),
        }
    }
}

fn is_event(frame: &Frame<'_>) -> bool {
    frame.command.kind() == Kind::Event
}
