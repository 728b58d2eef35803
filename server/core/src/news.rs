//! News of peers: what the engine tells its handlers at once.

use alloc::sync::Arc;

use crate::{CloseReason, ConnectionId, SessionId};

/// One thing that happened to a connection or a session.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum PeerNews {
    /// A connection was let in.
    Opened {
        /// Which one.
        connection: ConnectionId,
    },
    /// A connection is over and its id is gone. Its session has been parted with before.
    Closed {
        /// Which one.
        connection: ConnectionId,
        /// Why.
        reason: CloseReason,
    },
    /// A client that said HELLO has its session on another connection than before.
    Joined {
        /// The connection that has it now.
        connection: ConnectionId,
        /// The session.
        session: SessionId,
        /// What the client calls itself.
        client: Arc<str>,
        /// How it came to it.
        how: JoinedHow,
    },
    /// A client has no connection any more; its session is kept for a while.
    Parted {
        /// The connection that had it.
        connection: ConnectionId,
        /// The session.
        session: SessionId,
        /// What the client calls itself.
        client: Arc<str>,
    },
}

/// How a client came to its session.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum JoinedHow {
    /// It is a new one.
    Opened,
    /// It was offline.
    Resumed,
    /// Another connection had it, which is about to be closed.
    TakenOver(ConnectionId),
}
