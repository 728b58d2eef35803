//! The plugin's configuration.

use std::path::PathBuf;

use hotframe_plugin_api::Error;
use serde::Deserialize;

/// `[plugins.config.telemetry]`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// The database; relative to the folder that the server runs in.
    pub path: PathBuf,
    /// The most readings that are kept.
    pub max_rows: u64,
    /// Readings older than so many seconds are not kept.
    pub max_age_s: u64,
    /// The most bytes that the database takes; what is being written comes on top, a few MiB.
    pub max_bytes: u64,
    /// When a reading counts as stored.
    pub sync: Sync,
}

/// When a reading counts as stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Sync {
    /// When it is on the disk: it survives a loss of power.
    Full,
    /// When the operating system has it: it survives the end of the server, not that of the
    /// machine.
    Normal,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            path: "run/telemetry.db".into(),
            max_rows: 1_000_000,
            max_age_s: 30 * 24 * 3600,
            max_bytes: 256 << 20,
            sync: Sync::Full,
        }
    }
}

/// The key that a mistake is about, as far as its text tells.
pub fn key_of(text: &str) -> &'static str {
    let keys = ["path", "max_rows", "max_age_s", "max_bytes", "sync"];
    keys.into_iter().find(|key| text.starts_with(key)).unwrap_or("")
}

impl Config {
    /// Reads the text of a JSON object.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(json: &str) -> Result<Self, Error> {
        let config: Self = serde_json::from_str(json).map_err(Error::config)?;
        let least = [
            ("max_rows", config.max_rows, 1),
            ("max_age_s", config.max_age_s, 1),
            // Below that, the empty tables would not fit.
            ("max_bytes", config.max_bytes, 1 << 20),
        ];
        for (key, value, least) in least {
            if value < least || i64::try_from(value.saturating_mul(1000)).is_err() {
                return Err(Error::config(format!("{key} = {value}: it must be at least {least}")));
            }
        }
        if config.path.as_os_str().is_empty() {
            return Err(Error::config("path is empty"));
        }
        Ok(config)
    }

    /// The oldest time that is kept, in milliseconds since 1970.
    pub fn oldest(&self, now_ms: u64) -> u64 {
        now_ms.saturating_sub(self.max_age_s.saturating_mul(1000))
    }
}
