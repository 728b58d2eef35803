//! Owns what a plugin hands to the loop for peers: frames to push, connections to close.
use std::time::Duration;

use hotframe_core::{ConnectionId, Engine, Push, SessionId};
use hotframe_plugin_api::abi::{hf_ask, hf_conn, hf_session};

use super::host::Host;

/// So many may wait for the loop.
pub(super) const MOST: usize = 16_384;

/// One thing for one or more peers.
#[derive(Debug)]
pub(super) struct Parcel {
    /// Who sends it.
    pub generation: u64,
    pub to: To,
    pub content: Content,
}

/// To whom it goes. Who that is, is looked up when it is delivered.
#[derive(Debug)]
pub(super) enum To {
    Connection(hf_conn),
    Session(hf_session),
    Client(Box<str>),
    /// Those whose names begin so.
    Clients(Box<str>),
    All,
}

/// What it is.
#[derive(Debug)]
pub(super) enum Content {
    Event(Frame),
    Request(Frame, hf_ask, Duration),
    /// The connection is to be closed.
    Farewell,
}

/// A frame, its data copied.
#[derive(Debug)]
pub(super) struct Frame {
    pub address: u8,
    pub number: u16,
    pub ahead: bool,
    pub data: Box<[u8]>,
}

impl Frame {
    /// As the engine takes it.
    pub fn as_push(&self) -> Push<'_> {
        let Self { address, number, ahead, data } = self;
        Push { address: *address, number: *number, data, ahead: *ahead }
    }
}

impl Parcel {
    /// Whether it is an event, which may go to many.
    pub const fn is_event(&self) -> bool {
        matches!(self.content, Content::Event(_))
    }
}

impl To {
    /// The one connection that is meant, if it is one and there.
    pub fn one(&self, engine: &Engine<Host>) -> Option<ConnectionId> {
        match self {
            Self::Connection(conn) => ConnectionId::from_bits(*conn),
            Self::Session(session) => engine.holder_of(SessionId::from_bits(*session)?),
            Self::Client(client) => engine.session_of(client)?.connection,
            Self::Clients(_) | Self::All => None,
        }
    }

    /// Every connection that is meant.
    pub fn every(&self, engine: &Engine<Host>) -> Vec<ConnectionId> {
        match self {
            Self::Clients(prefix) => engine.holders_with(prefix).collect(),
            Self::All => engine.connections().map(|view| view.id).collect(),
            _ => self.one(engine).into_iter().collect(),
        }
    }
}
