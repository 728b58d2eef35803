//! Peers: who is connected, and what a plugin is told of them.

use crate::abi::{
    HF_CONN_CLOSED, HF_CONN_PRESENT, HF_SESSION_DOWN, HF_SESSION_PRESENT, HF_SESSION_RESUMED,
    HF_SESSION_TAKEN_OVER, hf_ask, hf_conn_info, hf_session, table_size,
};
use crate::{ConnectionId, Plugin};

/// What a plugin wants to hear of its peers, for one that names `extensions: [peers]` in
/// [`plugin!`](crate::plugin!). What it does not need it leaves out. Called between two turns of
/// the server, in the order in which things happened. A new instance is first told who is present.
pub trait Peers: Plugin {
    /// Something happened to a connection.
    fn on_connection(&mut self, event: ConnectionEvent, connection: &ConnectionInfo) {
        let _ = (event, connection);
    }

    /// Something happened to a client that said HELLO.
    fn on_session(&mut self, event: SessionEvent, session: &Session<'_>) {
        let _ = (event, session);
    }

    /// What became of a request that [`Host::ask`](crate::Host::ask) has pushed; once for each.
    fn on_answer(&mut self, ask: AskId, answer: Result<&[u8], NoAnswer<'_>>) {
        let _ = (ask, answer);
    }

    /// An event of that command was dropped at a connection, because its peer reads too slowly. A
    /// push to many is told of for each of them. Push less to it, or close it.
    fn on_push_refused(&mut self, connection: ConnectionId, number: u16) {
        let _ = (connection, number);
    }
}

/// Which pushed request. Never given twice by one server.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct AskId(pub(crate) hf_ask);

/// Which client's session: the number that HELLO is answered with. Never given twice.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct SessionId(pub(crate) hf_session);

impl SessionId {
    /// The session of a number that [`SessionId::to_bits`] gave.
    pub const fn from_bits(bits: u64) -> Self {
        Self(bits)
    }

    /// As a number, for a log or a table.
    pub const fn to_bits(self) -> u64 {
        self.0
    }
}

/// What happened to a connection.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ConnectionEvent {
    /// It was there before this instance.
    Present,
    /// It was let in.
    Opened,
    /// It is gone.
    Closed,
}

impl ConnectionEvent {
    pub(crate) fn of(what: u32) -> Self {
        match what {
            HF_CONN_PRESENT => Self::Present,
            HF_CONN_CLOSED => Self::Closed,
            _ => Self::Opened,
        }
    }
}

/// What happened to a client.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SessionEvent {
    /// It was online before this instance.
    Present,
    /// It has a new session.
    Up,
    /// It was offline, and is back.
    Resumed,
    /// It is on another connection than before, which is about to close.
    TakenOver,
    /// It is offline; its session is kept for a while.
    Down,
}

impl SessionEvent {
    pub(crate) fn of(what: u32) -> Self {
        match what {
            HF_SESSION_PRESENT => Self::Present,
            HF_SESSION_RESUMED => Self::Resumed,
            HF_SESSION_TAKEN_OVER => Self::TakenOver,
            HF_SESSION_DOWN => Self::Down,
            _ => Self::Up,
        }
    }

    /// Whether the client is online after it.
    pub fn is_online(self) -> bool {
        self != Self::Down
    }
}

/// A client that said HELLO.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Session<'a> {
    /// Its session.
    pub id: SessionId,
    /// The connection that has it now, or had it last.
    pub connection: ConnectionId,
    /// What the client calls itself.
    pub client: &'a str,
}

/// Why a pushed request has no reply.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum NoAnswer<'a> {
    /// The peer answered with an error.
    Error {
        /// Its status code; 0 if it has none.
        code: u16,
        /// Its text, as it came.
        text: &'a [u8],
    },
    /// The peer did not answer in time.
    TimedOut,
    /// There is no such connection or client, or it was gone before the answer.
    Gone,
    /// It was not sent: too much waits for that connection.
    Busy,
}

/// What is known of a connection.
#[derive(Clone, Debug)]
pub struct ConnectionInfo(hf_conn_info);

impl ConnectionInfo {
    /// Which one.
    pub fn id(&self) -> ConnectionId {
        ConnectionId::from_bits(self.0.conn)
    }

    /// Who is at the other end: `192.0.2.7:50123`, `unix`.
    pub fn peer(&self) -> &str {
        text(&self.0.peer, self.0.peer_len)
    }

    /// Where it came in: `tcp://127.0.0.1:7400`.
    pub fn listener(&self) -> &str {
        text(&self.0.listener, self.0.listener_len)
    }

    /// Its session; `None` while it has not said HELLO.
    pub fn session(&self) -> Option<SessionId> {
        (self.0.session != 0).then_some(SessionId(self.0.session))
    }

    /// What its client calls itself; `None` while it has not said HELLO.
    pub fn client(&self) -> Option<&str> {
        let client = text(&self.0.client, self.0.client_len);
        (!client.is_empty()).then_some(client)
    }

    /// One of nobody, to be filled in by a host.
    pub(crate) fn blank() -> hf_conn_info {
        hf_conn_info {
            size: table_size::<hf_conn_info>(),
            peer_len: 0,
            listener_len: 0,
            client_len: 0,
            reserved: 0,
            conn: 0,
            session: 0,
            peer: [0; 64],
            listener: [0; 128],
            client: [0; 64],
        }
    }

    pub(crate) const fn from_raw(raw: hf_conn_info) -> Self {
        Self(raw)
    }
}

/// The UTF-8 text at the start of `room`.
fn text(room: &[u8], len: u8) -> &str {
    let bytes = room.get(..usize::from(len)).unwrap_or(room);
    match core::str::from_utf8(bytes) {
        Ok(text) => text,
        // Cut by the host in the middle of a character.
        Err(error) => core::str::from_utf8(&bytes[..error.valid_up_to()]).unwrap_or_default(),
    }
}
