//! Where a command takes the configuration from: owns the options that `serve` and `check` share.

use std::path::PathBuf;

use clap::Args;

use crate::config::Sources;

/// The options that name and change the configuration.
#[derive(Clone, Debug, Default, Args)]
pub struct SourceArgs {
    /// The configuration file [default: config/hotframe.toml, else the built-in default]
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Lay profiles/NAME.toml beside the configuration file over it
    #[arg(long, value_name = "NAME")]
    profile: Option<String>,
    /// Set a key of the configuration, as in limits.max_connections=100
    #[arg(long, value_name = "KEY=VALUE")]
    set: Vec<String>,
}

impl SourceArgs {
    /// These options with the environment and folders of this process.
    #[must_use]
    pub fn sources(&self) -> Sources {
        Sources {
            config: self.config.clone(),
            profile: self.profile.clone(),
            sets: self.set.clone(),
            ..Sources::of_process()
        }
    }
}
