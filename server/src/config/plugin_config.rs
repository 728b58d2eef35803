//! What is handed to a plugin: owns the table `[plugins.config.NAME]` with its secrets.

use core::fmt;

/// The table `[plugins.config.NAME]`, secrets included. Its `Debug` shows `***` for each of them.
#[derive(Clone, Default, PartialEq)]
pub struct PluginConfig {
    json: serde_json::Value,
}

impl PluginConfig {
    /// The table as JSON for the plugin, with every secret in clear: hand it to the plugin and to
    /// nothing else.
    #[must_use]
    pub fn reveal_json(&self) -> String {
        self.json.to_string()
    }
}

impl fmt::Debug for PluginConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PluginConfig(…)")
    }
}
