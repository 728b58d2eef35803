//! Owns the switch: which version of a plugin serves, forward, back, and off.
use std::time::Instant;

use hotframe_core::{Engine, Moment};

use super::succession::Successor;
use super::{Binding, BringBack, Edition, Origin, Roster};
use crate::diagnostics::codes::plugins::SWITCHED_BACK;
use crate::plugins::created::Created;
use crate::plugins::host::Host;
use crate::plugins::phases::Phase;
use crate::plugins::record::{Cause, Finding};

/// What a roll-back takes.
#[derive(Debug)]
pub enum RollBack {
    /// It is done; the finding is to be given to `PluginService::note`.
    Done(Finding),
    /// The version before is to take the state over first: the finding is to be given to
    /// `PluginService::note`, and the other to `PluginService::bring_back`.
    Returning(Finding, BringBack),
    /// It is under way already.
    UnderWay,
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
    /// Every request of its plugin is the successor's from now on. One from a file is watched for a
    /// while, and the one before stays to go back to; one from a kept copy has proven itself.
    pub(super) fn take_over(
        &mut self,
        engine: &mut Engine<Host>,
        successor: Successor,
        now: Moment,
    ) {
        let Successor { origin, created, path, sha256, load_time, changed } = successor;
        let Created { instance, name, version, generation: number, entries } = created;
        let handlers = entries.iter().map(|entry| entry.name.clone()).collect();
        let begun = Instant::now();
        let generation = engine.stage(&name, entries);
        let is_watched = origin == Origin::File && !self.probation.window.is_zero();
        if is_watched {
            engine.supersede(generation, now);
            self.watch(&name, now);
        } else {
            engine.activate(generation, now);
        }
        Phase::Switch.record(begun);
        if origin != Origin::File {
            self.watch_no_more(&name);
        }
        self.bindings.push(Binding {
            generation,
            instance,
            plugin: name.clone(),
            drains_since: None,
        });
        log::info!(
            plugin = name.as_str(), generation = number;
            "plugin {name} {version}: generation {number} serves{changed}"
        );
        let back = self.returning.remove(&name);
        self.shelf.remove(&name);
        let entry = self.entry(&name);
        if is_watched {
            entry.benched = entry.is_active.then(|| entry.edition.clone());
        } else if origin != Origin::File {
            entry.benched = None;
        }
        entry.reloads += u64::from(entry.is_active);
        entry.resident += 1;
        entry.is_active = true;
        entry.path = Some(path);
        if origin == Origin::File {
            // Else what the file holds is still not what serves.
            (entry.reason, entry.is_set_aside, entry.is_mismatched) = (None, false, false);
        }
        let edition = Edition { number, version, sha256: Some(sha256), handlers, load_time };
        let before = std::mem::replace(&mut entry.edition, edition);
        if let Some(back) = back.filter(|_| origin == Origin::Bench) {
            back.tell(&name, &before, &entry.edition);
        }
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
        if self.is_returning(plugin) {
            return Ok(RollBack::UnderWay);
        }
        self.abandon(engine.handlers_mut(), plugin);
        self.watch_no_more(plugin);
        let cause = (Cause::Operator, "the operator rolls it back");
        if let Some((back, finding)) = self.begin_return(engine.handlers(), plugin, cause, now) {
            return Ok(RollBack::Returning(finding, back));
        }
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
        self.entry(plugin).is_disabled = true;
        self.withdraw(engine, plugin, now);
        Ok(())
    }

    /// Lets a plugin serve again that was disabled; the service is to load it. False if it serves
    /// as it is.
    ///
    /// # Errors
    /// It is none that can be loaded.
    pub fn enable(&mut self, plugin: &str) -> Result<bool, CannotSwitch> {
        self.check_switchable(plugin)?;
        let entry = self.entry(plugin);
        if entry.is_active && !entry.is_disabled {
            return Ok(false);
        }
        (entry.is_disabled, entry.state_is) = (false, None);
        self.forget_if_gone(plugin);
        Ok(true)
    }

    pub(super) fn withdraw(&mut self, engine: &mut Engine<Host>, plugin: &str, now: Moment) {
        self.abandon(engine.handlers_mut(), plugin);
        self.say_goodbye(engine.handlers(), plugin);
        engine.withdraw(plugin, now);
        self.watch_no_more(plugin);
        self.returning.remove(plugin);
        let entry = self.entry(plugin);
        entry.is_active = false;
        entry.benched = None;
    }

    /// Has the benched version take all requests; what served, and what serves now.
    pub(super) fn call_back(
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
        self.resume(engine.handlers(), plugin, (before.number, after.number));
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

pub(super) fn set_aside(
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
