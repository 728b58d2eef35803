//! Views: what the control socket and the log may see of the engine.

use crate::generations::HandlerEntry;
use crate::{ConnectionId, GenerationId, Moment, RouteKey, SessionId};

/// How far a connection is in its life.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum ConnectionState {
    /// It is served.
    Active,
    /// It was silent for a while, and is asked for a sign of life.
    Idle,
    /// It gave no sign of life, and is about to be closed.
    Unresponsive,
    /// It takes no more requests; what is owed is sent, then it closes.
    Draining,
}

/// One connection.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ConnectionView {
    /// Which one.
    pub id: ConnectionId,
    /// How far it is in its life.
    pub state: ConnectionState,
    /// The session that it has: it said HELLO, and is open.
    pub session: Option<SessionId>,
    /// When it was let in.
    pub accepted: Moment,
    /// When bytes last arrived; at first when it was let in. Moved on while it is not read.
    pub last_received: Moment,
    /// Good frames that it sent.
    pub frames_in: u64,
    /// Replies, errors and probes that were made for it.
    pub frames_out: u64,
    /// Requests and events that a handler put off and has not answered.
    pub in_flight: u32,
    /// Bytes that wait for the peer or are held back for order.
    pub outbound_bytes: usize,
    /// The memory in which it keeps them, and requests that are not whole or not taken yet.
    pub buffered_bytes: usize,
}

/// One client that said HELLO.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SessionView<'a> {
    /// Which one: the number that HELLO answers.
    pub id: SessionId,
    /// What the client calls itself.
    pub client: &'a str,
    /// The connection that has it; `None` while it is offline.
    pub connection: Option<ConnectionId>,
    /// When the client said HELLO first.
    pub opened: Moment,
    /// Since when it is offline; `None` while it is not.
    pub left: Option<Moment>,
    /// When the client was last heard.
    pub last_received: Moment,
    /// How often another connection took it up again.
    pub resumed: u32,
}

/// Whether a route leads to a handler.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum RouteState {
    /// It does.
    Ok,
    /// Its plugin is not active, or has no such handler: 2005.
    Missing,
    /// The operator turned it off: 1004.
    Disabled,
}

/// One route.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RouteView<'a> {
    /// Which commands take it.
    pub command: RouteKey,
    /// `plugin.handler`.
    pub handler: &'a str,
    /// Whether it leads there.
    pub state: RouteState,
    /// Calls of the handler by this route.
    pub calls: u64,
    /// Requests of this route that were answered with an error.
    pub errors: u64,
}

/// How far a generation is in its life.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum GenerationState {
    /// Loaded, not called yet.
    Staged,
    /// All new requests of its plugin are its.
    Active,
    /// Replaced, and not called; it can be called again with
    /// [`reinstate`](crate::Engine::reinstate).
    Benched,
    /// Replaced or withdrawn; it has still to answer what it deferred.
    Draining,
    /// It owes nothing and waits to be fetched by
    /// [`poll_retired`](crate::Engine::poll_retired).
    Retired,
}

/// One generation.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct GenerationView<'a, C> {
    /// Which one.
    pub id: GenerationId,
    /// Whose copy.
    pub plugin: &'a str,
    /// How far it is in its life.
    pub state: GenerationState,
    /// What it offers.
    pub handlers: &'a [HandlerEntry<C>],
    /// Calls of its handlers.
    pub calls: u64,
    /// Calls that failed or were not answered in time.
    pub errors: u64,
    /// Those of them that the client has no part in: status 2000 to 2999.
    pub faults: u64,
    /// Requests and events that it put off and has not answered.
    pub in_flight: u32,
    /// Requests that it pushed and whose answers it waits for.
    pub asked: u32,
}
