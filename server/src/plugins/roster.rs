//! Owns the book of plugins on the loop thread, and turns what the service reports into what the
//! engine does: stage, activate, withdraw, destroy.
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use hotframe_core::{Engine, GenerationId, GenerationState, GenerationView, Moment};

use super::entry::{Entry, stranger};
use super::generation::{Loaded, UnloadReport, Unloading};
use super::host::{Callee, Host, InstanceId};
use super::refusal::Refusal;
use super::service::PluginEvent;
use crate::config::OnRemove;
use crate::control::answers::PluginRow;

/// All plugins that were ever seen and are not wholly gone.
#[derive(Debug, Default)]
pub struct Roster {
    on_remove: OnRemove,
    plugins: BTreeMap<String, Entry>,
    /// Files that were refused and never said whose they are.
    strangers: BTreeMap<PathBuf, Refusal>,
    bindings: Vec<Binding>,
}

/// Which instance answers for which generation of the engine.
#[derive(Debug)]
struct Binding {
    generation: GenerationId,
    instance: InstanceId,
    plugin: String,
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

    /// Brings the built-in plugin into the engine. To be called once.
    pub fn handle_start(&mut self, engine: &mut Engine<Host>, now: Moment) {
        let (name, entries) = engine.handlers().builtin();
        let entry = self.plugins.entry(name.to_owned()).or_default();
        entry.is_builtin = true;
        entry.version = Some(env!("CARGO_PKG_VERSION").to_owned());
        entry.handlers = entries.iter().map(|entry| entry.name.clone()).collect();
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
            PluginEvent::Staged(loaded) => return self.handle_staged(engine, *loaded, config, now),
            PluginEvent::Refused(refusal) => self.handle_refused(*refusal),
            PluginEvent::Unchanged { plugin, path } => {
                self.strangers.remove(&path);
                if let Some(entry) = self.plugins.get_mut(&plugin) {
                    entry.reason = None;
                }
            }
            PluginEvent::Gone { plugin, path } => self.handle_gone(engine, &plugin, path, now),
            PluginEvent::Forgotten { path } => self.handle_forgotten(&path),
            PluginEvent::Unloaded(report) => self.handle_unloaded(report),
            PluginEvent::Looked { .. } => {}
        }
        None
    }

    /// Destroys the generations that the engine has retired. Each that is returned is to be given
    /// to `PluginService::unload`.
    pub fn handle_retired(&mut self, engine: &mut Engine<Host>) -> Vec<Unloading> {
        let retired = |view: &GenerationView<'_, Callee>| view.state == GenerationState::Retired;
        let counts: Vec<_> = engine
            .generations()
            .filter(retired)
            .map(|view| (view.id, view.calls, view.errors))
            .collect();
        let mut unloading = Vec::new();
        while let Some(generation) = engine.poll_retired() {
            let Some(at) = self.bindings.iter().position(|b| b.generation == generation) else {
                continue;
            };
            let Binding { instance, plugin, .. } = self.bindings.swap_remove(at);
            let count = counts.iter().find(|(id, ..)| *id == generation);
            if let (Some(entry), Some((_, calls, errors))) = (self.plugins.get_mut(&plugin), count)
            {
                entry.past.0 += calls;
                entry.past.1 += errors;
            }
            unloading.extend(engine.handlers_mut().destroy(instance));
        }
        unloading
    }

    /// Whether a plugin of this name has been seen and is not wholly gone.
    #[must_use]
    pub fn knows(&self, plugin: &str) -> bool {
        self.plugins.contains_key(plugin)
    }

    /// How long loading what serves took; zero for what is a part of the server.
    #[must_use]
    pub fn load_time(&self, plugin: &str) -> Duration {
        self.plugins.get(plugin).map_or(Duration::ZERO, |entry| entry.load_time)
    }

    /// The plugins that take requests.
    pub fn serving(&self) -> impl Iterator<Item = &str> {
        let active = |entry: &Entry| entry.active.is_some() || entry.is_builtin;
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

    /// Every plugin, by name, then the files that never said whose they are.
    pub fn rows(&self, engine: &Engine<Host>) -> Vec<PluginRow> {
        let views: Vec<_> = engine.generations().collect();
        let plugins = self.plugins.iter().map(|(name, entry)| entry.row(name, &views));
        let strangers = self.strangers.values().map(stranger);
        plugins.chain(strangers).collect()
    }

    fn handle_staged(
        &mut self,
        engine: &mut Engine<Host>,
        loaded: Loaded,
        config: &dyn Fn(&str) -> String,
        now: Moment,
    ) -> Option<Unloading> {
        let (path, sha256) = (loaded.path().to_owned(), loaded.sha256().to_owned());
        let load_time = loaded.took();
        for warning in loaded.preflight().warnings() {
            log::warn!(plugin = loaded.name(); "plugin {}: {warning}", loaded.name());
        }
        let changed = loaded.preflight().normalised;
        let config = config(loaded.name());
        self.strangers.remove(&path);
        let created = match engine.handlers_mut().create(loaded, &config) {
            Ok(created) => created,
            Err(failed) => {
                self.entry(failed.unloading.name()).resident += 1;
                self.handle_refused(failed.refusal);
                return Some(failed.unloading);
            }
        };
        let (name, number) = (created.name, created.generation);
        let handlers = created.entries.iter().map(|entry| entry.name.clone()).collect();
        let generation = engine.stage(&name, created.entries);
        engine.activate(generation, now);
        self.bindings.push(Binding {
            generation,
            instance: created.instance,
            plugin: name.clone(),
        });
        let entry = self.entry(&name);
        entry.reloads += u64::from(entry.active.is_some());
        entry.resident += 1;
        entry.active = Some(number);
        entry.handlers = handlers;
        entry.path = Some(path);
        entry.sha256 = Some(sha256);
        entry.load_time = load_time;
        entry.reason = None;
        log::info!(
            plugin = name.as_str(), generation = number;
            "plugin {name} {}: generation {number} serves{changed}", created.version
        );
        entry.version = Some(created.version);
        None
    }

    fn handle_refused(&mut self, refusal: Refusal) {
        log::error!(code = refusal.defect.code().as_str(); "{refusal}");
        match refusal.plugin.clone() {
            // A file that only asks for the name of another's plugin does not taint that one.
            Some(plugin) if refusal.defect != super::Defect::NameTaken => {
                self.strangers.remove(&refusal.path);
                let entry = self.entry(&plugin);
                entry.path.get_or_insert_with(|| refusal.path.clone());
                entry.reason = Some(refusal.to_string());
            }
            _ => {
                self.strangers.insert(refusal.path.clone(), refusal);
            }
        }
    }

    fn handle_gone(&mut self, engine: &mut Engine<Host>, plugin: &str, path: PathBuf, now: Moment) {
        let on_remove = self.on_remove;
        self.strangers.remove(&path);
        let Some(entry) = self.plugins.get_mut(plugin) else {
            return;
        };
        if entry.path.as_ref() != Some(&path) {
            return;
        }
        match on_remove {
            OnRemove::Keep if entry.active.is_some() => {
                let reason = format!("{} was removed; it serves on", path.display());
                log::warn!(plugin; "plugin {plugin}: {reason}");
                entry.reason = Some(reason);
            }
            OnRemove::Keep | OnRemove::Unload => {
                log::info!(plugin; "plugin {plugin}: {} was removed", path.display());
                entry.active = None;
                entry.reason = None;
                engine.withdraw(plugin, now);
            }
        }
        self.forget_if_gone(plugin);
    }

    fn handle_forgotten(&mut self, path: &PathBuf) {
        self.strangers.remove(path);
        let failed = self
            .plugins
            .iter()
            .find(|(_, entry)| entry.active.is_none() && entry.path.as_ref() == Some(path));
        if let Some(name) = failed.map(|(name, _)| name.clone()) {
            self.entry(&name).reason = None;
            self.forget_if_gone(&name);
        }
    }

    fn handle_unloaded(&mut self, report: UnloadReport) {
        let (plugin, generation) = (report.plugin.as_str(), report.generation);
        match report.lingering {
            Some(_) => log::warn!(plugin, generation; "{report}"),
            None => log::debug!(plugin, generation; "{report}"),
        }
        let Some(entry) = self.plugins.get_mut(plugin) else {
            return;
        };
        match report.lingering {
            Some(reason) => {
                entry.lingering.insert(generation, reason);
            }
            None => {
                entry.lingering.remove(&generation);
                entry.resident = entry.resident.saturating_sub(1);
            }
        }
        self.forget_if_gone(&report.plugin);
    }

    fn forget_if_gone(&mut self, plugin: &str) {
        let is_gone =
            |entry: &Entry| entry.active.is_none() && entry.resident == 0 && entry.reason.is_none();
        if self.plugins.get(plugin).is_some_and(|entry| !entry.is_builtin && is_gone(entry)) {
            self.plugins.remove(plugin);
        }
    }

    fn entry(&mut self, plugin: &str) -> &mut Entry {
        self.plugins.entry(plugin.to_owned()).or_default()
    }
}
