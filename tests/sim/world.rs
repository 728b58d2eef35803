//! The world of one run: the engine, its shadow, the peers, and a clock that is only a number.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fmt::Arguments;
use std::time::Duration;

use hotframe_core::{
    ConnectionId, Engine, GenerationId, Limits, Moment, PeerAnswer, Sources, Token,
};
use hotframe_protocol::Command;

use crate::clients::Clients;
use crate::credentials::Guard;
use crate::odds::Odds;
use crate::peer::Peer;
use crate::plant::{Plant, Subject};
use crate::plugins::{PLUGINS, Plugins};
use crate::questions::Asked;
use crate::retries::Wait;
use crate::rng::Rng;
use crate::routing::Routing;
use crate::shadow::Shadow;
use crate::sightings::Eyes;

/// A deferred request or event that may still be answered.
#[derive(Clone, Copy, Debug)]
pub struct Promise {
    pub connection: ConnectionId,
    pub instance: u32,
    pub deadline: Moment,
    /// What was asked; `None` for an event, which gets no answer.
    pub request: Option<Command>,
}

/// A generation that was staged, and is not retired yet.
#[derive(Clone, Copy, Debug)]
pub struct Copy {
    pub plugin: usize,
    pub instance: u32,
    /// While it drains or is benched: until when.
    pub until: Option<Moment>,
    /// Whether it may be called again.
    pub benched: bool,
}

/// What must stand in the engine's counters at the end.
#[derive(Default, PartialEq, Eq, Debug)]
pub struct Ledger {
    pub frames_in: u64,
    pub frames_out: u64,
    pub errors_out: u64,
    pub errors_kept: u64,
    pub events_in: u64,
    pub replies_dropped: u64,
    pub over_rate: u64,
    pub barred: u64,
    pub shed: u64,
    pub probes: u64,
    pub probes_answered: u64,
    pub pushed: u64,
    pub answers_in: u64,
    pub bytes_in: u64,
    pub bytes_out: u64,
    pub accepted: u64,
    pub refused: u64,
    pub completed: u64,
    pub retries: u64,
    pub stale: u64,
    pub lost_sync: u64,
    pub retired: u64,
    pub bequeathed: u64,
    pub forsaken: u64,
    /// Whether the errors that were not sent cannot be known exactly.
    pub unsure_kept: bool,
    /// Whether the frames and errors that went out cannot be known exactly.
    pub unsure: bool,
}

/// Everything of one run.
pub struct World {
    pub rng: Rng,
    pub odds: Odds,
    pub now: Moment,
    pub subject: Subject,
    pub peers: BTreeMap<ConnectionId, Peer>,
    pub shadows: BTreeMap<ConnectionId, Shadow>,
    pub sources: Sources<u8>,
    /// The most connections of one source, and how many were one too many.
    pub most_per_source: Option<u32>,
    pub turned_away: u64,
    /// Connections that came, and those that came since somebody else has the listeners.
    pub arrived: u64,
    pub at_the_door: u64,
    /// Those whose input is read before deadlines are judged, while that goes on.
    pub heard_now: BTreeSet<ConnectionId>,
    /// Those that kept something when all kept too much.
    pub crowd: BTreeSet<ConnectionId>,
    /// Whether somebody may be let go so by the deadlines that are judged now.
    pub is_crowded: bool,
    /// Nobody comes any more.
    pub is_draining: bool,
    /// Connections that want a turn.
    pub ready: BTreeSet<ConnectionId>,
    pub routing: Routing,
    pub clients: Clients,
    pub guard: Guard,
    /// Connections whose claims were fetched.
    pub claims: VecDeque<ConnectionId>,
    pub copies: BTreeMap<GenerationId, Copy>,
    pub promises: BTreeMap<Token, Promise>,
    /// What another try of a deferred request needs.
    pub kept: BTreeMap<Token, Wait>,
    /// Requests that are tried again later.
    pub waits: Vec<Wait>,
    /// Tokens that are used up.
    pub used: Vec<Token>,
    /// Tokens that became void, with the instance that took them, of which so far only one of
    /// engine and shadow knows.
    pub cancelled: BTreeMap<Token, u32>,
    /// Answers to questions that frames brought, and that the engine has still to tell.
    pub heard: BTreeMap<u64, (GenerationId, PeerAnswer)>,
    /// What was asked of connections that are over, until the checks have come to it.
    pub left: Vec<Asked>,
    /// The number of the newest question.
    pub ticket: u64,
    pub ledger: Ledger,
    pub eyes: Eyes,
    pub limits: Limits,
    /// The most bytes owed and requests in flight that any limits so far allowed.
    pub widest: (usize, usize),
    /// The shortest frame, write and probe timeouts that were ever in force.
    pub shortest: (Duration, Duration, Duration),
    pub instances: u32,
    pub nonce: u32,
    pub step: usize,
    talk: bool,
}

impl World {
    pub fn new(mut rng: Rng, plant: Plant, talk: bool) -> Self {
        let odds = Odds::new(&mut rng);
        let plugins = Plugins::new(rng.next(), odds.outcomes, plant);
        let limits = odds.limits.clone();
        let now = Moment::from_nanos(rng.next() >> 20);
        Self {
            now,
            subject: Subject { engine: Engine::new(plugins, plant.limits(&limits), "sim"), plant },
            rng,
            peers: BTreeMap::new(),
            shadows: BTreeMap::new(),
            sources: Sources::default(),
            most_per_source: None,
            turned_away: 0,
            arrived: 0,
            at_the_door: 0,
            crowd: BTreeSet::new(),
            is_crowded: false,
            is_draining: false,
            heard_now: BTreeSet::new(),
            ready: BTreeSet::new(),
            routing: Routing::default(),
            clients: Clients::default(),
            guard: Guard::Open,
            claims: VecDeque::new(),
            copies: BTreeMap::new(),
            promises: BTreeMap::new(),
            kept: BTreeMap::new(),
            waits: Vec::new(),
            used: Vec::new(),
            cancelled: BTreeMap::new(),
            heard: BTreeMap::new(),
            left: Vec::new(),
            ticket: 0,
            ledger: Ledger::default(),
            eyes: Eyes::default(),
            widest: (limits.most_outbound(), limits.max_in_flight),
            shortest: (limits.frame_timeout, limits.write_timeout, limits.heartbeat.probe_timeout),
            limits,
            odds,
            instances: 0,
            nonce: 0,
            step: 0,
            talk,
        }
    }

    /// Says what happens, in a run that is replayed.
    pub fn say(&self, what: Arguments<'_>) {
        if self.talk {
            eprintln!("{:5} {:>16} {what}", self.step, self.now.as_nanos());
        }
    }

    /// The generation of `plugin` that takes new requests.
    pub fn active(&self, plugin: usize) -> Option<GenerationId> {
        let instance = self.routing.active[plugin]?;
        let copies = self.copies.iter();
        copies.filter(|(_, copy)| copy.instance == instance).map(|(id, _)| *id).next()
    }

    /// The generation of `plugin` that may be called again.
    pub fn benched(&self, plugin: usize) -> Option<GenerationId> {
        let mut copies = self.copies.iter();
        copies.find(|(_, copy)| copy.plugin == plugin && copy.benched).map(|(id, _)| *id)
    }

    /// Loads a copy of `plugin`.
    pub fn stage(&mut self, plugin: usize) -> GenerationId {
        self.instances += 1;
        let entries = Plugins::entries(plugin, self.instances);
        let id = self.subject.engine.stage(PLUGINS[plugin], entries);
        let copy = Copy { plugin, instance: self.instances, until: None, benched: false };
        assert!(self.copies.insert(id, copy).is_none(), "{id} is new");
        id
    }

    /// A random connection.
    pub fn any_connection(&mut self) -> Option<ConnectionId> {
        let all: Vec<_> = self.peers.keys().copied().collect();
        (!all.is_empty()).then(|| self.rng.pick(&all))
    }

    /// A random good token.
    pub fn any_promise(&mut self) -> Option<Token> {
        let all: Vec<_> = self.promises.keys().copied().collect();
        (!all.is_empty()).then(|| self.rng.pick(&all))
    }
}
