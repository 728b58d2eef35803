//! Connections come, end and go.

use crate::connection::Connection;
use crate::{CloseReason, ConnectionId, Engine, Handlers, Moment, Notice, PeerNews, Profile};

impl<H: Handlers> Engine<H> {
    /// A peer wants to connect. `None`: it is not let in, because as many connections as
    /// allowed are there or the server shuts down; the shell closes its socket.
    pub fn handle_accepted(&mut self, profile: Profile, now: Moment) -> Option<ConnectionId> {
        self.desk.latest = now;
        let full = self.connections.len() >= self.desk.limits.max_connections;
        let id = match self.desk.closing_since {
            None if !full => self.connections.insert(Connection::new(profile, now)),
            _ => None,
        };
        match id {
            Some(_) => self.desk.counters.accepted += 1,
            None => {
                self.desk.counters.refused += 1;
                self.desk.notify(Notice::Refused);
            }
        }
        let id = ConnectionId(id?);
        if let Some(mut turn) = self.turn(id, now) {
            turn.arm();
        }
        self.desk.handlers.hear(&PeerNews::Opened { connection: id });
        Some(id)
    }

    /// The socket failed: the connection is gone, and nothing can be sent any more. Its id is
    /// gone, too.
    pub fn handle_lost(&mut self, id: ConnectionId, now: Moment) {
        self.remove(id, now);
    }

    /// The shell has closed the socket. The connection and its id are gone.
    pub fn handle_closed(&mut self, id: ConnectionId, now: Moment) {
        self.remove(id, now);
    }

    fn remove(&mut self, id: ConnectionId, now: Moment) {
        self.desk.latest = now;
        self.cut_off(id, CloseReason::Lost);
        if let Some(connection) = self.connections.remove(id.0) {
            self.desk.deadlines.void(connection.armed);
            let reason = connection.reason();
            self.desk.count_closed(id, reason);
            self.desk.handlers.hear(&PeerNews::Closed { connection: id, reason });
            self.sweep_deadlines();
        }
    }

    /// Condemns a connection for `reason`, unless it has already come to its end.
    pub(super) fn cut_off(&mut self, id: ConnectionId, reason: CloseReason) {
        if let Some(mut turn) = self.turn(id, self.desk.latest) {
            turn.cut_off(reason);
            self.touch(id);
        }
    }
}
