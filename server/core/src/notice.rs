//! Notices: facts for the log.

use alloc::collections::VecDeque;
use alloc::sync::Arc;

use crate::limits::MAX_NOTICES;
use crate::{ConnectionId, GenerationId, SessionId};

/// Why a connection ended.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, PartialOrd, Ord)]
pub enum CloseReason {
    /// The peer closed its direction, and got what it was owed.
    PeerClosed,
    /// The peer said BYE, and got what it was owed.
    Bye,
    /// A handler closed it.
    Handler,
    /// The socket failed, or the shell closed it.
    Lost,
    /// A frame stayed incomplete for too long.
    FrameTimeout,
    /// The peer did not take what waited for it.
    WriteTimeout,
    /// Synchronisation was lost too often.
    SyncErrors,
    /// Too many bytes that were no frame.
    Garbage,
    /// The server shuts down.
    Shutdown,
    /// The server shuts down, and what was owed took longer than the grace.
    GraceOver,
    /// The peer gave no sign of life, though it was probed.
    Unresponsive,
    /// Another connection said HELLO for the same client.
    TakenOver,
    /// The operator closed it.
    Kicked,
    /// All connections together kept more than is allowed, and it was one of the heaviest.
    BuffersFull,
}

impl CloseReason {
    /// Every reason, in the order of their values.
    pub const ALL: &[Self] = &[
        Self::PeerClosed,
        Self::Bye,
        Self::Handler,
        Self::Lost,
        Self::FrameTimeout,
        Self::WriteTimeout,
        Self::SyncErrors,
        Self::Garbage,
        Self::Shutdown,
        Self::GraceOver,
        Self::Unresponsive,
        Self::TakenOver,
        Self::Kicked,
        Self::BuffersFull,
    ];

    /// The name that logs and metrics show.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::PeerClosed => "peer_closed",
            Self::Bye => "bye",
            Self::Handler => "handler",
            Self::Lost => "lost",
            Self::FrameTimeout => "frame_timeout",
            Self::WriteTimeout => "write_timeout",
            Self::SyncErrors => "sync_errors",
            Self::Garbage => "garbage",
            Self::Shutdown => "shutdown",
            Self::GraceOver => "grace_over",
            Self::Unresponsive => "unresponsive",
            Self::TakenOver => "taken_over",
            Self::Kicked => "kicked",
            Self::BuffersFull => "buffers_full",
        }
    }
}

/// One fact for the log.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Notice {
    /// A connection was not let in: as many as are allowed are there, or the server shuts down.
    Refused,
    /// The loop has been late for so long that load is shed from now on.
    Overloaded,
    /// The loop keeps up again, and nothing is shed any more.
    Recovered {
        /// What was shed since the start.
        shed: u64,
    },
    /// Connections keep so much that whoever does not take its answers gets no more from now on.
    Tight {
        /// Bytes that are kept.
        bytes: usize,
    },
    /// There is room again for everybody.
    Roomy {
        /// Bytes that are kept.
        bytes: usize,
    },
    /// A connection's bytes stopped being frames. Said once an episode.
    LostSync {
        /// Whose bytes.
        connection: ConnectionId,
        /// How often that happened to this connection, this time included.
        episodes: u32,
    },
    /// A request in the raw dialect failed, and its listener has no word for errors.
    ErrorKept {
        /// Its connection.
        connection: ConnectionId,
        /// Its word.
        command: u16,
        /// What it would have been answered.
        code: u16,
        /// Whether it is the connection's first.
        first: bool,
    },
    /// A request failed by the server's fault, and is to be tried again.
    Retrying {
        /// Its connection.
        connection: ConnectionId,
        /// Its whole command word.
        command: u16,
        /// The number of its frame.
        number: u64,
        /// How often its handler had it.
        tried: u8,
        /// What it would have been answered.
        code: u16,
    },
    /// A client said HELLO and has its session.
    Joined {
        /// Its connection.
        connection: ConnectionId,
        /// Its session.
        session: SessionId,
        /// What it calls itself.
        client: Arc<str>,
        /// Whether the session was there before.
        resumed: bool,
    },
    /// A client said HELLO and was refused: another connection has its session, and keeps it.
    Unjoined {
        /// Its connection.
        connection: ConnectionId,
        /// What it calls itself.
        client: Arc<str>,
    },
    /// A connection is over and its id is gone.
    Closed {
        /// Which one.
        connection: ConnectionId,
        /// Why.
        reason: CloseReason,
    },
    /// A generation takes all new requests of its plugin from now on.
    Activated {
        /// Whose generation.
        plugin: Arc<str>,
        /// Which one.
        generation: GenerationId,
        /// The one that it replaced.
        replaced: Option<GenerationId>,
    },
    /// A generation was withdrawn without a successor.
    Withdrawn {
        /// Whose generation.
        plugin: Arc<str>,
        /// Which one.
        generation: GenerationId,
    },
    /// A generation did not answer what it had deferred within the drain timeout; its requests
    /// were answered with 2004.
    DrainTimeout {
        /// Whose generation.
        plugin: Arc<str>,
        /// Which one.
        generation: GenerationId,
        /// The requests and events that it still owed an answer.
        unanswered: u32,
    },
    /// A generation owes nothing any more and is ready to be destroyed.
    Retired {
        /// Whose generation.
        plugin: Arc<str>,
        /// Which one.
        generation: GenerationId,
    },
    /// A new route table is in force.
    Routed {
        /// Its number.
        number: u64,
        /// The routes whose handler is not there.
        missing: usize,
    },
}

/// The notices that wait to be fetched: a bounded queue.
pub(crate) struct Notices {
    waiting: VecDeque<Notice>,
}

impl Notices {
    pub const fn new() -> Self {
        Self { waiting: VecDeque::new() }
    }

    /// Queues `notice`; false if there was no room and it is lost.
    pub fn push(&mut self, notice: Notice) -> bool {
        let fits = self.waiting.len() < MAX_NOTICES;
        if fits {
            self.waiting.push_back(notice);
        }
        fits
    }

    pub fn pop(&mut self) -> Option<Notice> {
        self.waiting.pop_front()
    }

    pub fn len(&self) -> usize {
        self.waiting.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reasons_are_listed_by_value() {
        for (index, reason) in CloseReason::ALL.iter().enumerate() {
            assert_eq!(*reason as usize, index);
        }
    }

    #[test]
    fn a_full_queue_loses_the_newest() {
        let mut notices = Notices::new();
        assert!((0..MAX_NOTICES).all(|_| notices.push(Notice::Refused)));
        assert!(!notices.push(Notice::Refused));
        assert_eq!(notices.len(), MAX_NOTICES);
        assert_eq!(notices.pop(), Some(Notice::Refused));
        assert!(notices.push(Notice::Refused));
    }
}
