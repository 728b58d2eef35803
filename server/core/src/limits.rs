//! Every bound of the engine, and how they relate.

use core::time::Duration;

use hotframe_protocol::{MAX_FRAME, MIN_FRAME};

use crate::{Heartbeat, Rate};

/// The new bytes that the shell hands in at most at a time. A pipeline of 64 of the longest
/// requests is one read: with half of it they cost a quarter more.
pub const READ_ROOM: usize = 32 * 1024;

/// The bytes that a connection may hold back beside what it is owed up to the high-water mark.
/// What it holds back above that takes its room from what it may be owed.
pub const HELD_ROOM: usize = 4 * 1024;

/// The bytes that a connection carries over at most from one turn to the next: one read, and
/// the incomplete frame in front of it.
pub const MAX_CARRY: usize = READ_ROOM + MAX_FRAME - 1;

/// The notices that wait for the shell at most; what is above is counted as dropped.
pub(crate) const MAX_NOTICES: usize = 1024;

/// The sightings that wait for the shell at most: as many as there are frames in one read and what
/// was carried over, so that a shell that fetches them after every turn loses none.
pub(crate) const MAX_SIGHTINGS: usize = (READ_ROOM + MAX_CARRY) / MIN_FRAME + 1;

/// What the operator may bound. Values that make no sense are raised to the least that does.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Limits {
    /// Connections at a time; one more is refused.
    pub max_connections: usize,
    /// Requests of one connection whose handler has still to answer, with the replies that wait
    /// behind them; at this many the connection is not read. At least 1.
    pub max_in_flight: usize,
    /// Bytes of replies of one connection, waiting for its peer or held back for order; at this
    /// many the connection is not read. What requests in flight are answered with later comes
    /// on top. At least one frame.
    pub outbound_high_water: usize,
    /// Bytes of memory in which all connections may keep what came and what is to leave. From
    /// three quarters of it on the mark of each is low; above it those that keep the most are
    /// closed, and never is it more than an eighth above.
    pub max_buffered: usize,
    /// How long a frame may stay incomplete, from its first byte.
    pub frame_timeout: Duration,
    /// How long a peer may take nothing of what waits for it, or, above the high-water mark, too
    /// little to come below it.
    pub write_timeout: Duration,
    /// Episodes of lost synchronisation in a connection's life; one more closes it.
    pub max_sync_errors: u32,
    /// Bytes that are no frame, between two good frames; one more closes the connection. Also
    /// what a peer may still send after we shut down our direction.
    pub max_garbage: usize,
    /// Requests that were pushed to one connection and have no answer yet; one more is refused.
    pub max_questions: usize,
    /// How long a replaced generation may go on with its deferred requests.
    pub drain_timeout: Duration,
    /// How long a shutdown waits for what is owed.
    pub shutdown_grace: Duration,
    /// Requests and events of one connection; those above are answered 1029.
    pub request_rate: Option<Rate>,
    /// How long a round of the loop may take for good before load is shed; `None`: nothing is.
    pub overload: Option<Duration>,
    /// What is expected of a peer that says nothing, and of a session without a connection.
    pub heartbeat: Heartbeat,
}

impl Limits {
    /// What is in force where nothing is set: safe against any peer.
    pub const DEFAULT: Self = Self {
        max_connections: 10_000,
        max_in_flight: 1024,
        outbound_high_water: 64 * 1024,
        max_buffered: 256 * 1024 * 1024,
        frame_timeout: Duration::from_secs(10),
        write_timeout: Duration::from_secs(10),
        max_sync_errors: 100,
        max_garbage: 64 * 1024,
        max_questions: 64,
        drain_timeout: Duration::from_secs(10),
        shutdown_grace: Duration::from_secs(10),
        request_rate: None,
        overload: None,
        heartbeat: Heartbeat::DEFAULT,
    };

    /// The new bytes that the shell hands in at most at a time under these limits: all of
    /// [`READ_ROOM`] only where so many may be held back and owed together.
    #[must_use]
    pub const fn read_room(&self) -> usize {
        if self.outbound_high_water < READ_ROOM { HELD_ROOM } else { READ_ROOM }
    }

    /// The bytes that a connection may be owed while it holds `kept` bytes back.
    #[inline]
    pub(crate) fn mark(&self, kept: usize) -> usize {
        (self.outbound_high_water + HELD_ROOM).saturating_sub(kept.max(HELD_ROOM))
    }

    /// The most bytes that one connection can be owed under these limits: up to the mark, one
    /// frame over it, and a reply to each request in flight.
    #[must_use]
    pub const fn most_outbound(&self) -> usize {
        let frames = self.max_in_flight.saturating_add(1);
        self.outbound_high_water.saturating_add(frames.saturating_mul(MAX_FRAME))
    }

    /// What connections keep together at the end of a turn is never more than this: an eighth above
    /// [`max_buffered`](Self::max_buffered) nobody waits for those who have still to be heard.
    #[must_use]
    pub const fn brim(&self) -> usize {
        self.max_buffered.saturating_add(self.max_buffered / 8)
    }

    /// The most sessions, online and offline: as many may be offline as connections are allowed.
    #[must_use]
    pub const fn max_sessions(&self) -> usize {
        self.max_connections.saturating_mul(2)
    }

    /// These limits with every value at least what the engine can work with.
    pub(crate) fn workable(mut self) -> Self {
        self.max_in_flight = self.max_in_flight.max(1);
        self.frame_timeout = self.frame_timeout.max(SHORTEST);
        self.write_timeout = self.write_timeout.max(SHORTEST);
        let heartbeat = &mut self.heartbeat;
        heartbeat.idle_after = heartbeat.idle_after.max(SHORTEST);
        heartbeat.probe_timeout = heartbeat.probe_timeout.max(SHORTEST);
        self.outbound_high_water = self.outbound_high_water.clamp(MAX_FRAME, MOST_HIGH_WATER);
        self
    }
}

/// How long a server that ends waits for a peer that has got all and says nothing to close, too.
/// What such a peer has not read yet is delivered all the same.
pub(crate) const FAREWELL: Duration = Duration::from_secs(1);

/// A timeout of nothing would be due again as soon as it was judged.
pub(crate) const SHORTEST: Duration = Duration::from_millis(1);

/// Offsets into an outbox are kept in 32 bits.
const MOST_HIGH_WATER: usize = 1 << 30;

impl Default for Limits {
    fn default() -> Self {
        Self::DEFAULT
    }
}

const _: () = {
    let limits = Limits::DEFAULT;
    // A full read of the smallest requests can be echoed without stopping.
    assert!(limits.outbound_high_water >= READ_ROOM + MAX_FRAME);
    // A whole read of garbage does not close a connection, a false candidate neither.
    assert!(limits.max_garbage >= READ_ROOM + MAX_FRAME);
    assert!(MAX_CARRY >= MAX_FRAME && READ_ROOM >= MAX_FRAME);
    // A connection that drains can wait for its slowest peer within the grace.
    assert!(limits.write_timeout.as_nanos() <= limits.shutdown_grace.as_nanos());
    assert!(limits.max_connections < u32::MAX as usize - 1024);
};
