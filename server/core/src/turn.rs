//! A connection's turn: frames are taken off the received bytes, and each gets its answer.

use hotframe_protocol::{Decoded, Decoder, Frame, HEAD_LEN, Kind, MAX_DATA, MAX_FRAME, seal};

use crate::connection::{Connection, Phase};
use crate::desk::Desk;
use crate::dispatch::{Asker, Said};
use crate::hello::Caller;
use crate::outbox::Room;
use crate::refusal::{code_of, refuse};
use crate::{CloseReason, ConnectionId, Handlers, Moment, Token};

/// One turn of one connection.
pub(crate) struct Turn<'a, H: Handlers> {
    pub id: ConnectionId,
    pub connection: &'a mut Connection,
    pub desk: &'a mut Desk<H>,
    pub now: Moment,
}

impl<H: Handlers> Turn<'_, H> {
    /// `bytes` are what was carried over and what arrived behind it.
    pub fn receive(&mut self, bytes: &[u8]) {
        let carried = self.connection.carry.len();
        debug_assert!(bytes.starts_with(&self.connection.carry), "what was carried comes first");
        let fresh = bytes.len().saturating_sub(carried);
        if fresh > 0 {
            self.desk.counters.bytes_in += fresh as u64;
            self.hear();
        }
        match self.connection.phase() {
            Phase::Open if !self.connection.eof => self.serve(bytes),
            Phase::Lingering => self.discard(fresh),
            Phase::Open | Phase::Finishing | Phase::Condemned => {}
        }
    }

    /// Bytes arrived, whatever they are: the peer lives.
    #[inline]
    fn hear(&mut self) {
        let was_probed = self.connection.is_probed();
        self.connection.last_received = self.now;
        if was_probed {
            self.arm();
        }
    }

    /// Takes no frame any more, for `reason`; what is owed is sent.
    pub fn finish(&mut self, reason: CloseReason) {
        self.connection.finish(reason, &mut self.desk.pool);
        self.desk.part(self.id, self.connection);
    }

    /// Takes what frames there are, and carries the rest over.
    fn serve(&mut self, bytes: &[u8]) {
        let carried = if self.connection.held { 0 } else { self.connection.carry.len() };
        let mut rest = bytes;
        self.take_frames(&mut rest, Decoder::decode);
        if !self.connection.is_open() {
            return;
        }
        self.connection.keep(rest, &mut self.desk.pool);
        let consumed = bytes.len() - rest.len();
        let is_near = consumed > 0 && self.connection.garbage <= MAX_FRAME;
        self.watch_frame(consumed >= carried || is_near);
    }

    /// Starts, keeps or stops the clock of an incomplete frame. `anew`: its first byte was not
    /// there before this turn, or was not looked at because of us, or lay in a false candidate
    /// close behind a good frame: nobody knows when it came, so the frame gets all of its time.
    /// Behind more garbage than a frame's length it does not, or a drip would never end.
    fn watch_frame(&mut self, anew: bool) {
        let connection = &mut *self.connection;
        if connection.carry.is_empty() || connection.held {
            connection.partial_since = Moment::NEVER;
        } else if anew || !connection.partial_since.comes() {
            connection.partial_since = self.now;
            self.arm();
        }
    }

    /// Sees to it that the connection is judged no later than its deadline.
    #[inline]
    pub fn arm(&mut self) {
        self.connection.arm(self.id, &self.desk.limits, &mut self.desk.deadlines);
    }

    /// The peer closed its direction and no byte will follow: takes what frames there are, even
    /// behind an incomplete one. What is left then is held back under pressure.
    pub fn work_off(&mut self) {
        let carry = core::mem::take(&mut self.connection.carry);
        let mut rest = &carry[..];
        self.take_frames(&mut rest, Decoder::decode_last);
        if self.connection.is_open() {
            self.connection.keep(rest, &mut self.desk.pool);
            if rest.is_empty() {
                self.finish(CloseReason::PeerClosed);
            }
        }
        self.desk.pool.give_carry(carry);
    }

    /// Takes frames until none is whole, or pressure or the connection's end forbid it.
    #[inline]
    fn take_frames<'b>(
        &mut self,
        rest: &mut &'b [u8],
        next: impl Fn(&mut Decoder, &mut &'b [u8]) -> Option<Decoded<'b>>,
    ) {
        while self.connection.is_open() {
            if self.connection.is_pressed(&self.desk.limits) {
                self.connection.held = !rest.is_empty();
                break;
            }
            let before = rest.len();
            let item = next(&mut self.connection.decoder, rest);
            let taken = before - rest.len();
            match item {
                Some(Decoded::Frame(frame)) => {
                    let garbage = taken - frame.encoded_len();
                    if garbage > 0 && !self.skip(garbage) {
                        break;
                    }
                    self.connection.garbage = 0;
                    self.take(&frame);
                }
                Some(Decoded::LostSync) => {
                    if self.skip(taken) {
                        self.lose_sync();
                    }
                }
                None => {
                    self.connection.held = false;
                    self.skip(taken);
                    break;
                }
            }
        }
        self.connection.outgoing.tidy(&mut self.desk.pool);
    }

    #[inline]
    fn take(&mut self, frame: &Frame<'_>) {
        self.desk.counters.frames_in += 1;
        self.connection.frames_in += 1;
        if self.desk.counters.frames_in >= self.desk.witness.due.0 {
            self.look_at(frame);
        } else {
            self.take_kind(frame);
        }
    }

    #[inline]
    pub fn take_kind(&mut self, frame: &Frame<'_>) {
        if self.connection.profile.is_raw() {
            return self.take_raw(frame);
        }
        match frame.command.kind() {
            Kind::Request => self.take_request(frame),
            Kind::Event => self.take_event(frame),
            Kind::Reply | Kind::Error => self.take_reply(frame),
        }
    }

    #[inline]
    fn take_request(&mut self, frame: &Frame<'_>) {
        let asker = self.asker(true);
        let refused = self.weigh(frame);
        let room = self.connection.outgoing.room(&mut self.desk.pool);
        let said = match refused {
            None => self.desk.answer(frame, data_of(room), asker),
            Some(status) => Said::Refused(status),
        };
        let (kind, len) = match said {
            Said::Reply(len) | Said::Last(len) | Said::Farewell(len) => (Kind::Reply, len),
            Said::Error(len) => (Kind::Error, len),
            Said::Refused(status) => {
                (Kind::Error, refuse(data_of(room), status, frame.command.number()))
            }
            Said::Hello => return self.take_hello(frame),
            Said::Nothing => {
                unreachable!("dispatch answers a request that its handler leaves unanswered")
            }
            Said::Owed(token) => return self.owe(token),
        };
        if kind == Kind::Error {
            self.desk.counters.count_error(code_of(data_of(room)));
        }
        let len = seal(room, frame.address, frame.command.with_kind(kind), len);
        self.commit(len);
        self.end_after(said);
    }

    /// The newest request is answered later.
    pub fn owe(&mut self, token: Token) {
        self.connection.tokens += 1;
        let wanted = self.connection.profile.reply_order;
        let place = self.connection.outgoing.owe(token, wanted);
        self.desk.tokens.put_in_order(token, place);
    }

    fn take_event(&mut self, frame: &Frame<'_>) {
        self.desk.counters.events_in += 1;
        let asker = self.asker(false);
        if self.weigh(frame).is_some() {
            return;
        }
        let room = self.connection.outgoing.room(&mut self.desk.pool);
        let said = self.desk.answer(frame, data_of(room), asker);
        match said {
            Said::Hello => self.take_hello(frame),
            Said::Owed(_) => self.connection.tokens += 1,
            Said::Refused(_) => self.desk.counters.events_unrouted += 1,
            _ => self.end_after(said),
        }
    }

    /// The client names itself; as an event, without an answer.
    #[cold]
    fn take_hello(&mut self, frame: &Frame<'_>) {
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

    #[inline]
    fn asker(&self, waits: bool) -> Asker {
        Asker { connection: self.id, waits, is_raw: false, now: self.now }
    }

    /// The first `len` bytes of the room go out in their order.
    #[inline]
    pub fn commit(&mut self, len: usize) {
        self.connection.outgoing.commit(len);
        self.connection.frames_out += 1;
        self.desk.counters.frames_out += 1;
    }

    #[inline]
    pub fn end_after(&mut self, said: Said) {
        let reason = match said {
            Said::Last(_) => CloseReason::Handler,
            Said::Farewell(_) => CloseReason::Bye,
            _ => return,
        };
        self.finish(reason);
    }
}

/// The part of a frame's room where the data goes.
#[inline]
pub(crate) fn data_of(room: &mut Room) -> &mut [u8; MAX_DATA] {
    room[HEAD_LEN..].first_chunk_mut().expect("a frame's room holds the most data behind its head")
}
