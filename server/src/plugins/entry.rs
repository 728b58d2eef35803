//! Owns what the roster knows of one plugin, and how it is shown.
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use hotframe_core::GenerationView;

use super::host::Callee;
use super::refusal::Refusal;
use crate::control::answers::{PluginRow, PluginState};

/// One plugin's line in the book.
#[derive(Debug, Default)]
pub(super) struct Entry {
    pub version: Option<String>,
    pub path: Option<PathBuf>,
    pub sha256: Option<String>,
    /// The number of the generation that serves.
    pub active: Option<u64>,
    pub handlers: Vec<String>,
    pub is_builtin: bool,
    /// How long loading what serves took.
    pub load_time: Duration,
    /// Generations that took over, the first one not counted.
    pub reloads: u64,
    /// Generations in memory.
    pub resident: u64,
    /// Calls and errors of the generations that are gone.
    pub past: (u64, u64),
    /// Generations that were to be unloaded and are still mapped, with the reason.
    pub lingering: BTreeMap<u64, String>,
    pub reason: Option<String>,
}

impl Entry {
    fn state(&self) -> PluginState {
        let lingering = u64::try_from(self.lingering.len()).unwrap_or(u64::MAX);
        match self {
            Self { is_builtin: true, .. } => PluginState::Builtin,
            Self { active: Some(_), .. } => PluginState::Active,
            Self { resident, .. } if *resident > lingering => PluginState::Draining,
            Self { reason: Some(_), .. } => PluginState::Failed,
            _ => PluginState::Lingering,
        }
    }

    /// The plugin as it is shown; the engine's `views` bring the counts of living generations.
    pub fn row(&self, name: &str, views: &[GenerationView<'_, Callee>]) -> PluginRow {
        let views = || views.iter().filter(|view| view.plugin == name);
        let linger = self.lingering.last_key_value();
        let linger = linger.map(|(_, reason)| match self.lingering.len() {
            1 => format!("an old generation stays in memory: {reason}"),
            count => format!("{count} old generations stay in memory: {reason}"),
        });
        PluginRow {
            name: name.to_owned(),
            version: self.version.clone().unwrap_or_default(),
            path: self.path.as_ref().map(|path| path.display().to_string()),
            sha256: self.sha256.clone(),
            generation: self.active.unwrap_or(0),
            state: self.state(),
            handlers: self.handlers.clone(),
            calls: self.past.0 + views().map(|view| view.calls).sum::<u64>(),
            errors: self.past.1 + views().map(|view| view.errors).sum::<u64>(),
            in_flight: views().map(|view| u64::from(view.in_flight)).sum(),
            reloads: self.reloads,
            resident_generations: self.resident,
            reason: self.reason.clone().or(linger),
        }
    }
}

/// A file that was refused and never said whose it is, as it is shown.
pub(super) fn stranger(refusal: &Refusal) -> PluginRow {
    let file = refusal.path.file_stem().unwrap_or_default().to_string_lossy();
    PluginRow {
        name: refusal.plugin.clone().unwrap_or_else(|| file.into_owned()),
        path: Some(refusal.path.display().to_string()),
        state: PluginState::Failed,
        reason: Some(refusal.to_string()),
        ..PluginRow::default()
    }
}
