//! Owns the book of plugins on the loop thread, and turns what the service reports into what the
//! engine does: stage, supersede, switch back, withdraw, destroy.
mod begin;
mod entry;
mod keeping;
mod leaving;
mod probation;
mod reports;
mod returning;
mod sampling;
mod succession;
mod switch;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use hotframe_core::{Engine, GenerationId, Moment};

use self::entry::{Edition, Entry, stranger};
pub use self::keeping::Leavings;
pub use self::probation::Probation;
use self::probation::Watched;
pub use self::returning::BringBack;
use self::returning::Return;
use self::sampling::Sampling;
use self::succession::{Origin, Pending};
pub use self::switch::{CannotSwitch, RollBack};
use super::backlog::Backlog;
use super::created::InstanceId;
use super::event::PluginEvent;
use super::host::Host;
use super::refusal::Refusal;
use super::state::SavedState;
use super::unloading::Unloading;
use crate::config::{OnRemove, PluginPolicy};
use crate::control::answers::{HandlerRow, MetricRow, PluginRow};
use crate::shell::histogram::Histogram;

/// All plugins that were ever seen and are not wholly gone.
#[derive(Debug, Default)]
pub struct Roster {
    on_remove: OnRemove,
    plugins: BTreeMap<String, Entry>,
    /// Files that were refused and never said whose they are.
    strangers: BTreeMap<PathBuf, Refusal>,
    bindings: Vec<Binding>,
    /// Instances that no request reaches any more and whose jobs are still under way.
    leaving: Vec<InstanceId>,
    probation: Probation,
    /// Plugins whose newest version is not proven yet.
    watched: Vec<Watched>,
    /// Plugins that the server goes back with to the version before, and its state with it.
    returning: BTreeMap<String, Return>,
    /// How often the server has gone back to an earlier version by itself.
    switched_back: u64,
    /// How plugins are treated, by their names.
    policies: BTreeMap<String, PluginPolicy>,
    /// The most bytes of state that one may have.
    max_state: u64,
    /// Successors whose state is on its way, by their plugins.
    pending: BTreeMap<String, Pending>,
    /// The state that a trial waits for.
    sampling: Option<Sampling>,
    /// Instances that did not take over, to be unmapped.
    done: Vec<Unloading>,
    /// How long the loop stood still.
    pauses: Histogram,
    leavings: Leavings,
    /// What plugins have left for the loop and one round had no time for.
    pub(in crate::plugins) backlog: Option<Box<Backlog>>,
    /// When the state of plugins that are gone was saved.
    away: BTreeMap<String, u64>,
    /// The state of plugins that are switched off, where it is kept in no file.
    shelf: BTreeMap<String, Arc<SavedState>>,
}

/// Which instance answers for which generation of the engine.
#[derive(Debug)]
struct Binding {
    generation: GenerationId,
    instance: InstanceId,
    plugin: String,
    /// When it was replaced and owed answers still.
    drains_since: Option<Instant>,
}

impl Roster {
    /// A roster that knows no plugin yet.
    pub fn new(on_remove: OnRemove) -> Self {
        Self { on_remove, ..Self::default() }
    }

    /// Changes what becomes of plugins whose files are removed from now on.
    pub fn set_on_remove(&mut self, on_remove: OnRemove) {
        self.on_remove = on_remove;
    }

    /// Changes how versions are watched that take over from now on.
    pub fn set_probation(&mut self, probation: Probation) {
        self.probation = probation;
    }

    /// Brings the built-in plugin into the engine. To be called once.
    pub fn handle_start(&mut self, engine: &mut Engine<Host>, now: Moment) {
        let (name, entries) = engine.handlers().builtin();
        let entry = self.plugins.entry(name.to_owned()).or_default();
        entry.is_builtin = true;
        env!("CARGO_PKG_VERSION").clone_into(&mut entry.edition.version);
        entry.edition.handlers = entries.iter().map(|entry| entry.name.clone()).collect();
        let generation = engine.stage(name, entries);
        engine.activate(generation, now);
    }

    /// Carries out what the service reports. `config` answers with the configuration of a plugin
    /// as a JSON object. What is returned is to be given to `PluginService::unload`.
    pub fn handle_event(
        &mut self,
        engine: &mut Engine<Host>,
        event: PluginEvent,
        config: &dyn Fn(&str) -> String,
        now: Moment,
    ) -> Option<Unloading> {
        match event {
            PluginEvent::Staged(loaded) => {
                return self.handle_loaded(engine, *loaded, (Origin::File, config), now);
            }
            PluginEvent::Restored(loaded) => {
                return self.handle_loaded(engine, *loaded, (Origin::Copy, config), now);
            }
            PluginEvent::Returned { plugin, loaded } => {
                return self.handle_returned(engine, &plugin, loaded, config, now);
            }
            PluginEvent::Refused(refusal) => self.handle_refused(*refusal),
            PluginEvent::SetAside(refusal) => self.note_held_back(*refusal),
            PluginEvent::Unchanged { plugin, path } => self.handle_unchanged(&plugin, &path),
            PluginEvent::Gone { plugin, path } => self.handle_gone(engine, &plugin, path, now),
            PluginEvent::Forgotten { path } => self.handle_forgotten(&path),
            PluginEvent::Unloaded(report) => self.handle_unloaded(report),
            PluginEvent::Inquired(inquiry) => self.handle_inquiry(engine.handlers(), *inquiry),
            PluginEvent::Looked { .. }
            | PluginEvent::Configured { .. }
            | PluginEvent::Kept { .. } => {}
        }
        None
    }

    /// Whether a plugin of this name has been seen and is not wholly gone.
    #[must_use]
    pub fn knows(&self, plugin: &str) -> bool {
        self.plugins.contains_key(plugin)
    }

    /// Whether another policy may let in what was refused of a plugin: nothing of it serves, or its
    /// file holds what cannot take over the state.
    #[must_use]
    pub fn awaits_policy(&self, plugin: &str) -> bool {
        let entry = self.plugins.get(plugin).filter(|entry| !entry.is_builtin);
        entry.is_some_and(|entry| !entry.is_active || entry.is_mismatched)
    }

    /// How long loading what serves took; zero for what is a part of the server.
    #[must_use]
    pub fn load_time(&self, plugin: &str) -> Duration {
        self.plugins.get(plugin).map_or(Duration::ZERO, |entry| entry.edition.load_time)
    }

    /// The plugins that take requests.
    pub fn serving(&self) -> impl Iterator<Item = &str> {
        let active = |entry: &Entry| entry.is_active || entry.is_builtin;
        self.plugins.iter().filter(move |(_, entry)| active(entry)).map(|(name, _)| name.as_str())
    }

    /// Generations in memory, of all plugins but the built-in one.
    pub fn resident_generations(&self) -> u64 {
        self.plugins.values().map(|entry| entry.resident).sum()
    }

    /// Those of them that were to be unloaded and could not be.
    pub fn lingering_generations(&self) -> u64 {
        let lingering = self.plugins.values().map(|entry| entry.lingering.len());
        u64::try_from(lingering.sum::<usize>()).unwrap_or(u64::MAX)
    }

    /// How often the server has gone back to an earlier version by itself.
    pub const fn switched_back(&self) -> u64 {
        self.switched_back
    }

    /// Every plugin, by name, then the files that never said whose they are.
    pub fn rows(&self, engine: &Engine<Host>) -> Vec<PluginRow> {
        let views: Vec<_> = engine.generations().collect();
        let plugins = self.plugins.iter().map(|(name, entry)| entry.row(name, &views));
        let strangers = self.strangers.values().map(stranger);
        plugins.chain(strangers).collect()
    }

    /// The same with the figures of each: of its handlers, its heap, and its own.
    pub fn rows_in_full(&self, engine: &Engine<Host>) -> Vec<PluginRow> {
        let mut rows = self.rows(engine);
        let host = engine.handlers();
        for reading in host.figures() {
            if let Some(row) = rows.iter_mut().find(|row| row.name == reading.plugin) {
                row.handler_figures.push(HandlerRow::from(&reading));
            }
        }
        for (plugin, series) in host.metrics() {
            if let Some(row) = rows.iter_mut().find(|row| row.name == plugin) {
                row.metrics.push(MetricRow::from(&*series));
            }
        }
        for row in &mut rows {
            row.heap_bytes = host.heap_of(&row.name).map(|heap| heap.bytes);
        }
        rows
    }

    fn forget_if_gone(&mut self, plugin: &str) {
        if self.plugins.get(plugin).is_some_and(Entry::is_over) {
            self.plugins.remove(plugin);
        }
    }

    fn entry(&mut self, plugin: &str) -> &mut Entry {
        self.plugins.entry(plugin.to_owned()).or_default()
    }
}
