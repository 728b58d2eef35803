//! A request or an event that is looked at: what is seen while it is answered, or later.

use alloc::boxed::Box;
use alloc::sync::Arc;

use hotframe_protocol::{Command, Frame, HEAD_LEN, Kind};

use crate::connection::Connection;
use crate::desk::Desk;
use crate::refusal::CODE_LEN;
use crate::tokens::{Origin, Pending};
use crate::turn::Turn;
use crate::witness::{End, Sighting};
use crate::{Handlers, Moment, SessionId};

impl<H: Handlers> Turn<'_, H> {
    /// Takes a frame that is due to be looked at.
    #[cold]
    #[inline(never)]
    pub fn look_at(&mut self, frame: &Frame<'_>) {
        let number = self.desk.counters.frames_in;
        let is_asked = matches!(frame.command.kind(), Kind::Request | Kind::Event);
        if !is_asked && !self.connection.profile.is_raw() {
            return self.take_kind(frame);
        }
        let session = self.connection.session;
        let before = Before::of(self.desk, self.connection, frame);
        self.desk.witness.open(number);
        let began = self.desk.handlers.time();
        self.take_kind(frame);
        let ended = self.desk.handlers.time();
        self.desk.witness.is_wanted = false;
        let took = match (began, ended) {
            (Some(began), Some(ended)) => ended.as_nanos().saturating_sub(began.as_nanos()),
            _ => 0,
        };
        let watch = *self.desk.witness.watch();
        let sampled = self.desk.witness.is_sampled(number);
        self.desk.witness.pass(number);
        let is_slow = watch.slow > 0 && took >= watch.slow;
        if !(sampled || watch.every || is_slow) {
            return;
        }
        let (end, reply) = before.end(self.connection, frame.command);
        let kept = |data: &[u8]| if watch.payloads { data.into() } else { Box::default() };
        let sighting = Sighting {
            number,
            connection: self.id,
            session,
            command: frame.command,
            address: frame.address,
            handler: before.handler(self.desk, frame.command),
            end,
            since: self.now,
            took,
            sampled,
            late: false,
            lengths: (length(frame.data), length(reply)),
            asked: kept(frame.data),
            answered: kept(reply),
        };
        self.desk.tell(sighting);
    }
}

/// What was there before a frame was taken, to tell what came of it.
struct Before {
    owed: usize,
    tokens: u32,
    frames_out: u64,
    /// The calls of the route of its own, and of the default route.
    calls: (u64, u64),
    is_raw: bool,
}

impl Before {
    fn of<H: Handlers>(desk: &Desk<H>, connection: &Connection, frame: &Frame<'_>) -> Self {
        let is_raw = connection.profile.is_raw();
        Self {
            is_raw,
            owed: connection.outgoing.len(),
            tokens: connection.tokens,
            frames_out: connection.frames_out,
            calls: desk.switchboard.calls_of(frame.command, is_raw),
        }
    }

    /// What came of it by now, and the data of its answer.
    fn end<'c>(&self, connection: &'c Connection, asked: Command) -> (End, &'c [u8]) {
        if connection.tokens > self.tokens {
            return (End::Deferred, &[]);
        }
        let is_event = asked.kind() == Kind::Event && !self.is_raw;
        if is_event || connection.frames_out == self.frames_out {
            return (End::Taken, &[]);
        }
        let frame = connection.outgoing.newest(connection.outgoing.len() - self.owed);
        let data = frame.get(HEAD_LEN..frame.len().saturating_sub(2)).unwrap_or_default();
        let word = frame.get(4..6).and_then(|word| word.first_chunk()).copied();
        let word = word.map(|word| Command::from_word(u16::from_be_bytes(word)));
        let is_error = word.is_some() && word == connection.profile.error_to(asked);
        match data.first_chunk::<CODE_LEN>() {
            Some(code) if is_error => (End::Failed(u16::from_be_bytes(*code)), data),
            _ => (End::Replied, data),
        }
    }

    /// The handler that was called last.
    fn handler<H: Handlers>(&self, desk: &Desk<H>, asked: Command) -> Option<Arc<str>> {
        let (own, default) = desk.switchboard.calls_of(asked, self.is_raw);
        let route = desk.switchboard.route_of(asked, self.is_raw)?;
        match desk.switchboard.after(route, self.is_raw) {
            Some(after) if default > self.calls.1 => Some(desk.switchboard.handler(after)),
            _ if own > self.calls.0 => Some(desk.switchboard.handler(route)),
            _ => None,
        }
    }
}

impl<H: Handlers> Desk<H> {
    /// What was put off got its end: an answer with this data, or none.
    pub fn look_back(
        &mut self,
        pending: &Pending,
        (end, data): (End, &[u8]),
        session: Option<SessionId>,
        now: Moment,
    ) {
        let origin = &pending.origin;
        let watch = *self.witness.watch();
        let took = now.as_nanos().saturating_sub(origin.since.as_nanos());
        let is_slow = watch.slow > 0 && took >= watch.slow;
        if watch.every || is_slow || origin.handler.is_some() {
            self.tell_late(origin, (end, data), session, took);
        }
    }

    #[cold]
    fn tell_late(
        &mut self,
        origin: &Origin,
        (end, data): (End, &[u8]),
        session: Option<SessionId>,
        took: u64,
    ) {
        let own = || self.switchboard.own_handler(origin.route);
        let sighting = Sighting {
            number: origin.number,
            connection: origin.connection,
            session,
            command: origin.command,
            address: origin.address,
            handler: origin.handler.clone().or_else(own),
            end,
            since: origin.since,
            took,
            sampled: self.witness.is_sampled(origin.number),
            late: true,
            lengths: (0, length(data)),
            asked: Box::default(),
            answered: if self.witness.watch().payloads { data.into() } else { Box::default() },
        };
        self.tell(sighting);
    }

    fn tell(&mut self, sighting: Sighting) {
        if !self.witness.tell(sighting) {
            self.counters.sightings_dropped += 1;
        }
    }
}

fn length(data: &[u8]) -> u8 {
    u8::try_from(data.len()).unwrap_or(u8::MAX)
}
