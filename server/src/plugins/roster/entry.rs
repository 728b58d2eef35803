//! Owns what the roster knows of one plugin, and how it is shown.
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use hotframe_core::GenerationView;

use crate::control::answers::{PluginRow, PluginState};
use crate::plugins::Callee;
use crate::plugins::refusal::Refusal;

/// One version of a plugin, from the moment when it serves.
#[derive(Debug, Clone, Default)]
pub(super) struct Edition {
    /// The number of its generation.
    pub number: u64,
    pub version: String,
    pub sha256: Option<String>,
    pub handlers: Vec<String>,
    /// How long loading it took.
    pub load_time: Duration,
}

/// One plugin's line in the book.
#[derive(Debug, Default)]
pub(super) struct Entry {
    /// What serves or, while nothing does, served last.
    pub edition: Edition,
    pub is_active: bool,
    /// What served before and stays until the newest one is proven.
    pub benched: Option<Edition>,
    pub path: Option<PathBuf>,
    pub is_builtin: bool,
    /// The operator has switched it off.
    pub is_disabled: bool,
    /// What became of its state when it was switched off.
    pub state_is: Option<&'static str>,
    /// What its file holds is set aside.
    pub is_set_aside: bool,
    /// What its file holds cannot take over the state, as it is treated now.
    pub is_mismatched: bool,
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
            Self { is_active: true, .. } => PluginState::Active,
            Self { is_disabled: true, .. } => PluginState::Disabled,
            Self { resident, .. } if *resident > lingering => PluginState::Draining,
            Self { is_set_aside: true, .. } => PluginState::Quarantined,
            Self { reason: Some(_), .. } => PluginState::Failed,
            _ => PluginState::Lingering,
        }
    }

    /// Whether nothing of it is left to be told.
    pub fn is_over(&self) -> bool {
        let is_kept = self.is_builtin || self.is_active || self.is_disabled;
        !is_kept && self.resident == 0 && self.reason.is_none()
    }

    /// The plugin as it is shown; the engine's `views` bring the counts of living generations.
    pub fn row(&self, name: &str, views: &[GenerationView<'_, Callee>]) -> PluginRow {
        let views = || views.iter().filter(|view| view.plugin == name);
        let linger = self.lingering.last_key_value();
        let linger = linger.map(|(_, reason)| match self.lingering.len() {
            1 => format!("an old generation stays in memory: {reason}"),
            count => format!("{count} old generations stay in memory: {reason}"),
        });
        let state_is = self.state_is.unwrap_or_default();
        let lingers = u64::try_from(self.lingering.len()).unwrap_or(u64::MAX);
        let in_place = u64::from(self.is_active) + u64::from(self.benched.is_some());
        let disabled =
            || self.is_disabled.then(|| format!("the operator has disabled it{state_is}"));
        PluginRow {
            name: name.to_owned(),
            version: self.edition.version.clone(),
            path: self.path.as_ref().map(|path| path.display().to_string()),
            sha256: self.edition.sha256.clone(),
            generation: if self.is_active { self.edition.number } else { 0 },
            state: self.state(),
            handlers: self.edition.handlers.clone(),
            calls: self.past.0 + views().map(|view| view.calls).sum::<u64>(),
            errors: self.past.1 + views().map(|view| view.errors).sum::<u64>(),
            in_flight: views().map(|view| u64::from(view.in_flight)).sum(),
            reloads: self.reloads,
            resident_generations: self.resident,
            draining_generations: self.resident.saturating_sub(lingers + in_place),
            lingering_generations: lingers,
            load_us: u64::try_from(self.edition.load_time.as_micros()).unwrap_or(u64::MAX),
            reason: disabled().or_else(|| self.reason.clone()).or(linger),
            ..PluginRow::default()
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
