//! Owns how a new generation takes over on the loop thread: its state, its start, the switch, and
//! what becomes of what the old one has put off.
//!
//! Whatever fails before the switch ends the new generation alone; what served before serves on.
use std::path::PathBuf;
use std::time::{Duration, Instant};

use hotframe_core::{Engine, Moment};

use super::Roster;
use super::begin::{self_test, warn_of};
use crate::config::{PluginPolicy, StateMismatch, TokenPolicy};
use crate::plugins::created::{Created, InstanceId};
use crate::plugins::defect::{Defect, Fault};
use crate::plugins::generation::Loaded;
use crate::plugins::handover::{Handover, Toll};
use crate::plugins::host::Host;
use crate::plugins::phases::Phase;
use crate::plugins::state::{Agreement, KeptState, SavedState, agree};
use crate::plugins::unloading::Unloading;

/// Where a version comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Origin {
    /// A plugin's file: it has still to prove itself.
    File,
    /// A kept copy of an earlier version, to go back to.
    Copy,
    /// The benched version, once more.
    Bench,
}

/// An instance that is to take over, and what is known of it.
#[derive(Debug)]
pub(super) struct Successor {
    pub origin: Origin,
    pub created: Created,
    pub path: PathBuf,
    pub sha256: String,
    pub load_time: Duration,
    /// What was changed in its private copy, for the log.
    pub changed: String,
}

/// A successor that takes over when the last slice of state has reached it.
#[derive(Debug)]
pub(super) struct Pending {
    successor: Successor,
    handover: Handover,
    /// When its first slice began to go over.
    since: Instant,
    longest: Duration,
}

/// Where a successor goes on from.
enum Beginning {
    Fresh,
    Kept(std::sync::Arc<SavedState>),
    Predecessor(InstanceId, u32),
}

impl Roster {
    /// A generation is loaded: its instance is made, and takes over at once or, with large state,
    /// after some rounds. What is returned is to be given to `PluginService::unload`.
    pub(super) fn handle_loaded(
        &mut self,
        engine: &mut Engine<Host>,
        mut loaded: Loaded,
        (origin, config): (Origin, &dyn Fn(&str) -> String),
        now: Moment,
    ) -> Option<Unloading> {
        let begun = Instant::now();
        self.abandon(engine.handlers_mut(), loaded.name());
        if self.plugins.get(loaded.name()).is_some_and(|entry| entry.is_disabled) {
            // It was on its way when the operator disabled it.
            return Some(self.discard(loaded));
        }
        warn_of(&loaded);
        let (path, sha256) = (loaded.path().to_owned(), loaded.sha256().to_owned());
        let (load_time, changed) = (loaded.took(), loaded.preflight().normalised.to_string());
        let (kept, was_tried) = (loaded.take_kept(), loaded.was_tried());
        let config = config(loaded.name());
        self.note_loaded(&path);
        if self.is_too_early(loaded.name(), kept.as_ref()) {
            self.leavings.again.push(loaded.name().to_owned());
            return Some(self.discard(loaded));
        }
        let kept = kept.or_else(|| self.shelf.get(loaded.name()).cloned().map(Ok));
        let host = engine.handlers_mut();
        let created = Phase::Create.during(|| match origin {
            Origin::File => host.create(loaded, &config),
            Origin::Copy | Origin::Bench => host.create_again(loaded, &config),
        });
        let created = match created {
            Ok(created) => created,
            Err(failed) => {
                self.note_fault(failed.unloading.name(), &failed.refusal.message);
                self.note_refused(failed.unloading.name(), failed.refusal);
                return Some(failed.unloading);
            }
        };
        let successor = Successor { origin, created, path, sha256, load_time, changed };
        let begins = match was_tried {
            true => Ok(()),
            false => self_test(engine.handlers(), &successor),
        };
        let begins = begins.and_then(|()| self.beginning(engine.handlers(), &successor, kept));
        let ended = match begins {
            Ok(Beginning::Fresh) => self.begin(engine, successor, None, now),
            Ok(Beginning::Kept(kept)) => self.begin_from(engine, successor, &kept, now),
            Ok(Beginning::Predecessor(from, version)) => {
                self.begin_handover(engine, successor, (from, version), now)
            }
            Err(fault) => self.end(engine.handlers_mut(), &successor, fault),
        };
        self.note_pause(begun);
        ended
    }

    /// Lets one slice of each state that is on its way go over.
    pub(in crate::plugins) fn step_handovers(&mut self, engine: &mut Engine<Host>, now: Moment) {
        for (plugin, mut pending) in std::mem::take(&mut self.pending) {
            let begun = Instant::now();
            let ended = match pending.handover.step(engine.handlers()) {
                Ok(false) => {
                    pending.longest = pending.longest.max(begun.elapsed());
                    self.pending.insert(plugin, pending);
                    None
                }
                Ok(true) => self.complete(engine, pending, begun, now),
                Err(fault) => {
                    pending.handover.abort(engine.handlers());
                    self.end(engine.handlers_mut(), &pending.successor, fault)
                }
            };
            self.done.extend(ended);
            self.note_pause(begun);
        }
    }

    /// The loop has done nothing else since `begun`.
    pub(super) fn note_pause(&mut self, begun: Instant) {
        self.pauses.record(u64::try_from(begun.elapsed().as_nanos()).unwrap_or(u64::MAX));
    }

    /// Whether state of this plugin, or of any, is on its way.
    #[must_use]
    pub fn is_handing_over(&self, plugin: Option<&str>) -> bool {
        plugin.map_or(!self.pending.is_empty(), |plugin| self.pending.contains_key(plugin))
    }

    /// Ends a successor of this plugin that has not taken over yet.
    pub(super) fn abandon(&mut self, host: &mut Host, plugin: &str) {
        self.stop_sampling(host, plugin);
        let Some(Pending { successor, handover, .. }) = self.pending.remove(plugin) else {
            return;
        };
        let generation = successor.created.generation;
        log::info!(plugin, generation; "plugin {plugin}: generation {generation} is given up");
        handover.abort(host);
        self.entry(plugin).resident += 1;
        self.done.extend(host.destroy(successor.created.instance));
    }

    /// Unmaps what is loaded and is not to serve.
    pub fn discard(&mut self, loaded: Loaded) -> Unloading {
        self.entry(loaded.name()).resident += 1;
        loaded.discard()
    }

    /// The policy for a plugin.
    pub(super) fn policy_of(&self, plugin: &str) -> PluginPolicy {
        self.policies.get(plugin).copied().unwrap_or_default()
    }

    /// What a successor goes on from.
    fn beginning(
        &mut self,
        host: &Host,
        successor: &Successor,
        kept: Option<KeptState>,
    ) -> Result<Beginning, Fault> {
        let name = &successor.created.name;
        let new = host.forms_of(successor.created.instance);
        let serving = self.serving_instance(name);
        let mismatch = match (serving, kept) {
            (Some(from), _) => match agree(host.forms_of(from), new) {
                Agreement::Nothing => return Ok(Beginning::Fresh),
                Agreement::Version(version) => {
                    return Ok(Beginning::Predecessor(from, version));
                }
                Agreement::Mismatch(why) => Defect::StateMismatch.because(why),
            },
            (None, None) => return Ok(Beginning::Fresh),
            (None, Some(Err(fault))) => fault,
            (None, Some(Ok(kept))) => match super::keeping::usable(name, kept, new) {
                Ok(kept) => return Ok(Beginning::Kept(kept)),
                Err(why) => Defect::StateMismatch.because(why),
            },
        };
        if self.policy_of(name).on_state_mismatch == StateMismatch::Refuse {
            return Err(mismatch);
        }
        log::warn!(
            plugin = name.as_str(), code = mismatch.defect.code().as_str();
            "plugin {name} begins without state: {}", mismatch.message
        );
        if serving.is_none() {
            self.leavings.set_aside.push(name.clone());
        }
        Ok(Beginning::Fresh)
    }

    fn begin_from(
        &mut self,
        engine: &mut Engine<Host>,
        successor: Successor,
        kept: &SavedState,
        now: Moment,
    ) -> Option<Unloading> {
        let keeper = engine.handlers().instance(successor.created.instance);
        let keeper = keeper.and_then(|instance| instance.keeper());
        let loaded = keeper.map_or(Ok(()), |it| it.load(kept.version, &kept.bytes, None));
        match loaded {
            Ok(()) => {
                let (plugin, age) = (&successor.created.name, kept.age());
                log::info!(
                    plugin = plugin.as_str(), bytes = kept.bytes.len(), age_s = age / 1000;
                    "plugin {plugin}: its kept state is back"
                );
                self.begin(engine, successor, None, now)
            }
            Err(fault) => self.end(engine.handlers_mut(), &successor, fault),
        }
    }

    fn begin_handover(
        &mut self,
        engine: &mut Engine<Host>,
        successor: Successor,
        (from, version): (InstanceId, u32),
        now: Moment,
    ) -> Option<Unloading> {
        let begun = Instant::now();
        let plugin = successor.created.name.clone();
        let adopts = self.policy_of(&plugin).tokens == TokenPolicy::Adopt;
        let pair = (from, successor.created.instance);
        let mut handover = Handover::new(pair, version, self.max_state, adopts);
        match handover.step(engine.handlers()) {
            Err(fault) => {
                handover.abort(engine.handlers());
                self.end(engine.handlers_mut(), &successor, fault)
            }
            Ok(is_all) => {
                let longest = begun.elapsed();
                let pending = Pending { successor, handover, since: begun, longest };
                if is_all {
                    return self.complete(engine, pending, begun, now);
                }
                self.pending.insert(plugin, pending);
                None
            }
        }
    }

    /// All state has gone over: the successor takes its place before anything can change.
    fn complete(
        &mut self,
        engine: &mut Engine<Host>,
        pending: Pending,
        begun: Instant,
        now: Moment,
    ) -> Option<Unloading> {
        let Pending { successor, handover, since, longest } = pending;
        Phase::State.record(since);
        let plugin = successor.created.name.clone();
        let ended = self.begin(engine, successor, Some(&handover), now);
        if ended.is_some() {
            handover.abort(engine.handlers());
            return ended;
        }
        let (Toll { slices, bytes, took }, longest) =
            (handover.toll(), longest.max(begun.elapsed()));
        log::info!(
            plugin = plugin.as_str(), bytes, slices,
            took_us = micros(took), longest_pause_us = micros(longest);
            "plugin {plugin}: {bytes} bytes of state went over (slices: {slices})"
        );
        None
    }
}

fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}
