//! What all connections keep is seen, and the heaviest are let go.

use alloc::vec::Vec;
use core::cmp::Reverse;

use crate::limits::HELD_ROOM;
use crate::{CloseReason, ConnectionId, Engine, Handlers, Moment};

impl<H: Handlers> Engine<H> {
    /// The bytes that connections keep: requests that are not whole or not taken, and answers that
    /// have not left.
    pub const fn buffered(&self) -> usize {
        self.desk.buffers.bytes
    }

    /// Whether so much is kept that whoever does not take its answers gets no more.
    pub const fn is_tight(&self) -> bool {
        self.desk.buffers.is_tight
    }

    /// The high-water mark in force.
    pub const fn high_water(&self) -> usize {
        self.desk.limits.outbound_high_water
    }

    /// More is kept than is allowed, unless some of it has left since: the heaviest are let go.
    pub(super) fn relieve(&mut self, when: Moment) -> bool {
        if self.desk.buffers.due != when {
            return false;
        }
        self.let_the_heaviest_go();
        true
    }

    /// The same at once, if so much is kept that nobody can be waited for.
    #[cold]
    pub(super) fn relieve_at_once(&mut self) {
        if self.desk.buffers.due.comes() {
            self.desk.deadlines.void(self.desk.buffers.due);
        }
        self.let_the_heaviest_go();
    }

    fn let_the_heaviest_go(&mut self) {
        // Nothing is to be due by what is done here.
        self.desk.buffers.due = self.desk.latest;
        // What was taken or forgotten since a connection's last turn is no reason to let one go,
        // nor is room that nothing lies in.
        for id in self.ids() {
            if let Some(mut turn) = self.turn(id, self.desk.latest) {
                turn.connection.outgoing.shrink(&mut turn.desk.pool);
                turn.weigh_in();
            }
        }
        if self.desk.buffers.bytes > self.desk.limits.max_buffered {
            self.cut_the_heaviest_off();
        }
        self.desk.buffers.due = Moment::NEVER;
    }

    fn cut_the_heaviest_off(&mut self) {
        let connections = self.connections.iter().filter(|(_, found)| found.keeps > 0);
        let mut heavy: Vec<_> = connections
            .map(|(id, found)| (Reverse(found.keeps), found.blocked_since, ConnectionId(id)))
            .collect();
        heavy.sort_unstable();
        for (_, _, id) in heavy {
            if self.desk.buffers.bytes <= self.desk.limits.max_buffered / 8 * 7 {
                break;
            }
            self.cut_off(id, CloseReason::BuffersFull);
        }
    }

    /// Asserts what holds between turns.
    pub(super) fn buffers_are_counted(&self) {
        let buffers = &self.desk.buffers;
        let sum: usize = self.connections.iter().map(|(_, found)| found.keeps as usize).sum();
        assert_eq!(buffers.bytes, sum, "what each keeps is what all do");
        assert!(buffers.bytes <= self.desk.limits.max_buffered || buffers.due.comes());
        assert!(!buffers.are_over() && buffers.brim == self.desk.limits.brim());
        let high = buffers.high_water;
        let mark = if buffers.is_tight { high.min(HELD_ROOM) } else { high };
        assert_eq!(self.desk.limits.outbound_high_water, mark);
    }
}
