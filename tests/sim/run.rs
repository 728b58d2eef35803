//! One run from one seed: a world is set up, things happen to it, and at the end all faults
//! stop and everything owed must come.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use hotframe_core::{Counters, GenerationState};

use crate::heir::Heir;
use crate::plant::Plant;
use crate::plugins::PLUGINS;
use crate::rng::Rng;
use crate::world::{Ledger, World};

/// What came of a run.
pub struct Tale {
    /// What the engine counted.
    pub counters: Counters,
    /// Connections that were one too many of their source.
    pub turned_away: u64,
    /// Connections that another server had taken over when they came.
    pub passed_on: u64,
}

/// The run of `seed`: `steps` actions and the end, and what came of it; `None` if something
/// did not hold, and then the panic has said what.
pub fn run(seed: u64, steps: usize, plant: Plant, talk: bool) -> Option<Tale> {
    catch_unwind(AssertUnwindSafe(|| live(Rng::new(seed), steps, plant, talk))).ok()
}

/// The same with these choices; panics if something does not hold.
pub fn live(rng: Rng, steps: usize, plant: Plant, talk: bool) -> Tale {
    let mut world = World::new(rng, plant, talk);
    let mut heir = None;
    world.open();
    for _ in 0..steps {
        world.act();
    }
    if world.odds.shutdown {
        // At any moment, maybe after a drain, in which another server has the listeners.
        world.is_draining = world.rng.chance(30);
        heir = world.is_draining.then(|| Heir::of(&world));
        for _ in 0..world.rng.below(steps / 4 + 1) {
            world.act();
            heir.iter_mut().for_each(|heir| heir.act(&mut world));
        }
        world.shut_down();
        let forced = world.rng.chance(20);
        for _ in 0..if forced { world.rng.below(steps / 4 + 1) } else { steps / 4 } {
            world.act();
            heir.iter_mut().for_each(|heir| heir.act(&mut world));
        }
        if forced {
            world.force();
        }
    }
    world.end();
    let passed_on = heir.map_or(0, |heir| heir.end(&world));
    let counters = world.subject.engine.counters().clone();
    Tale { counters, turned_away: world.turned_away, passed_on }
}

impl World {
    /// Plugins and routes are there, and somebody comes.
    pub fn open(&mut self) {
        for plugin in 0..PLUGINS.len() {
            if self.rng.chance(95) {
                let id = self.stage(plugin);
                self.activate(id);
            }
        }
        self.remap();
        self.connect();
    }

    fn shut_down(&mut self) {
        self.say(format_args!("the server shuts down"));
        self.routing.closing = true;
        self.subject.engine.handle_shutdown(self.now);
        self.check();
        self.fetch_touched();
    }

    /// Nobody is waited for any more: every connection is cut off.
    fn force(&mut self) {
        self.say(format_args!("the end is forced"));
        self.subject.engine.handle_forced(self.now);
        let ids: Vec<_> = self.peers.keys().copied().collect();
        for id in &ids {
            self.shadows.get_mut(id).expect("a connection has a shadow").cut = true;
            self.drop_promises(*id);
        }
        self.check();
        for id in ids {
            self.turn(id);
        }
        assert!(self.peers.is_empty() && self.subject.engine.is_drained(), "all are cut off");
        self.check();
    }

    /// Faults stop: everybody reads, every handler answers, and nothing is left in the end.
    pub fn end(&mut self) {
        self.say(format_args!("faults stop"));
        self.subject.engine.handlers_mut().calm();
        for (id, peer) in &mut self.peers {
            peer.stalled = false;
            peer.window = usize::MAX;
            if peer.blocked || peer.is_readable() {
                self.ready.insert(*id);
            }
        }
        self.come_to_rest();
        self.check_all_served();
        self.check_kept();
        let _they_have_asked = self.check_retired_all();
        for (id, peer) in &mut self.peers {
            peer.fin = true;
            self.ready.insert(*id);
        }
        self.come_to_rest();
        assert!(self.peers.is_empty(), "{:?} did not close", self.peers.keys());
        self.fetch_retired();
        assert_eq!(self.check_retired_all(), 0, "nobody is left to be asked");
        assert!(self.cancelled.is_empty(), "{:?} are void for one only", self.cancelled);
        assert_eq!(self.subject.engine.is_drained(), self.routing.closing);
        assert!(self.sources.is_empty(), "nobody is there: no source has anybody");
        assert_eq!(self.sources.refused(), self.turned_away);
        self.check_ledger();
        self.check_sightings();
        self.check_wakes();
    }

    /// Turns and answers until nothing wants a turn and nothing is to be answered.
    fn come_to_rest(&mut self) {
        for round in 0.. {
            assert!(round < 10_000, "the world comes to rest");
            if let Some(id) = self.ready.iter().next().copied() {
                self.turn(id);
            } else if let Some(token) = self.promises.keys().next().copied() {
                self.complete(token);
                self.fetch_touched();
            } else if self.shadows.values().any(|shadow| shadow.claim.is_some()) {
                self.judge_one();
                self.fetch_touched();
            } else if let Some(due) = self.waits.iter().map(|wait| wait.due).min() {
                self.now = self.now.max(due);
                self.handle_due();
            } else {
                break;
            }
        }
        self.fetch_retired();
    }

    /// Whoever is still connected was served whole.
    fn check_all_served(&mut self) {
        for (id, peer) in &self.peers {
            let shadow = &self.shadows[id];
            assert!(shadow.is_settled(), "{id} is owed nothing");
            assert!(peer.shut || peer.in_flight.is_empty(), "{id} was read");
            let ended = peer.shut || shadow.ending.is_some();
            assert!(ended || !shadow.has_frames(), "{id} was answered");
        }
    }

    /// Nothing is kept any more but what is no whole frame.
    fn check_kept(&self) {
        let engine = &self.subject.engine;
        let carried: usize = self.peers.keys().map(|id| engine.carry(*id).len()).sum();
        assert_eq!(engine.buffered(), carried, "what is kept is counted");
    }

    /// Whatever was replaced is retired, unless it waits for the answer of a peer; how many do.
    fn check_retired_all(&self) -> usize {
        let stays = |state| matches!(state, GenerationState::Active | GenerationState::Benched);
        let waiting = self.subject.engine.generations().filter(|view| !stays(view.state));
        waiting.inspect(|view| assert!(view.asked > 0, "{} is retired", view.id)).count()
    }

    /// The engine's counters are what the shadow counted.
    fn check_ledger(&self) {
        let counters = self.subject.engine.counters();
        let (unsure, unsure_kept) = (self.ledger.unsure, self.ledger.unsure_kept);
        let engine = Ledger {
            frames_in: counters.frames_in,
            frames_out: if unsure { self.ledger.frames_out } else { counters.frames_out },
            errors_out: if unsure { self.ledger.errors_out } else { counters.errors_out },
            errors_kept: if unsure || unsure_kept {
                self.ledger.errors_kept
            } else {
                counters.errors_kept
            },
            events_in: counters.events_in,
            replies_dropped: counters.replies_dropped,
            over_rate: counters.over_rate,
            barred: counters.barred,
            shed: counters.shed,
            probes: counters.probes,
            probes_answered: counters.probes_answered,
            pushed: counters.pushed,
            answers_in: counters.answers_in,
            bytes_in: counters.bytes_in,
            bytes_out: counters.bytes_out,
            accepted: counters.accepted,
            refused: counters.refused,
            completed: counters.completed,
            retries: if unsure { self.ledger.retries } else { counters.retries },
            stale: counters.stale_completions,
            lost_sync: counters.lost_sync,
            retired: counters.retired,
            bequeathed: counters.bequeathed,
            forsaken: counters.forsaken,
            unsure,
            unsure_kept,
        };
        assert_eq!(engine, self.ledger);
    }

    /// No deadline is left over that would wake an idle server for ever.
    fn check_wakes(&mut self) {
        for _ in 0..10_000 {
            let Some(wake) = self.subject.engine.poll_wake() else {
                assert_eq!(self.subject.engine.session_count(), 0, "sessions expire");
                return;
            };
            self.now = self.now.max(wake.after(Duration::from_nanos(1)));
            self.handle_due();
        }
        panic!("an idle engine wants to be woken again and again");
    }
}
