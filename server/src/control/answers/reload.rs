//! The answers to `ctl reload` and `ctl shutdown`.

use serde::{Deserialize, Serialize};

use super::ServerState;

/// What a reload did; sent when it is live. What is refused is a
/// [`ControlError`](crate::control::ControlError) with the reasons instead.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reloaded {
    /// Number of the configuration generation that serves now.
    pub generation: u64,
    /// How long it took, from the request to live.
    pub duration_us: u64,
    /// The plugins that were looked at.
    pub plugins: Vec<ReloadedPlugin>,
}

/// One plugin that a reload looked at.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReloadedPlugin {
    /// The plugin's name.
    pub name: String,
    /// The version that serves now.
    pub version: String,
    /// The generation that serves now.
    pub generation: u64,
    /// False when the file was the one that already served.
    pub changed: bool,
}

/// What `shutdown` is answered with, as soon as draining has begun.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stopping {
    /// Always [`ServerState::Draining`].
    pub state: ServerState,
}

impl Default for Stopping {
    fn default() -> Self {
        Self { state: ServerState::Draining }
    }
}
