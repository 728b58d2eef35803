//! The answer to `ctl rollback`, `disable` and `enable`.

use serde::{Deserialize, Serialize};

use super::PluginState;

/// A plugin as it is after the operator has switched it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Switched {
    /// The plugin's name.
    pub name: String,
    /// The version that serves, or served last.
    pub version: String,
    /// Number of the generation that serves; 0 when none does.
    pub generation: u64,
    /// What it does now.
    pub state: PluginState,
    /// Why the state is what it is, where there is something to say.
    pub reason: Option<String>,
}
