//! Frames are taken off the received bytes, and each gets its answer.
//!
//! There is a straight way, for requests of a stream in order that are simply replied to, and
//! everything else, out of line. The straight way goes in stretches: at the start of each it looks
//! at the connection, see [`Turn::straight_until`], and at its end it makes the checksums of the
//! replies, when their bytes have come from the processor's registers to its cache. What is out of
//! line gets a copy of the frame, which has to lie in memory; the frame itself stays in registers.

use hotframe_protocol::{Ahead, Decoded, Frame, Kind, seal, write_head};

use crate::asker::Asker;
use crate::dispatch::Said;
use crate::hello::Caller;
use crate::refusal::code_of;
use crate::turn::{Turn, data_of};
use crate::{CloseReason, Handlers};

impl<H: Handlers> Turn<'_, H> {
    /// Takes frames until none is whole, or pressure or the connection's end forbid it. Returns
    /// what is left. `last`: no byte will follow.
    pub fn take_frames<'b>(&mut self, bytes: &'b [u8], last: bool) -> &'b [u8] {
        let (mut rest, mut ahead) = (bytes, Ahead::default());
        let asker = self.asker();
        let is_raw = self.connection.profile.is_raw();
        while self.connection.outgoing.end() < self.straight_until || self.may_take(rest.len()) {
            match self.connection.decoder.decode_intact(&mut rest, &mut ahead) {
                Some(frame) => {
                    self.connection.garbage = 0;
                    if is_raw { self.take_otherwise(&{ frame }) } else { self.take(&frame, &asker) }
                }
                None if self.stumble(&mut rest, last) => {}
                None => break,
            }
        }
        self.leave_straight();
        self.connection.outgoing.tidy(&mut self.desk.pool);
        rest
    }

    /// The stretch is over: its replies get their checksums.
    pub fn leave_straight(&mut self) {
        if self.straight_until > 0 {
            self.straight_until = 0;
            self.connection.outgoing.seal(self.sealed_until);
        }
    }

    /// Looks whether the connection may go on with `left` bytes, and for how long the way is
    /// straight then.
    #[inline(never)]
    fn may_take(&mut self, left: usize) -> bool {
        self.leave_straight();
        let (connection, limits) = (&mut *self.connection, &self.desk.limits);
        if !connection.is_open() {
            return false;
        }
        if connection.is_pressed_keeping(left, limits) {
            connection.held = left > 0;
            return false;
        }
        self.straight_until = connection.outgoing.stretch(limits.mark(left), &mut self.desk.pool);
        self.sealed_until = connection.outgoing.end();
        true
    }

    /// No intact frame stands at the front of `rest`; whether there may be one behind.
    #[cold]
    #[inline(never)]
    fn stumble(&mut self, rest: &mut &[u8], last: bool) -> bool {
        self.leave_straight();
        let before = rest.len();
        let decoder = &mut self.connection.decoder;
        let item = if last { decoder.decode_last(rest) } else { decoder.decode(rest) };
        let taken = before - rest.len();
        match item {
            Some(Decoded::Frame(frame)) => {
                let garbage = taken - frame.encoded_len();
                if garbage == 0 || self.skip(garbage) {
                    self.connection.garbage = 0;
                    self.take_otherwise(&frame);
                }
            }
            Some(Decoded::LostSync) => {
                if self.skip(taken) {
                    self.lose_sync();
                }
            }
            None => {
                self.connection.held = false;
                self.skip(taken);
                return false;
            }
        }
        true
    }

    #[inline(always)]
    fn take(&mut self, frame: &Frame<'_>, asker: &Asker) {
        let desk = &mut *self.desk;
        let is_looked_at = desk.counters.frames_in + 1 >= desk.witness.due.0;
        if is_looked_at || desk.is_weighing {
            return self.take_otherwise(&{ *frame });
        }
        match frame.command.kind() {
            Kind::Request => {
                self.count();
                self.take_request(frame, asker);
            }
            Kind::Event | Kind::Reply | Kind::Error => self.take_otherwise(&{ *frame }),
        }
    }

    #[inline(always)]
    fn count(&mut self) {
        self.desk.counters.frames_in += 1;
        self.connection.frames_in += 1;
    }

    /// A frame that is looked at, is no request, may be one too many, or is in the raw dialect.
    #[cold]
    #[inline(never)]
    fn take_otherwise(&mut self, frame: &Frame<'_>) {
        self.leave_straight();
        self.count();
        if self.desk.counters.frames_in >= self.desk.witness.due.0 {
            self.look_at(frame);
        } else {
            self.take_kind(frame);
        }
    }

    /// The frame as what it is.
    #[inline(never)]
    pub fn take_kind(&mut self, frame: &Frame<'_>) {
        if self.connection.profile.is_raw() {
            return self.take_raw(frame);
        }
        match frame.command.kind() {
            Kind::Request => match self.weigh(frame) {
                Some(status) => self.answer(frame, Said::Refused(status)),
                None => self.take_request(frame, &self.asker()),
            },
            Kind::Event => self.take_event(frame),
            Kind::Reply | Kind::Error => self.take_reply(frame),
        }
    }

    #[inline(always)]
    fn take_request(&mut self, frame: &Frame<'_>, asker: &Asker) {
        let room = self.connection.outgoing.room(&mut self.desk.pool);
        match self.desk.answer(frame, data_of(room), asker) {
            Said::Reply(len) if self.straight_until > 0 => {
                let command = frame.command.with_kind(Kind::Reply);
                let len = write_head(room, frame.address, command, len);
                self.connection.outgoing.send(len);
                self.count_reply();
            }
            said => self.answer(&{ *frame }, said),
        }
    }

    /// Answers a request with what was said to it; what there is of that lies in the room.
    #[inline(never)]
    fn answer(&mut self, frame: &Frame<'_>, said: Said) {
        self.leave_straight();
        let room = self.connection.outgoing.room(&mut self.desk.pool);
        let (kind, len) = match said {
            Said::Reply(len) | Said::Last(len) | Said::Farewell(len) => (Kind::Reply, len),
            Said::Error(len) => (Kind::Error, len),
            Said::Refused(status) => {
                let number = frame.command.number();
                (Kind::Error, self.desk.refuse(data_of(room), status, number, frame))
            }
            Said::Hello => return self.take_hello(frame),
            Said::Nothing => {
                unreachable!("dispatch answers a request that its handler leaves unanswered")
            }
            Said::Owed => return self.owe(),
        };
        if kind == Kind::Error {
            self.desk.counters.count_error(code_of(data_of(room)));
        }
        let len = seal(room, frame.address, frame.command.with_kind(kind), len);
        self.commit(len);
        self.end_after(said);
    }

    /// The newest request is answered later, with the newest token.
    pub fn owe(&mut self) {
        let token = self.desk.tokens.newest().expect("a token was issued just now");
        self.connection.tokens += 1;
        let wanted = self.connection.profile.reply_order;
        let place = self.connection.outgoing.owe(token, wanted);
        self.desk.tokens.put_in_order(token, place);
    }

    fn take_event(&mut self, frame: &Frame<'_>) {
        self.desk.counters.events_in += 1;
        if self.weigh(frame).is_some() {
            return;
        }
        let asker = self.asker();
        let room = self.connection.outgoing.room(&mut self.desk.pool);
        let said = self.desk.answer(frame, data_of(room), &asker);
        match said {
            Said::Hello => self.take_hello(frame),
            Said::Owed => self.connection.tokens += 1,
            Said::Refused(_) => self.desk.counters.events_unrouted += 1,
            _ => self.end_after(said),
        }
    }

    /// The client names itself; as an event, without an answer.
    #[cold]
    fn take_hello(&mut self, frame: &Frame<'_>) {
        if self.claim(frame) {
            return;
        }
        let connection = &mut *self.connection;
        let caller = Caller {
            id: self.id,
            session: &mut connection.session,
            probe: connection.profile.probes(),
            now: self.now,
        };
        let room = connection.outgoing.room(&mut self.desk.pool);
        let (kind, len) = self.desk.greet(frame.data, data_of(room), caller);
        if frame.command.kind() == Kind::Request {
            if kind == Kind::Error {
                self.desk.counters.count_error(code_of(data_of(room)));
            }
            let len = seal(room, frame.address, frame.command.with_kind(kind), len);
            self.commit(len);
        }
    }

    pub const fn asker(&self) -> Asker {
        Asker { connection: self.id, now: self.now, again: None }
    }

    /// The first `len` bytes of the room go out in their order.
    pub fn commit(&mut self, len: usize) {
        debug_assert_eq!(self.straight_until, 0, "the straight way sends by itself");
        self.connection.outgoing.commit(len);
        self.count_reply();
    }

    #[inline(always)]
    fn count_reply(&mut self) {
        self.connection.frames_out += 1;
        self.desk.counters.frames_out += 1;
    }

    pub fn end_after(&mut self, said: Said) {
        let reason = match said {
            Said::Last(_) => CloseReason::Handler,
            Said::Farewell(_) => CloseReason::Bye,
            _ => return,
        };
        self.finish(reason);
    }
}
