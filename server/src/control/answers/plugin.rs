//! One row of `ctl plugins`.

use serde::{Deserialize, Serialize};

use super::plugin_figures::{HandlerRow, MetricRow};

/// One plugin.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct PluginRow {
    /// The plugin's name, the first half of `plugin.handler`.
    pub name: String,
    /// Its own version.
    pub version: String,
    /// The file that it was loaded from; `null` for the built-in one.
    pub path: Option<String>,
    /// SHA-256 of that file as 64 hexadecimal digits; `null` for the built-in one.
    pub sha256: Option<String>,
    /// Number of the generation that serves; 0 when none does.
    pub generation: u64,
    /// What it does right now.
    pub state: PluginState,
    /// Its handlers, without the plugin's name.
    pub handlers: Vec<String>,
    /// Calls since the server's start, of all generations.
    pub calls: u64,
    /// Calls that ended in an error reply.
    pub errors: u64,
    /// Calls whose answer is still owed.
    pub in_flight: u64,
    /// How often it was switched to another generation.
    pub reloads: u64,
    /// Generations that are still in memory, the active one included.
    pub resident_generations: u64,
    /// Those of them that were replaced and have still to answer, or jobs to end.
    #[serde(default)]
    pub draining_generations: u64,
    /// Those of them that were to be unloaded and could not be.
    #[serde(default)]
    pub lingering_generations: u64,
    /// Why the state is what it is, where there is something to say.
    pub reason: Option<String>,
    /// How long loading what serves took, in microseconds, from its file to its table.
    #[serde(default)]
    pub load_us: u64,
    /// Bytes that its libraries in memory have on the heap; `null` where they do not say.
    #[serde(default)]
    pub heap_bytes: Option<u64>,
    /// What is counted of each handler.
    #[serde(default)]
    pub handler_figures: Vec<HandlerRow>,
    /// What it measures itself.
    #[serde(default)]
    pub metrics: Vec<MetricRow>,
}

/// What a plugin does right now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PluginState {
    /// Serves.
    #[default]
    Active,
    /// Withdrawn; answers what it owes.
    Draining,
    /// Drained, but cannot be unloaded.
    Lingering,
    /// Switched off by the operator.
    Disabled,
    /// Switched off by the server after failing too often.
    Quarantined,
    /// Refused, and no earlier generation serves.
    Failed,
    /// Part of the server.
    Builtin,
}

impl PluginState {
    /// Whether requests reach it.
    #[must_use]
    pub const fn serves(self) -> bool {
        matches!(self, Self::Active | Self::Builtin)
    }

    /// The word for it, as in the JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Draining => "draining",
            Self::Lingering => "lingering",
            Self::Disabled => "disabled",
            Self::Quarantined => "quarantined",
            Self::Failed => "failed",
            Self::Builtin => "builtin",
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_keys_are_the_contract() {
        let row = PluginRow { name: "echo".into(), ..PluginRow::default() };
        let expected = json!({
            "name": "echo", "version": "", "path": null, "sha256": null, "generation": 0,
            "state": "active", "handlers": [], "calls": 0, "errors": 0, "in_flight": 0,
            "reloads": 0, "resident_generations": 0, "draining_generations": 0,
            "lingering_generations": 0, "reason": null, "load_us": 0,
            "heap_bytes": null, "handler_figures": [], "metrics": [],
        });
        assert_eq!(serde_json::to_value(&row).unwrap(), expected);
        assert_eq!(serde_json::from_value::<PluginRow>(expected).unwrap(), row);
    }

    #[test]
    fn states_are_spelled_as_their_names() {
        use PluginState::*;
        for state in [Active, Draining, Lingering, Disabled, Quarantined, Failed, Builtin] {
            assert_eq!(serde_json::to_value(state).unwrap(), state.name());
        }
    }
}
