//! Owns the switch: which version of a plugin serves, forward, back, and off.
use hotframe_core::{Engine, Moment};

use super::{Binding, Edition, Roster};
use crate::diagnostics::codes::plugins::SWITCHED_BACK;
use crate::plugins::created::{Created, Made};
use crate::plugins::generation::{Loaded, Unloading};
use crate::plugins::host::Host;
use crate::plugins::record::{Cause, Finding};

/// How the host makes an instance.
type Create = fn(&mut Host, Loaded, &str) -> Made;

/// What a roll-back takes.
#[derive(Debug)]
pub enum RollBack {
    /// It is done; the finding is to be given to `PluginService::note`.
    Done(Finding),
    /// The version before is not in memory any more: `PluginService::restore` brings it.
    FromCopy {
        /// SHA-256 of what serves, if something does.
        sha256: Option<String>,
    },
}

/// Why a plugin cannot be switched as the operator wishes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CannotSwitch {
    /// No such plugin has been seen.
    Unknown,
    /// It is a part of the server.
    Builtin,
    /// It is disabled, and has to be enabled first.
    Disabled,
}

impl Roster {
    pub(super) fn handle_staged(
        &mut self,
        engine: &mut Engine<Host>,
        loaded: Loaded,
        config: &dyn Fn(&str) -> String,
        now: Moment,
    ) -> Option<Unloading> {
        self.take_over(
            engine,
            loaded,
            (Host::create, config),
            |roster, engine, generation, plugin| {
                if roster.probation.window.is_zero() {
                    engine.activate(generation, now);
                    return;
                }
                engine.supersede(generation, now);
                let entry = roster.entry(plugin);
                entry.benched = entry.is_active.then(|| entry.edition.clone());
                roster.watch(plugin, now);
            },
        )
    }

    /// A kept copy of an earlier version is loaded: it serves, and is not on probation.
    pub(super) fn handle_restored(
        &mut self,
        engine: &mut Engine<Host>,
        loaded: Loaded,
        config: &dyn Fn(&str) -> String,
        now: Moment,
    ) -> Option<Unloading> {
        self.take_over(
            engine,
            loaded,
            (Host::create_again, config),
            |roster, engine, generation, plugin| {
                engine.activate(generation, now);
                roster.entry(plugin).benched = None;
                roster.watch_no_more(plugin);
            },
        )
    }

    /// Creates the instance and has it take over with `switch`. If it refuses, nothing changes.
    fn take_over(
        &mut self,
        engine: &mut Engine<Host>,
        loaded: Loaded,
        (create, config): (Create, &dyn Fn(&str) -> String),
        switch: impl FnOnce(&mut Self, &mut Engine<Host>, hotframe_core::GenerationId, &str),
    ) -> Option<Unloading> {
        let name = loaded.name().to_owned();
        if self.plugins.get(&name).is_some_and(|entry| entry.is_disabled) {
            // It was on its way when the operator disabled it.
            self.entry(&name).resident += 1;
            return Some(loaded.discard());
        }
        let (path, sha256) = (loaded.path().to_owned(), loaded.sha256().to_owned());
        let load_time = loaded.took();
        for warning in loaded.preflight().warnings() {
            log::warn!(plugin = loaded.name(); "plugin {}: {warning}", loaded.name());
        }
        let changed = loaded.preflight().normalised;
        self.strangers.remove(&path);
        let created = match create(engine.handlers_mut(), loaded, &config(&name)) {
            Ok(created) => created,
            Err(failed) => {
                self.entry(failed.unloading.name()).resident += 1;
                self.handle_refused(failed.refusal);
                return Some(failed.unloading);
            }
        };
        let Created { instance, version, generation: number, entries, .. } = created;
        let handlers = entries.iter().map(|entry| entry.name.clone()).collect();
        let generation = engine.stage(&name, entries);
        switch(self, engine, generation, &name);
        self.bindings.push(Binding { generation, instance, plugin: name.clone() });
        log::info!(
            plugin = name.as_str(), generation = number;
            "plugin {name} {version}: generation {number} serves{changed}"
        );
        let entry = self.entry(&name);
        entry.reloads += u64::from(entry.is_active);
        entry.resident += 1;
        entry.is_active = true;
        entry.is_set_aside = false;
        entry.path = Some(path);
        entry.reason = None;
        entry.edition = Edition { number, version, sha256: Some(sha256), handlers, load_time };
        None
    }

    /// The benched version serves again, and the newest one is set aside. `None` if no version is
    /// benched.
    pub(super) fn switch_back(
        &mut self,
        engine: &mut Engine<Host>,
        plugin: &str,
        why: &str,
        now: Moment,
    ) -> Option<Finding> {
        let (before, after) = self.call_back(engine, plugin, now)?;
        log::error!(
            plugin, code = SWITCHED_BACK.as_str(), generation = after.number;
            "plugin {plugin} {}: {why}: version {} serves again, as generation {}",
            before.version, after.version, after.number
        );
        let reason = format!("version {} was switched back from: {why}", before.version);
        set_aside(plugin, &before, &after, Cause::Probation, reason)
    }

    /// What the operator's wish for the version before takes.
    ///
    /// # Errors
    /// The plugin has no versions to choose from.
    pub fn roll_back(
        &mut self,
        engine: &mut Engine<Host>,
        plugin: &str,
        now: Moment,
    ) -> Result<RollBack, CannotSwitch> {
        self.check_switchable(plugin)?;
        if self.entry(plugin).is_disabled {
            return Err(CannotSwitch::Disabled);
        }
        self.watch_no_more(plugin);
        if let Some((before, after)) = self.call_back(engine, plugin, now) {
            log::info!(
                plugin, generation = after.number;
                "plugin {plugin}: rolled back from version {} to {}",
                before.version, after.version
            );
            let reason = format!("the operator rolled version {} back", before.version);
            let finding = set_aside(plugin, &before, &after, Cause::Operator, reason);
            return finding.map(RollBack::Done).ok_or(CannotSwitch::Unknown);
        }
        let entry = self.entry(plugin);
        let sha256 = entry.edition.sha256.clone().filter(|_| entry.is_active);
        Ok(RollBack::FromCopy { sha256 })
    }

    /// Takes a plugin out of service until it is enabled: its routes answer 2005.
    ///
    /// # Errors
    /// It cannot be disabled.
    pub fn disable(
        &mut self,
        engine: &mut Engine<Host>,
        plugin: &str,
        now: Moment,
    ) -> Result<(), CannotSwitch> {
        self.check_switchable(plugin)?;
        log::info!(plugin; "plugin {plugin}: disabled by the operator");
        self.withdraw(engine, plugin, now);
        self.entry(plugin).is_disabled = true;
        Ok(())
    }

    /// Lets a plugin serve again that was disabled or set aside; the service is to load it.
    ///
    /// # Errors
    /// It is none that can be loaded.
    pub fn enable(&mut self, plugin: &str) -> Result<(), CannotSwitch> {
        self.check_switchable(plugin)?;
        self.entry(plugin).is_disabled = false;
        self.forget_if_gone(plugin);
        Ok(())
    }

    pub(super) fn withdraw(&mut self, engine: &mut Engine<Host>, plugin: &str, now: Moment) {
        engine.withdraw(plugin, now);
        self.watch_no_more(plugin);
        let entry = self.entry(plugin);
        entry.is_active = false;
        entry.benched = None;
    }

    /// Has the benched version take all requests; what served, and what serves now.
    fn call_back(
        &mut self,
        engine: &mut Engine<Host>,
        plugin: &str,
        now: Moment,
    ) -> Option<(Edition, Edition)> {
        let entry = self.plugins.get_mut(plugin)?;
        let after = entry.benched.take()?;
        engine.reinstate(plugin, now)?;
        entry.reloads += 1;
        let before = std::mem::replace(&mut entry.edition, after.clone());
        Some((before, after))
    }

    fn check_switchable(&self, plugin: &str) -> Result<(), CannotSwitch> {
        match self.plugins.get(plugin) {
            None => Err(CannotSwitch::Unknown),
            Some(entry) if entry.is_builtin => Err(CannotSwitch::Builtin),
            Some(_) => Ok(()),
        }
    }
}

fn set_aside(
    plugin: &str,
    before: &Edition,
    after: &Edition,
    cause: Cause,
    reason: String,
) -> Option<Finding> {
    Some(Finding::SetAside {
        plugin: plugin.to_owned(),
        sha256: before.sha256.clone()?,
        serving: after.sha256.clone(),
        cause,
        reason,
    })
}
