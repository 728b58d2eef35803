//! A connection's turn: what arrived is taken, and what is left of it carried over.

use hotframe_protocol::{HEAD_LEN, MAX_DATA, MAX_FRAME};

use crate::connection::{Connection, Phase};
use crate::desk::Desk;
use crate::outbox::Room;
use crate::{CloseReason, ConnectionId, Handlers, Moment};

/// One turn of one connection.
pub(crate) struct Turn<'a, H: Handlers> {
    pub id: ConnectionId,
    pub connection: &'a mut Connection,
    pub desk: &'a mut Desk<H>,
    pub now: Moment,
    /// The place in the outbox up to which the way is straight: while its end lies before it, the
    /// connection is open, not pressed, owes nothing later, and has room for a frame. Whatever may
    /// change that, but for the reply of a handler, [leaves](Self::leave_straight) it: 0.
    pub straight_until: u32,
    /// The place in the outbox behind which replies of the straight way lack their checksums.
    pub sealed_until: u32,
}

impl<H: Handlers> Turn<'_, H> {
    /// `bytes` are what was carried over and what arrived behind it.
    pub fn receive(&mut self, bytes: &[u8]) {
        let carried = self.connection.carry().len();
        debug_assert!(bytes.starts_with(self.connection.carry()), "what was carried comes first");
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
        let carried = if self.connection.held { 0 } else { self.connection.carry().len() };
        let rest = self.take_frames(bytes, false);
        if !self.connection.is_open() {
            return;
        }
        self.connection.keep(rest, &mut self.desk.pool);
        let consumed = bytes.len() - rest.len();
        let is_near = consumed > 0 && self.connection.garbage as usize <= MAX_FRAME;
        self.watch_frame(consumed >= carried || is_near);
    }

    /// Starts, keeps or stops the clock of an incomplete frame. `anew`: its first byte was not
    /// there before this turn, or was not looked at because of us, or lay in a false candidate
    /// close behind a good frame: nobody knows when it came, so the frame gets all of its time.
    /// Behind more garbage than a frame's length it does not, or a drip would never end.
    fn watch_frame(&mut self, anew: bool) {
        let connection = &mut *self.connection;
        if connection.carry().is_empty() || connection.held {
            connection.set_partial_since(Moment::NEVER);
        } else if anew || !connection.partial_since().comes() {
            connection.set_partial_since(self.now);
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
        let carry = self.connection.take_carry();
        let bytes = carry.as_ref().map_or(&[][..], |carry| &carry.bytes);
        let rest = self.take_frames(bytes, true);
        if self.connection.is_open() {
            self.connection.keep(rest, &mut self.desk.pool);
            if rest.is_empty() && !self.connection.is_claiming {
                self.finish(CloseReason::PeerClosed);
            }
        }
        if let Some(carry) = carry {
            self.desk.pool.give_carry(carry);
        }
    }
}

/// The part of a frame's room where the data goes.
#[inline]
pub(crate) fn data_of(room: &mut Room) -> &mut [u8; MAX_DATA] {
    room[HEAD_LEN..].first_chunk_mut().expect("a frame's room holds the most data behind its head")
}
