//! Owns what the roster does for plugins beside replacing them: their configuration, live, and
//! their state when they go.
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use hotframe_core::{Engine, GenerationId, GenerationView, Moment};

use super::{BringBack, Roster};
use crate::config::{PluginConfig, PluginPolicy};
use crate::diagnostics::codes::runtime::OLDER_STATE;
use crate::plugins::Callee;
use crate::plugins::created::InstanceId;
use crate::plugins::defect::Fault;
use crate::plugins::host::Host;
use crate::plugins::lifecycle::Reconfigured;
use crate::plugins::refusal::Refusal;
use crate::plugins::state::{Forms, KeptState, SavedState, suits};
use crate::shell::histogram::Distribution;

/// What the roster leaves for whoever serves it, to be fetched after every call.
#[derive(Debug, Default)]
pub struct Leavings {
    /// What did not go live, and why; told in the log already.
    pub refusals: Vec<Refusal>,
    /// Plugins that are to be loaded again: their kept state was not written yet.
    pub again: Vec<String>,
    /// State to be written to its file.
    pub kept: Vec<SavedState>,
    /// Plugins whose kept state is to be moved out of the way.
    pub set_aside: Vec<String>,
    /// Versions that are to be loaded once more, to take their state back.
    pub back: Vec<BringBack>,
}

impl Roster {
    /// Changes how plugins are treated from now on, and how much state one may have, in bytes.
    pub fn set_policies(&mut self, policies: BTreeMap<String, PluginPolicy>, max_state: u64) {
        (self.policies, self.max_state) = (policies, max_state);
    }

    /// How long the loop stood still for reloads.
    #[must_use]
    pub fn pauses(&self) -> Distribution {
        self.pauses.distribution()
    }

    /// Hands a plugin that serves a configuration that it has been tried out with. True if it
    /// needs to be loaded again for it.
    pub fn reconfigure(
        &mut self,
        engine: &Engine<Host>,
        plugin: &str,
        config: &PluginConfig,
    ) -> bool {
        let serving = self.serving_instance(plugin).filter(|_| !self.is_handing_over(Some(plugin)));
        let instance = serving.and_then(|serving| engine.handlers().instance(serving));
        let Some(instance) = instance else {
            return true;
        };
        match instance.steps().reconfigure(&config.reveal_json()) {
            Ok(Reconfigured::NeedsReload) => return true,
            Ok(Reconfigured::Taken) => {
                log::info!(plugin; "plugin {plugin}: the new configuration is live");
                self.entry(plugin).reason = None;
            }
            Err(fault) => self.refuse_config(plugin, fault),
        }
        false
    }

    /// Saves the state of every plugin that is to be kept; the end of the server is near.
    pub fn keep_all(&mut self, engine: &mut Engine<Host>) {
        self.returning.clear();
        let names: Vec<String> = self.serving().map(str::to_owned).collect();
        for name in names {
            self.abandon(engine.handlers_mut(), &name);
            self.say_goodbye(engine.handlers(), &name);
        }
    }

    /// Plugins that serve and whose state is to be kept when they go.
    #[must_use]
    pub fn keepers(&self, host: &Host) -> Vec<String> {
        let has_state = |plugin: &&str| {
            let serving = self.serving_instance(plugin).and_then(|id| host.instance(id));
            serving.is_some_and(|instance| instance.keeper().is_some())
        };
        let serving = self.serving().filter(|plugin| self.policy_of(plugin).persist_state);
        serving.filter(has_state).map(str::to_owned).collect()
    }

    /// Whether a plugin owes answers, or has jobs under way.
    #[must_use]
    pub fn is_owing(&self, engine: &Engine<Host>, plugin: &str) -> bool {
        let owing = |view: GenerationView<'_, Callee>| view.plugin == plugin && view.in_flight > 0;
        let serving = self.serving_instance(plugin);
        engine.generations().any(owing)
            || serving.is_some_and(|instance| engine.handlers().is_busy(instance))
    }

    /// A plugin is called no more in this process; whether its state is on its way to its file.
    pub fn part_with(&mut self, engine: &mut Engine<Host>, plugin: &str, now: Moment) -> bool {
        self.withdraw(engine, plugin, now);
        self.leavings.kept.iter().any(|kept| kept.plugin == plugin)
    }

    /// What is left to be done elsewhere.
    pub fn take_leavings(&mut self) -> Leavings {
        std::mem::take(&mut self.leavings)
    }

    /// A plugin that serves takes no request any more, and has no successor: it is told, and its
    /// state saved, if that is to be kept.
    pub(super) fn say_goodbye(&mut self, host: &Host, plugin: &str) {
        let Some(id) = self.serving_instance(plugin) else {
            return;
        };
        let Some(instance) = host.instance(id) else {
            return;
        };
        instance.steps().quiesce();
        let (persists, is_disabled) =
            (self.policy_of(plugin).persist_state, self.entry(plugin).is_disabled);
        if !persists && !is_disabled {
            return;
        }
        match self.save(host, id) {
            Ok(Some(kept)) if !persists => {
                self.entry(plugin).state_is =
                    Some("; its state waits in memory, and ends with the server");
                self.shelf.insert(plugin.to_owned(), Arc::new(kept));
            }
            Ok(Some(kept)) => {
                self.away.insert(kept.plugin.clone(), kept.saved_at);
                self.leavings.kept.push(kept);
            }
            Ok(None) => {}
            Err(fault) => {
                self.entry(plugin).state_is = Some("; its state could not be saved, and is lost");
                log::error!(
                    plugin, code = fault.defect.code().as_str();
                    "plugin {plugin}: its state is not kept: {}", fault.message
                );
            }
        }
    }

    /// A file of which something was wrong is loaded.
    pub(super) fn note_loaded(&mut self, path: &Path) {
        self.strangers.remove(path);
    }

    /// An instance was made and did not take over.
    pub(super) fn note_refused(&mut self, plugin: &str, refusal: Refusal) {
        self.entry(plugin).resident += 1;
        self.note_refusal(refusal);
    }

    /// Something did not go live that the thread that loads files knows nothing of.
    pub(super) fn note_refusal(&mut self, refusal: Refusal) {
        self.leavings.refusals.push(refusal.clone());
        self.handle_refused(refusal);
    }

    /// The instance that takes the requests of a plugin.
    pub(in crate::plugins) fn serving_instance(&self, plugin: &str) -> Option<InstanceId> {
        let entry = self.plugins.get(plugin).filter(|entry| entry.is_active)?;
        Some(InstanceId::of(entry.edition.number))
    }

    /// The instance that answers for a generation of the engine.
    pub(in crate::plugins) fn instance_of(&self, generation: GenerationId) -> Option<InstanceId> {
        self.bindings.iter().find(|it| it.generation == generation).map(|it| it.instance)
    }

    /// The generation of the engine that an instance answers for.
    pub(in crate::plugins) fn generation_of(&self, instance: InstanceId) -> Option<GenerationId> {
        self.bindings.iter().find(|it| it.instance == instance).map(|it| it.generation)
    }

    /// Whether what was read of a plugin's kept state is older than what it was when the plugin
    /// went: it has come back before its file was written. Asked once each time.
    pub(super) fn is_too_early(&mut self, plugin: &str, kept: Option<&KeptState>) -> bool {
        if self.serving_instance(plugin).is_some() {
            return false;
        }
        let read = kept.and_then(|kept| kept.as_ref().ok()).map_or(0, |kept| kept.saved_at);
        let saved = self.away.remove(plugin);
        saved.is_some_and(|saved| read < saved) && self.policy_of(plugin).persist_state
    }

    fn save(&self, host: &Host, id: InstanceId) -> Result<Option<SavedState>, Fault> {
        let Some(instance) = host.instance(id) else {
            return Ok(None);
        };
        let Some(keeper) = instance.keeper() else {
            return Ok(None);
        };
        let Forms { schema, newest, oldest } = keeper.forms();
        let (plugin, saved_at) = (instance.name(), SavedState::now());
        let save = |version: u32| {
            keeper.save(version, u64::MAX, self.max_state).map(|saved| SavedState {
                plugin: plugin.to_owned(),
                schema,
                version,
                saved_at,
                bytes: saved.bytes,
                older: None,
            })
        };
        let mut kept = save(newest)?;
        // A version of the plugin that does not know the newest may stand in at the next start.
        kept.older = match (oldest < newest).then(|| save(oldest)) {
            None => None,
            Some(Ok(older)) => Some(Arc::new(older)),
            Some(Err(fault)) => {
                let why = fault.message;
                log::warn!(plugin; "plugin {plugin}: version {oldest} of its state: {why}");
                None
            }
        };
        Ok(Some(kept))
    }

    fn refuse_config(&mut self, plugin: &str, fault: Fault) {
        let path = self.entry(plugin).path.clone().unwrap_or_default();
        self.note_refusal(Refusal::new(&path, fault).of(plugin));
    }
}

/// What was kept, in a form that the plugin knows; else why there is none.
pub(super) fn usable(
    plugin: &str,
    kept: Arc<SavedState>,
    state: Option<Forms>,
) -> Result<Arc<SavedState>, String> {
    let older = kept.older.clone();
    match (suits(&kept, state), older.filter(|older| suits(older, state).is_ok())) {
        (Ok(()), _) => Ok(kept),
        (Err(why), Some(older)) => {
            let version = older.version;
            log::warn!(
                plugin, code = OLDER_STATE.as_str();
                "plugin {plugin}: {why}: it goes on from the same as of version {version}"
            );
            Ok(older)
        }
        (Err(why), None) => Err(why),
    }
}
