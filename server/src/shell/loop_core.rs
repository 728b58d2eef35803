//! The core of the loop: owns what on the loop thread others than the loop may look at and act on.

use std::io;

use hotframe_core::{ConnectionId, Engine, Moment};
use mio::{Registry, Token};

use super::lag::Lag;
use super::listeners::{Arrival, Listeners};
use super::sockets::{Socket, Sockets};
use crate::plugins::Host;

/// Everything on the loop thread that a [`Steward`](super::steward::Steward) may look at and act
/// on.
pub struct LoopCore {
    /// The engine and, in it, the plugins.
    pub engine: Engine<Host>,
    /// The connected peers.
    pub sockets: Sockets,
    /// Who listens.
    pub listeners: Listeners,
    /// How long the rounds take.
    pub lag: Lag,
    /// This round's time.
    pub now: Moment,
    registry: Registry,
    pub(super) stop: Stop,
}

/// How far the end of the server is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stop {
    NotAsked,
    Asked,
    UnderWay,
}

impl LoopCore {
    /// Nobody is connected, and nobody listens yet.
    pub(super) fn new(
        engine: Engine<Host>,
        listeners: Listeners,
        registry: Registry,
        now: Moment,
    ) -> Self {
        let (sockets, lag, stop) = (Sockets::default(), Lag::new(now), Stop::NotAsked);
        Self { engine, sockets, listeners, lag, now, registry, stop }
    }

    /// Starts to accept connections.
    ///
    /// # Errors
    /// What the operating system says.
    pub fn open_doors(&mut self) -> io::Result<()> {
        self.listeners.register(&self.registry)
    }

    /// Asks for a stop: what is owed is answered, then the loop ends.
    pub fn ask_stop(&mut self) {
        if self.stop == Stop::NotAsked {
            self.stop = Stop::Asked;
        }
    }

    /// Whether the server is on its way out.
    #[must_use]
    pub fn is_stopping(&self) -> bool {
        self.stop != Stop::NotAsked
    }

    /// Lets a peer in, if the engine does.
    pub(super) fn take_in(&mut self, arrival: Arrival) {
        let Arrival { mut stream, peer, listener, profile } = arrival;
        let Some(id) = self.engine.handle_accepted(profile, self.now) else {
            return;
        };
        if let Err(error) = stream.register(&self.registry, token(id)) {
            log::warn!("a connection from {peer} was closed: {error}");
            self.engine.handle_lost(id, self.now);
            self.engine.handle_closed(id, self.now);
            return;
        }
        self.sockets.insert(Socket::new(id, stream, peer, listener));
    }

    /// Lets a connection go.
    pub(super) fn close(&mut self, id: ConnectionId) {
        drop(self.sockets.remove(id));
        self.engine.handle_closed(id, self.now);
    }
}

fn token(id: ConnectionId) -> Token {
    // Tokens are as wide as ids on the 64-bit machines that plugins are built for.
    Token(usize::try_from(id.to_bits()).unwrap_or(usize::MAX))
}
