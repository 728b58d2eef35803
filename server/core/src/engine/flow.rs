//! Bytes come in and leave, and what is to be done next.

use hotframe_protocol::MAX_FRAME;

use crate::connection::Phase;
use crate::{ConnectionId, Engine, HELD_ROOM, Handlers, Moment, Next};

impl<H: Handlers> Engine<H> {
    /// The bytes that the shell must put in front of the next read.
    pub fn carry(&self, id: ConnectionId) -> &[u8] {
        self.connections.at(id.0).map_or(&[], |connection| connection.carry())
    }

    /// The new bytes that the shell may hand in at a time, at most
    /// [`READ_ROOM`](crate::READ_ROOM): less where more than an incomplete frame is carried over,
    /// or where all of it could not be held back beside what is owed.
    pub fn read_room(&self, id: ConnectionId) -> usize {
        let limits = &self.desk.limits;
        let Some(connection) = self.connections.at(id.0) else {
            return 0;
        };
        let excess = (connection.carry().len() + 1).saturating_sub(MAX_FRAME);
        let room = limits.read_room().saturating_sub(excess);
        room.min(limits.mark(0).saturating_add(HELD_ROOM).saturating_sub(connection.outgoing.len()))
    }

    /// Bytes arrived: `bytes` are [`carry`](Self::carry) and, behind it, what was read, at most
    /// [`read_room`](Self::read_room). Nothing may have been read: so a connection goes on
    /// that was held back.
    pub fn handle_received(&mut self, id: ConnectionId, bytes: &[u8], now: Moment) {
        if let Some(mut turn) = self.turn(id, now) {
            turn.receive(bytes);
        }
        self.close_displaced();
    }

    /// The peer closed its direction, after its last bytes were handed in.
    pub fn handle_eof(&mut self, id: ConnectionId, now: Moment) {
        let Some(mut turn) = self.turn(id, now) else {
            return;
        };
        turn.connection.eof = true;
        turn.connection.set_partial_since(Moment::NEVER);
        match turn.connection.phase() {
            Phase::Open => self.work_off(id, now),
            Phase::Lingering => turn.cut_off(turn.connection.reason()),
            Phase::Finishing | Phase::Condemned => {}
        }
    }

    /// The first `n` bytes that wait left. Whether there are more, which
    /// [`outbound`](Self::outbound) tells now.
    pub fn handle_written(&mut self, id: ConnectionId, n: usize, now: Moment) -> bool {
        let Some(turn) = self.turn(id, now) else {
            return false;
        };
        turn.desk.counters.bytes_out += n as u64;
        let more = turn.connection.written(n, now, &turn.desk.limits, &mut turn.desk.pool);
        if turn.connection.eof {
            self.work_off(id, now);
        }
        more
    }

    /// After the peer's last byte, the engine itself goes on with what it held back.
    pub(super) fn work_off(&mut self, id: ConnectionId, now: Moment) {
        let Some(mut turn) = self.turn(id, now) else {
            return;
        };
        let before = turn.connection.outgoing.waiting_len();
        if turn.connection.eof && turn.connection.is_open() {
            turn.work_off();
        }
        if turn.connection.outgoing.waiting_len() > before {
            self.touch(id);
        }
        self.close_displaced();
    }

    /// Whether the shell is to read. False under back-pressure and towards the end. After
    /// [`Next::ShutdownWrite`] it is true again: what the peer still sends is read and dropped.
    pub fn wants_read(&self, id: ConnectionId) -> bool {
        let limits = &self.desk.limits;
        self.connections.at(id.0).is_some_and(|connection| connection.wants_read(limits))
    }

    /// Whether the carry may hold whole frames that were held back under pressure: then it
    /// wants a turn as soon as [`wants_read`](Self::wants_read), even if nothing new arrives.
    pub fn has_backlog(&self, id: ConnectionId) -> bool {
        self.connections.at(id.0).is_some_and(|connection| connection.held && !connection.eof)
    }

    /// The bytes to write first: all, as long as the peer keeps up.
    pub fn outbound(&self, id: ConnectionId) -> &[u8] {
        self.connections.at(id.0).map_or(&[], |connection| connection.outgoing.waiting())
    }

    /// All bytes to write, in their order.
    pub fn all_outbound(&self, id: ConnectionId) -> impl Iterator<Item = &[u8]> {
        let connection = self.connections.at(id.0);
        connection.into_iter().flat_map(|connection| connection.outgoing.pieces())
    }

    /// What to do with a connection at the end of its turn, after the write. What was not
    /// written by then counts as blocked by the peer. An id that is gone says [`Next::Close`].
    pub fn poll_next(&mut self, id: ConnectionId) -> Next {
        let now = self.desk.latest;
        let next = self.turn(id, now).map_or(Next::Close, |mut turn| turn.next());
        if self.desk.buffers.are_over() {
            // Who is let go is touched, be it this one.
            self.relieve_at_once();
        }
        next
    }

    /// A connection that something outside its own turn changed: it wants a turn.
    pub fn poll_touched(&mut self) -> Option<ConnectionId> {
        while let Some(id) = self.touched.pop_front() {
            if let Some(connection) = self.connections.at_mut(id.0) {
                connection.touched = false;
                return Some(id);
            }
        }
        None
    }
}
