//! The core of the loop: owns what on the loop thread others than the loop may look at and act on.

use std::collections::HashMap;
use std::io;
use std::sync::Arc;

use hotframe_core::{ConnectionId, Engine, Moment, SessionView, Sources};
use mio::{Registry, Token};

use super::budget::Budget;
use super::lag::Lag;
use super::listeners::{Arrival, Listeners};
use super::peer::Peer;
use super::sockets::{Socket, Sockets};
use super::sources::Source;
use super::stopwatch::Stopwatch;
use crate::plugins::{Host, Introduction};

/// Everything on the loop thread that a [`Steward`](super::steward::Steward) may look at and act
/// on.
pub struct LoopCore {
    /// The engine and, in it, the plugins.
    pub engine: Engine<Host>,
    /// The connected peers.
    pub sockets: Sockets,
    /// Who listens.
    pub listeners: Listeners,
    /// How many connections each source has.
    pub sources: Sources<Source>,
    /// Who was turned away since the log was told: one connection too many of its source.
    pub turned_away: Vec<Peer>,
    /// How long the rounds take.
    pub lag: Lag,
    /// Which turns of the round held it.
    pub stopwatch: Stopwatch,
    /// What a turn may read.
    pub(super) budget: Budget,
    /// This round's time.
    pub now: Moment,
    registry: Registry,
    pub(super) stop: Stop,
}

/// How far the end of the server is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stop {
    NotAsked,
    /// Nobody new is let in; who is here is served until they leave, or until then.
    Draining(Moment),
    Asked,
    UnderWay,
    /// As under way, and the loop goes on although nobody is connected any more.
    Held,
    /// Nobody is waited for any more.
    Forced,
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
        let (sources, turned_away, budget) = (Sources::default(), Vec::new(), Budget::default());
        Self {
            engine,
            sockets,
            listeners,
            sources,
            turned_away,
            lag,
            stopwatch: Stopwatch::default(),
            budget,
            now,
            registry,
            stop,
        }
    }

    /// Starts to accept connections.
    ///
    /// # Errors
    /// What the operating system says.
    pub fn open_doors(&mut self) -> io::Result<()> {
        self.listeners.register(&self.registry)
    }

    /// Bounds the connections of each source; whoever is above the bound stays.
    pub fn set_max_per_source(&mut self, most: Option<u32>) {
        self.sources.set_most(most, self.sockets.iter().map(|socket| socket.peer.into()));
    }

    /// Asks for a stop: what is owed is answered, then the loop ends.
    pub fn ask_stop(&mut self) {
        if matches!(self.stop, Stop::NotAsked | Stop::Draining(_)) {
            self.stop = Stop::Asked;
        }
    }

    /// A signal asks for a stop. The next one after it says that nobody is to be waited for.
    pub(super) fn insist(&mut self) {
        if matches!(self.stop, Stop::UnderWay | Stop::Held) {
            log::warn!("told to stop once more: nobody is waited for any more");
            self.stop = Stop::Forced;
            self.engine.handle_forced(self.now);
        }
        self.ask_stop();
    }

    /// Whether the end was forced.
    #[must_use]
    pub fn is_forced(&self) -> bool {
        self.stop == Stop::Forced
    }

    /// Whether requests are refused from now on.
    #[must_use]
    pub const fn is_ending(&self) -> bool {
        matches!(self.stop, Stop::UnderWay | Stop::Held | Stop::Forced)
    }

    /// Has an end that is under way wait for something else than connections, or not any more.
    pub fn hold_end(&mut self, is_held: bool) {
        self.stop = match (self.stop, is_held) {
            (Stop::UnderWay, true) => Stop::Held,
            (Stop::Held, false) => Stop::UnderWay,
            (stop, _) => stop,
        };
    }

    /// Lets nobody new in, and asks for a stop when everybody has left, `until` then at most. Of
    /// two such wishes the earlier moment counts.
    pub fn ask_drain(&mut self, until: Moment) {
        self.stop = match self.stop {
            Stop::NotAsked => {
                self.close_doors();
                Stop::Draining(until)
            }
            Stop::Draining(before) => Stop::Draining(until.min(before)),
            stop => stop,
        };
    }

    /// A drain comes to its end when nobody is left, or its time is over.
    pub(super) fn judge_drain(&mut self) {
        if let Stop::Draining(until) = self.stop
            && (until <= self.now || self.engine.connections().next().is_none())
        {
            self.stop = Stop::Asked;
        }
    }

    /// When a drain is over at the latest.
    pub(super) const fn drain_end(&self) -> Option<Moment> {
        match self.stop {
            Stop::Draining(until) => Some(until),
            _ => None,
        }
    }

    /// Lets nobody in any more but those who wait already.
    pub(super) fn close_doors(&mut self) {
        let mut last = Vec::new();
        self.listeners.close(|arrival| last.push(arrival));
        for arrival in last {
            self.take_in(arrival);
        }
    }

    /// Whether the server is on its way out.
    #[must_use]
    pub fn is_stopping(&self) -> bool {
        self.stop != Stop::NotAsked
    }

    /// Whoever's time is over, and who has nothing more to get, comes behind those who ask for
    /// little: that may be thousands at once, and it takes the kernel long to let one go with much
    /// that is unread.
    pub(super) fn puts_off(&mut self, id: ConnectionId) -> bool {
        let is_over = self.engine.outbound(id).is_empty();
        if is_over {
            self.sockets.make_second(id);
        }
        is_over
    }

    /// A round of the loop, with so many turns, is over.
    pub(super) fn handle_round(&mut self, from: Moment, to: Moment, turns: u32) {
        self.lag.record(from, to);
        let took = to.since(from);
        self.budget.handle_round(took, turns);
        self.engine.handle_round(took, to);
    }

    /// Lets a peer in, if the engine does.
    pub(super) fn take_in(&mut self, arrival: Arrival) {
        let Arrival { mut stream, peer, listener, profile } = arrival;
        // Lines are as many as the configuration names.
        if peer != Peer::Line && !self.sources.admit(peer.into()) {
            self.turned_away.push(peer);
            return;
        }
        let Some(id) = self.engine.handle_accepted(profile, self.now) else {
            self.sources.leave(peer.into());
            return;
        };
        if let Err(error) = stream.register(&self.registry, token(id)) {
            log::warn!("a connection from {peer} was closed: {error}");
            self.engine.handle_lost(id, self.now);
            self.engine.handle_closed(id, self.now);
            self.sources.leave(peer.into());
            return;
        }
        if self.engine.handlers().greets() {
            let introduction = Introduction::new(id, &peer, self.listener(listener));
            self.engine.handlers_mut().greet(introduction);
        }
        self.sockets.insert(Socket::new(id, stream, peer, listener));
    }

    /// Introduces everybody who is connected to the plugins, if one wants that.
    pub fn introduce(&mut self) {
        if !self.engine.handlers().misses_peers() {
            return;
        }
        let sessions = self.engine.sessions();
        let online =
            |view: SessionView<'_>| Some((view.connection?, (view.id, view.client.into())));
        let mut sessions: HashMap<_, (_, Arc<str>)> = sessions.filter_map(online).collect();
        let introductions: Vec<_> = self
            .sockets
            .iter()
            .map(|socket| {
                let listener = self.listener(socket.listener);
                let introduction = Introduction::new(socket.id, &socket.peer, listener);
                introduction.with_session(sessions.remove(&socket.id))
            })
            .collect();
        self.engine.handlers_mut().meet(introductions.into_iter());
    }

    /// Where a connection came in.
    fn listener(&self, index: u16) -> Arc<str> {
        let endpoint = self.listeners.endpoints().nth(usize::from(index));
        endpoint.map_or_else(|| "".into(), |endpoint| endpoint.to_string().into())
    }

    /// Lets a connection go.
    pub(super) fn close(&mut self, id: ConnectionId) {
        if let Some(socket) = self.sockets.remove(id) {
            self.sources.leave(socket.peer.into());
        }
        self.engine.handle_closed(id, self.now);
    }
}

fn token(id: ConnectionId) -> Token {
    // Tokens are as wide as ids on the 64-bit machines that plugins are built for.
    Token(usize::try_from(id.to_bits()).unwrap_or(usize::MAX))
}
