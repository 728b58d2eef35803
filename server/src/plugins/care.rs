//! Owns the `Care` that is taken of a file before it is loaded.
use std::collections::BTreeMap;

use super::probe::Probe;
use crate::config::{PluginConfig, PluginPolicy};

/// What is done with a file before any of its code runs in the server.
#[derive(Debug, Clone, PartialEq)]
pub struct Care {
    /// Its private copy is changed so that it can be unmapped.
    pub normalize: bool,
    /// It is tried out in another process first.
    pub probe: Option<Probe>,
    /// How plugins are treated, by their names: whether state of theirs is kept.
    pub policies: BTreeMap<String, PluginPolicy>,
    /// The most bytes of state that a plugin may have.
    pub max_state: u64,
    /// What the plugins are configured with, by their names; the trial is created with it.
    pub configs: BTreeMap<String, PluginConfig>,
}

impl Care {
    /// Whether the state of a plugin is kept in a file.
    pub(super) fn keeps_state(&self, plugin: &str) -> bool {
        self.policies.get(plugin).is_some_and(|policy| policy.persist_state)
    }

    /// The configuration of a plugin as a JSON object, with its secrets in clear.
    pub(super) fn config_of(&self, plugin: &str) -> String {
        self.configs.get(plugin).map_or_else(|| "{}".to_owned(), PluginConfig::reveal_json)
    }
}

impl Default for Care {
    /// Copies are changed, nothing is tried out, and nothing is configured.
    fn default() -> Self {
        Self {
            normalize: true,
            probe: None,
            policies: BTreeMap::new(),
            max_state: 256 << 20,
            configs: BTreeMap::new(),
        }
    }
}
