//! Counters of the whole engine. They only grow.

use crate::CloseReason;

/// What happened since the engine was made.
#[derive(Clone, Default, PartialEq, Eq, Debug)]
pub struct Counters {
    /// Good frames that were taken, of every kind.
    pub frames_in: u64,
    /// Replies, errors and probes that were made for a live connection.
    pub frames_out: u64,
    /// Bytes that were handed in.
    pub bytes_in: u64,
    /// Bytes that left.
    pub bytes_out: u64,
    /// Events among `frames_in`.
    pub events_in: u64,
    /// Events that no handler took.
    pub events_unrouted: u64,
    /// Errors among `frames_out`.
    pub errors_out: u64,
    /// Reply and error frames among `frames_in`; nothing was asked, so they were dropped.
    pub replies_dropped: u64,
    /// Requests and events that were one too many for a rate: the requests were answered 1029.
    pub over_rate: u64,
    /// Probes among `frames_out`.
    pub probes: u64,
    /// Answers to probes among `frames_in`.
    pub probes_answered: u64,
    /// Sessions that a HELLO opened.
    pub sessions_opened: u64,
    /// HELLOs of a client whose session was there.
    pub sessions_resumed: u64,
    /// Sessions that were offline for too long.
    pub sessions_expired: u64,
    /// Episodes of lost synchronisation.
    pub lost_sync: u64,
    /// Bytes that belonged to no frame.
    pub skipped_bytes: u64,
    /// Connections that were let in.
    pub accepted: u64,
    /// Connections that were not let in.
    pub refused: u64,
    /// Requests and events that a handler put off.
    pub deferred: u64,
    /// Deferred ones that got their answer from the handler.
    pub completed: u64,
    /// Deferred ones that got none in time.
    pub timed_out: u64,
    /// Deferred ones whose connection was gone first.
    pub abandoned: u64,
    /// Answers for a token that was used up, abandoned, or never given.
    pub stale_completions: u64,
    /// Generations that were retired.
    pub retired: u64,
    /// Notices that the shell did not fetch in time.
    pub notices_dropped: u64,
    /// Connections that ended, by [`CloseReason`].
    pub(crate) closed: [u64; CloseReason::ALL.len()],
}

impl Counters {
    /// The connections that ended for `reason`.
    #[must_use]
    pub const fn closed(&self, reason: CloseReason) -> u64 {
        self.closed[reason as usize]
    }
}
