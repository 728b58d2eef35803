//! Buffers: the bytes that all connections keep from one turn to the next, and what is done when
//! they are too many.
//!
//! From three quarters of what is allowed on, the high-water mark of everybody is low: whoever
//! takes its answers as they come keeps nothing and is served as ever, and whoever does not gets
//! no more. Above what is allowed those that keep the most are let go: when all who wait were
//! heard, and an eighth above it at once. What is counted is the memory that the bytes lie in.

use crate::deadlines::Owner;
use crate::desk::Desk;
use crate::limits::HELD_ROOM;
use crate::turn::Turn;
use crate::{Handlers, Limits, Moment, Notice};

/// What all connections keep.
pub(crate) struct Buffers {
    /// Bytes, as they were at the end of each connection's last turn.
    pub bytes: usize,
    /// Whether the high-water mark is low.
    pub is_tight: bool,
    /// The mark while it is not.
    pub high_water: usize,
    /// When the heaviest are to be let go.
    pub due: Moment,
    /// Above this they are at once. `bytes` never stays above it.
    pub brim: usize,
}

impl Buffers {
    pub const fn new(limits: &Limits) -> Self {
        let (high_water, brim) = (limits.outbound_high_water, limits.brim());
        Self { bytes: 0, is_tight: false, high_water, due: Moment::NEVER, brim }
    }

    /// Whether the heaviest can be waited for no longer.
    #[inline]
    pub const fn are_over(&self) -> bool {
        self.bytes > self.brim
    }
}

impl<H: Handlers> Desk<H> {
    /// The limits are new.
    pub fn renew_mark(&mut self, now: Moment) {
        self.buffers.high_water = self.limits.outbound_high_water;
        self.buffers.brim = self.limits.brim();
        self.put_mark();
        self.judge_buffers(now);
    }

    fn put_mark(&mut self) {
        let high = self.buffers.high_water;
        let mark = if self.buffers.is_tight { high.min(HELD_ROOM) } else { high };
        self.limits.outbound_high_water = mark;
    }

    fn judge_buffers(&mut self, now: Moment) {
        let (bytes, most) = (self.buffers.bytes, self.limits.max_buffered);
        let is_tight = bytes > if self.buffers.is_tight { most / 2 } else { most / 4 * 3 };
        if is_tight != self.buffers.is_tight {
            self.buffers.is_tight = is_tight;
            self.put_mark();
            self.notify(if is_tight { Notice::Tight { bytes } } else { Notice::Roomy { bytes } });
        }
        if bytes > most && !self.buffers.due.comes() {
            self.buffers.due = now;
            self.deadlines.push(now, Owner::Buffers);
        }
    }
}

impl<H: Handlers> Turn<'_, H> {
    /// Notes what the connection keeps.
    #[cold]
    pub fn weigh_in(&mut self) {
        if self.desk.buffers.is_tight {
            self.connection.outgoing.shrink(&mut self.desk.pool);
        }
        let keeps = self.connection.outgoing.owned() + self.connection.carry().len();
        let keeps = u32::try_from(keeps).unwrap_or(u32::MAX);
        let before = core::mem::replace(&mut self.connection.keeps, keeps);
        let bytes = &mut self.desk.buffers.bytes;
        *bytes = *bytes + keeps as usize - before as usize;
        self.desk.judge_buffers(self.now);
    }
}
