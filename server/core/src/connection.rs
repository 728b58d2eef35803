//! One connection: what it carries over, what it owes, how far it is in its life.
//! See `LIFECYCLE.md`.

use alloc::boxed::Box;

use hotframe_protocol::{Decoder, MAX_FRAME};

use crate::carry::Carry;
use crate::deadlines::{Deadlines, Owner};
use crate::outgoing::Outgoing;
use crate::pool::Pool;
use crate::{
    Bucket, CloseReason, ConnectionId, ConnectionState, ConnectionView, Limits, Moment, Profile,
    SessionId,
};

/// How far a connection is in its life.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Phase {
    /// Requests are taken.
    Open,
    /// No request is taken any more; what is owed is sent.
    Finishing,
    /// All is sent and our direction is shut down; the peer's is still open.
    Lingering,
    /// The shell is to close the socket.
    Condemned,
}

/// One connection. While it idles it owns no memory beside this.
pub(crate) struct Connection {
    pub decoder: Decoder,
    /// Received bytes that are not consumed; none while there are none.
    carry: Option<Box<Carry>>,
    pub outgoing: Outgoing,
    pub frames_in: u64,
    pub frames_out: u64,
    accepted: Moment,
    /// When bytes last arrived. Moved on while we do not read: that silence is ours.
    pub last_received: Moment,
    /// When the newest probe was sent; at first before everything.
    pub probed: Moment,
    /// What is left of the rate of its requests.
    pub bucket: Bucket,
    /// The session that it has, while it is open.
    pub session: Option<SessionId>,
    /// Since when the peer took too little of what waits for it; while lingering, since when we
    /// wait for it to close.
    pub blocked_since: Moment,
    /// The entry in the heap of deadlines; no later than the real deadline.
    pub armed: Moment,
    /// Bytes that are no frame since the last good one; while lingering, bytes discarded.
    pub garbage: u32,
    pub sync_errors: u32,
    /// The good tokens that are for it.
    pub tokens: u32,
    /// The bytes that it kept at the end of its last turn.
    pub keeps: u32,
    /// The probes that it has not answered.
    pub probes: u8,
    pub profile: Profile,
    phase: Phase,
    reason: CloseReason,
    /// Whether the peer closed its direction.
    pub eof: bool,
    /// Whether `carry` was held back under pressure and may hold whole frames.
    pub held: bool,
    /// Whether an error of its that was not sent was told of.
    pub told_error: bool,
    /// Whether its credential is being judged; nothing is taken meanwhile.
    pub is_claiming: bool,
    /// Whether it has shown a good credential.
    pub is_known: bool,
    /// Whether it is on the list of touched ones.
    pub touched: bool,
}

// What is promised for an idle connection, with its slot's serial and state: 250 bytes.
const _: () = assert!(size_of::<Connection>() <= 168);

impl Connection {
    pub fn new(profile: Profile, now: Moment) -> Self {
        Self {
            decoder: Decoder::default(),
            carry: None,
            outgoing: Outgoing::default(),
            frames_in: 0,
            frames_out: 0,
            accepted: now,
            last_received: now,
            probed: Moment::default(),
            bucket: Bucket::default(),
            is_claiming: false,
            is_known: false,
            session: None,
            blocked_since: Moment::NEVER,
            armed: Moment::NEVER,
            garbage: 0,
            sync_errors: 0,
            tokens: 0,
            keeps: 0,
            probes: 0,
            profile,
            phase: Phase::Open,
            reason: CloseReason::Lost,
            eof: false,
            held: false,
            told_error: false,
            touched: false,
        }
    }

    #[inline]
    pub const fn phase(&self) -> Phase {
        self.phase
    }

    #[inline]
    pub fn is_open(&self) -> bool {
        self.phase == Phase::Open
    }

    /// Why it ends; of no meaning while it is open.
    pub const fn reason(&self) -> CloseReason {
        self.reason
    }

    /// Whether no more requests may be taken until some of what is owed is gone.
    pub fn is_pressed(&self, limits: &Limits) -> bool {
        self.is_pressed_keeping(self.carry().len(), limits)
    }

    /// The same if `kept` bytes are held back until then. Where nothing is owed, nothing can be
    /// waited for.
    pub fn is_pressed_keeping(&self, kept: usize, limits: &Limits) -> bool {
        let owed = self.outgoing.len();
        owed > 0 && owed >= limits.mark(kept) || !self.may_defer(limits) || self.is_claiming
    }

    /// Whether one more request may be put off.
    #[inline]
    pub fn may_defer(&self, limits: &Limits) -> bool {
        ((self.tokens + self.outgoing.answered()) as usize) < limits.max_in_flight
    }

    /// Whether the shell is to read.
    pub fn wants_read(&self, limits: &Limits) -> bool {
        match self.phase {
            Phase::Open => !self.eof && !self.is_pressed(limits),
            Phase::Lingering => !self.eof,
            Phase::Finishing | Phase::Condemned => false,
        }
    }

    /// Open to finishing: later bytes are ignored.
    pub fn finish(&mut self, reason: CloseReason, pool: &mut Pool) {
        if self.phase == Phase::Open {
            self.phase = Phase::Finishing;
            self.reason = reason;
            self.keep(&[], pool);
        }
    }

    /// Finishing to lingering, at `now`.
    pub fn linger(&mut self, now: Moment) {
        debug_assert!(self.phase == Phase::Finishing && self.outgoing.is_settled());
        self.phase = Phase::Lingering;
        self.blocked_since = now;
        self.garbage = 0;
    }

    /// Any to condemned: nothing more is sent. The caller has seen to the tokens. `reason`
    /// counts unless everything was flushed before, or the end was there already.
    pub fn cut_off(&mut self, reason: CloseReason, pool: &mut Pool) {
        debug_assert_eq!(self.tokens, 0, "a condemned connection waits for no answer");
        self.finish(reason, pool);
        if self.phase == Phase::Finishing {
            self.reason = reason;
        }
        self.phase = Phase::Condemned;
        self.outgoing.clear(pool);
        self.is_claiming = false;
        self.blocked_since = Moment::NEVER;
    }

    /// Counts bytes that are no frame; how many there are by now.
    pub fn waste(&mut self, bytes: usize) -> usize {
        self.garbage = self.garbage.saturating_add(u32::try_from(bytes).unwrap_or(u32::MAX));
        self.garbage as usize
    }

    /// `n` bytes left. A peer that takes something is not blocked, unless what waits for it
    /// stays above the high-water mark. Whether something still does.
    pub fn written(&mut self, n: usize, now: Moment, limits: &Limits, pool: &mut Pool) -> bool {
        if n == 0 {
            return self.outgoing.waiting_len() > 0;
        }
        self.outgoing.written(n, pool);
        let waiting = self.outgoing.waiting_len();
        if waiting == 0 {
            self.blocked_since = Moment::NEVER;
        } else if waiting < limits.outbound_high_water && self.blocked_since.comes() {
            self.blocked_since = now;
        }
        waiting > 0
    }

    /// Received bytes that are not consumed.
    pub fn carry(&self) -> &[u8] {
        self.carry.as_ref().map_or(&[], |carry| &carry.bytes)
    }

    /// The same, taken away.
    pub const fn take_carry(&mut self) -> Option<Box<Carry>> {
        self.carry.take()
    }

    /// Since when the frame in the carry is incomplete; never, if none is.
    pub fn partial_since(&self) -> Moment {
        self.carry.as_ref().map_or(Moment::NEVER, |carry| carry.since)
    }

    /// Starts, sets or stops the clock of the frame in the carry, if there is one.
    pub fn set_partial_since(&mut self, since: Moment) {
        if let Some(carry) = &mut self.carry {
            carry.since = since;
        }
    }

    /// Carries `rest` over to the next turn.
    pub fn keep(&mut self, rest: &[u8], pool: &mut Pool) {
        if rest.is_empty() {
            self.held = false;
            if let Some(carry) = self.carry.take() {
                pool.give_carry(carry);
            }
            return;
        }
        let carry = self.carry.get_or_insert_with(|| pool.take_carry());
        carry.bytes.clear();
        carry.bytes.extend_from_slice(rest);
        // What was held back under pressure leaves no room behind that nothing uses.
        if carry.bytes.capacity() > rest.len() + 4 * MAX_FRAME {
            carry.bytes.shrink_to_fit();
        }
    }

    /// When it is to be judged: the earliest of its clocks.
    pub fn deadline(&self, limits: &Limits) -> Moment {
        let frame = self.partial_since().after(limits.frame_timeout);
        frame.min(self.blocked_end(limits)).min(self.silence_end(&limits.heartbeat))
    }

    /// Sees to it that an entry in the heap comes up no later than the deadline.
    #[inline]
    pub fn arm(&mut self, id: ConnectionId, limits: &Limits, deadlines: &mut Deadlines) {
        let deadline = self.deadline(limits);
        if deadline < self.armed {
            deadlines.void(self.armed);
            deadlines.push(deadline, Owner::Connection(id));
            self.armed = deadline;
        }
    }

    /// What it does at `now`; `closing`: the server shuts down.
    fn state(&self, limits: &Limits, closing: bool, now: Moment) -> ConnectionState {
        if !self.is_open() && self.reason == CloseReason::Unresponsive {
            ConnectionState::Unresponsive
        } else if !self.is_open() || self.eof || closing {
            ConnectionState::Draining
        } else if now.since(self.last_received) >= limits.heartbeat.idle_after {
            ConnectionState::Idle
        } else {
            ConnectionState::Active
        }
    }

    pub fn view(
        &self,
        id: ConnectionId,
        limits: &Limits,
        closing: bool,
        now: Moment,
    ) -> ConnectionView {
        ConnectionView {
            id,
            state: self.state(limits, closing, now),
            session: self.session,
            accepted: self.accepted,
            last_received: self.last_received,
            frames_in: self.frames_in,
            frames_out: self.frames_out,
            in_flight: self.tokens,
            outbound_bytes: self.outgoing.len(),
            buffered_bytes: self.outgoing.owned() + self.carry().len(),
        }
    }
}
