//! The answer to `ctl log`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// What is logged.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogLevels {
    /// The least important level that is written.
    pub level: String,
    /// What the configuration says about it.
    pub configured: String,
    /// Targets with a level of their own, such as `plugin::echo`.
    pub targets: BTreeMap<String, String>,
}

/// The answer to `ctl tap`, before the first row.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tapping {
    /// What is tapped, as it was asked for; `null` for everything.
    pub tapping: Option<String>,
}
