//! The engine: what the shell holds. Each file beside this one is one of its concerns.

mod buffers;
mod claims;
mod connections;
mod deferred;
mod due;
mod flow;
mod late;
mod overload;
mod plugins;
mod pushes;
mod sessions;
mod shutdown;
mod succession;
mod watch;

use alloc::collections::VecDeque;

use crate::connection::Connection;
use crate::desk::Desk;
use crate::slots::Slots;
use crate::turn::Turn;
use crate::{ConnectionId, Handlers, Limits, Moment};

/// What the shell is to do with a connection.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Next {
    /// Nothing: it goes on.
    Keep,
    /// All that is owed is flushed, and we close: shut the write direction down. The engine
    /// then discards what the peer still sends, and says `Close` when the peer closes, too, or
    /// sends too much or for too long. Said once.
    ShutdownWrite,
    /// Close the socket now, and say so with [`Engine::handle_closed`].
    Close,
}

/// The engine, generic over the handlers that it calls. One thread owns it; nothing in it
/// blocks. An id that is gone is harmless in every call.
///
/// The shell's turn for one connection: if [`wants_read`](Self::wants_read), put
/// [`carry`](Self::carry) in front of the read buffer, read behind it,
/// [`handle_received`](Self::handle_received); write [`outbound`](Self::outbound),
/// [`handle_written`](Self::handle_written); do what [`poll_next`](Self::poll_next) says.
/// Between turns: [`poll_touched`](Self::poll_touched) until it is empty, and
/// [`handle_due`](Self::handle_due) when [`poll_wake`](Self::poll_wake) is reached.
pub struct Engine<H: Handlers> {
    desk: Desk<H>,
    connections: Slots<Connection>,
    /// Connections that something outside their own turn changed.
    touched: VecDeque<ConnectionId>,
}

impl<H: Handlers> Engine<H> {
    /// An engine without routes, plugins or connections. `version` is what INFO says.
    pub fn new(handlers: H, limits: Limits, version: &str) -> Self {
        Self {
            desk: Desk::new(handlers, limits, version),
            connections: Slots::new(),
            touched: VecDeque::new(),
        }
    }

    /// The handlers that the engine calls.
    pub const fn handlers(&self) -> &H {
        &self.desk.handlers
    }

    /// The handlers that the engine calls.
    pub const fn handlers_mut(&mut self) -> &mut H {
        &mut self.desk.handlers
    }

    /// A turn of one connection; `None` if it is gone.
    #[inline]
    fn turn(&mut self, id: ConnectionId, now: Moment) -> Option<Turn<'_, H>> {
        self.desk.latest = now;
        let connection = self.connections.at_mut(id.0)?;
        Some(Turn { id, connection, desk: &mut self.desk, now, straight_until: 0, sealed_until: 0 })
    }

    /// Has the shell give a connection a turn.
    fn touch(&mut self, id: ConnectionId) {
        if let Some(connection) = self.connections.at_mut(id.0)
            && !connection.touched
        {
            connection.touched = true;
            self.touched.push_back(id);
        }
    }
}
