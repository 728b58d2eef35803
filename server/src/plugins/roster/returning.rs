//! Owns the way back to the version before for a plugin with state: a fresh instance of that
//! version takes over what the newest one has by now, as in any hand-over.
//!
//! Until that has gone over, the newest version serves on. Whatever goes wrong on the way, the
//! benched instance serves again instead, with the state that it had.
use std::path::PathBuf;
use std::time::Duration;

use hotframe_core::{Engine, Moment};

use super::succession::Origin;
use super::{Edition, Roster};
use crate::diagnostics::codes::plugin_life::CHANGES_LOST;
use crate::diagnostics::codes::plugins::SWITCHED_BACK;
use crate::plugins::created::InstanceId;
use crate::plugins::generation::Loaded;
use crate::plugins::host::Host;
use crate::plugins::record::{Cause, Finding};
use crate::plugins::refusal::Refusal;
use crate::plugins::state::{Agreement, agree};
use crate::plugins::unloading::Unloading;

/// How long loading the version before and its hand-over may take, before it serves without.
const PATIENCE: Duration = Duration::from_secs(20);

/// A version that is in memory and to be loaded once more, for the plugin service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BringBack {
    /// The plugin.
    pub plugin: String,
    /// The private copy that its benched generation is mapped from.
    pub copy: PathBuf,
    /// SHA-256 of the file that it was made of, in hex.
    pub sha256: String,
}

/// A version that the server goes back from.
#[derive(Debug)]
pub(super) struct Return {
    cause: Cause,
    /// Why, in words.
    why: String,
    until: Moment,
    /// The version before is loaded, or could not be.
    has_come: bool,
    /// Why its state cannot go back, once that is known.
    fault: Option<String>,
}

impl Roster {
    /// Begins to go back from what serves of a plugin if its state can go back with it. What is
    /// returned is to be given to `PluginService::note`, and then the first to
    /// `PluginService::bring_back`. `None`: there is nothing to hand back, or nobody to take it.
    pub(super) fn begin_return(
        &mut self,
        host: &Host,
        plugin: &str,
        (cause, why): (Cause, &str),
        now: Moment,
    ) -> Option<(BringBack, Finding)> {
        let entry = self.plugins.get(plugin)?;
        let (before, after) = (entry.edition.clone(), entry.benched.clone()?);
        let (from, to) = (InstanceId::of(before.number), InstanceId::of(after.number));
        host.instance(from)?;
        let benched = host.instance(to)?;
        match agree(host.forms_of(from), host.forms_of(to)) {
            Agreement::Version(_) => {}
            Agreement::Nothing => return None,
            Agreement::Mismatch(fault) => {
                tell_lost(plugin, &before, &fault);
                return None;
            }
        }
        let (copy, sha256) = (benched.copy().to_owned(), after.sha256.clone()?);
        log::warn!(
            plugin, generation = before.number;
            "plugin {plugin} {}: {why}: version {} is to serve again, with the state of now",
            before.version, after.version
        );
        let until = now.after(PATIENCE);
        let back = Return { cause, why: why.to_owned(), until, has_come: false, fault: None };
        let reason = back.reason(&before);
        self.returning.insert(plugin.to_owned(), back);
        let plugin = plugin.to_owned();
        let finding = super::switch::set_aside(&plugin, &before, &after, cause, reason)?;
        Some((BringBack { plugin, copy, sha256 }, finding))
    }

    /// Whether the server is about to go back from what serves of a plugin.
    #[must_use]
    pub fn is_returning(&self, plugin: &str) -> bool {
        self.returning.contains_key(plugin)
    }

    /// The version before is loaded once more, or could not be.
    pub(super) fn handle_returned(
        &mut self,
        engine: &mut Engine<Host>,
        plugin: &str,
        loaded: Result<Box<Loaded>, Box<Refusal>>,
        config: &dyn Fn(&str) -> String,
        now: Moment,
    ) -> Option<Unloading> {
        let back = self.returning.get_mut(plugin);
        match (back, loaded) {
            (None, loaded) => Some(self.discard(*loaded.ok()?)),
            (Some(back), Err(refusal)) => {
                (back.has_come, back.fault) = (true, Some(refusal.message));
                None
            }
            (Some(back), Ok(loaded)) => {
                back.has_come = true;
                self.handle_loaded(engine, *loaded, (Origin::Bench, config), now)
            }
        }
    }

    /// What became of a version that was to take over from another is known: `fault` is why it did
    /// not.
    pub(super) fn note_fault(&mut self, plugin: &str, fault: &str) {
        if let Some(back) = self.returning.get_mut(plugin) {
            back.fault = Some(fault.to_owned());
        }
    }

    /// Where state did not go back, or takes too long, the benched instance serves with what it
    /// had.
    pub(super) fn settle_returns(&mut self, engine: &mut Engine<Host>, now: Moment) {
        let is_over = |(plugin, back): (&String, &Return)| {
            let has_failed = back.has_come && !self.pending.contains_key(plugin);
            (has_failed || back.until <= now).then(|| plugin.clone())
        };
        let over: Vec<String> = self.returning.iter().filter_map(is_over).collect();
        for plugin in over {
            self.abandon(engine.handlers_mut(), &plugin);
            let Some(back) = self.returning.remove(&plugin) else {
                continue;
            };
            let fault = back.fault.as_deref().unwrap_or("it took too long");
            if let Some((before, after)) = self.call_back(engine, &plugin, now) {
                back.tell(&plugin, &before, &after);
                let lost = tell_lost(&plugin, &before, fault);
                self.entry(&plugin).reason = Some(format!("{}; {lost}", back.reason(&before)));
            }
        }
    }

    /// When a return has taken too long.
    pub(super) fn next_return(&self) -> Option<Moment> {
        self.returning.values().map(|back| back.until).min()
    }
}

impl Return {
    /// The version before serves again.
    pub fn tell(&self, plugin: &str, before: &Edition, after: &Edition) {
        let (level, code) = match self.cause {
            Cause::Operator => (log::Level::Info, ""),
            _ => (log::Level::Error, SWITCHED_BACK.as_str()),
        };
        log::log!(
            level, plugin, code, generation = after.number;
            "plugin {plugin} {}: {}: version {} serves again, as generation {}",
            before.version, self.why, after.version, after.number
        );
    }

    fn reason(&self, before: &Edition) -> String {
        match self.cause {
            Cause::Operator => format!("the operator rolled version {} back", before.version),
            _ => format!("version {} was switched back from: {}", before.version, self.why),
        }
    }
}

/// Says that what a version has changed is lost; the words.
fn tell_lost(plugin: &str, before: &Edition, fault: &str) -> String {
    let lost = format!("what version {} has changed is lost: {fault}", before.version);
    log::error!(plugin, code = CHANGES_LOST.as_str(); "plugin {plugin}: {lost}");
    format!("{CHANGES_LOST}: {lost}")
}
