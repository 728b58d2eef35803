//! What an operator chooses about the log.

use std::str::FromStr;

use log::LevelFilter;

/// What a log line looks like.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    /// Text on a terminal, JSON elsewhere.
    #[default]
    Auto,
    /// For eyes.
    Text,
    /// One object a line, flat keys.
    Json,
}

impl FromStr for Format {
    type Err = UnknownFormat;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        match name {
            "auto" => Ok(Self::Auto),
            "text" => Ok(Self::Text),
            "json" => Ok(Self::Json),
            _ => Err(UnknownFormat),
        }
    }
}

/// The name is none of `auto`, `text`, `json`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnknownFormat;

/// What an operator chooses about the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LogOptions {
    /// The least important level that is written.
    pub level: LevelFilter,
    /// What a line looks like.
    pub format: Format,
}

impl Default for LogOptions {
    fn default() -> Self {
        Self { level: LevelFilter::Info, format: Format::Auto }
    }
}
