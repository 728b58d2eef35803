//! Owns what the service's reports mean for the book: refusals, files that are gone, generations
//! that are unloaded.
use std::path::{Path, PathBuf};

use hotframe_core::{Engine, Moment};

use super::Roster;
use crate::config::OnRemove;
use crate::diagnostics::codes::runtime::{PLUGIN_GONE, STILL_MAPPED};
use crate::plugins::defect::Defect;
use crate::plugins::host::Host;
use crate::plugins::refusal::Refusal;
use crate::plugins::unloading::UnloadReport;

impl Roster {
    pub(super) fn handle_refused(&mut self, refusal: Refusal) {
        let defect = refusal.defect;
        let level = match defect {
            Defect::Disabled => log::Level::Info,
            Defect::SetAside | Defect::NoCopy | Defect::TooManyDrain | Defect::FolderUnlisted => {
                log::Level::Warn
            }
            _ => log::Level::Error,
        };
        log::log!(level, code = defect.code().as_str(); "{refusal}");
        self.note_held_back(refusal);
    }

    /// What a file holds does not serve, as everybody was told.
    pub(super) fn note_held_back(&mut self, refusal: Refusal) {
        let defect = refusal.defect;
        match refusal.plugin.clone() {
            // Nothing is wrong with what serves: what was wished for is not there.
            _ if defect == Defect::NoCopy => {}
            // A file that only asks for the name of another's plugin does not taint that one.
            Some(plugin) if defect != Defect::NameTaken => {
                self.strangers.remove(&refusal.path);
                let entry = self.entry(&plugin);
                entry.path.get_or_insert_with(|| refusal.path.clone());
                entry.is_disabled |= defect == Defect::Disabled;
                entry.is_set_aside = defect.is_set_aside();
                entry.is_mismatched = defect == Defect::StateMismatch;
                entry.reason = Some(refusal.to_string());
            }
            _ => {
                self.strangers.insert(refusal.path.clone(), refusal);
            }
        }
    }

    pub(super) fn handle_unchanged(&mut self, plugin: &str, path: &Path) {
        self.strangers.remove(path);
        if let Some(entry) = self.plugins.get_mut(plugin) {
            (entry.reason, entry.is_set_aside, entry.is_mismatched) = (None, false, false);
        }
    }

    pub(super) fn handle_gone(
        &mut self,
        engine: &mut Engine<Host>,
        plugin: &str,
        path: PathBuf,
        now: Moment,
    ) {
        let on_remove = self.on_remove;
        self.strangers.remove(&path);
        let Some(entry) = self.plugins.get_mut(plugin) else {
            return;
        };
        if entry.path.as_ref() != Some(&path) {
            return;
        }
        self.shelf.remove(plugin);
        match on_remove {
            OnRemove::Keep if entry.is_active => {
                let reason = format!(
                    "{} was removed; it serves on (`hotframe ctl disable {plugin}` ends that)",
                    path.display()
                );
                log::warn!(plugin, code = PLUGIN_GONE.as_str(); "plugin {plugin}: {reason}");
                entry.reason = Some(reason);
            }
            OnRemove::Keep | OnRemove::Unload => {
                log::info!(plugin; "plugin {plugin}: {} was removed", path.display());
                self.withdraw(engine, plugin, now);
                self.entry(plugin).reason = None;
            }
        }
        self.forget_if_gone(plugin);
    }

    pub(super) fn handle_forgotten(&mut self, path: &PathBuf) {
        self.strangers.remove(path);
        let failed = self
            .plugins
            .iter()
            .find(|(_, entry)| !entry.is_active && entry.path.as_ref() == Some(path));
        if let Some(name) = failed.map(|(name, _)| name.clone()) {
            self.entry(&name).reason = None;
            self.forget_if_gone(&name);
        }
    }

    pub(super) fn handle_unloaded(&mut self, report: UnloadReport) {
        let (plugin, generation) = (report.plugin.as_str(), report.generation);
        match report.lingering {
            Some(_) => log::warn!(plugin, generation, code = STILL_MAPPED.as_str(); "{report}"),
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
}
