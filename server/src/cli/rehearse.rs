//! `hotframe __rehearse`: the process in which `plugin test` plays with a plugin. Nobody types it.

use std::path::PathBuf;

use clap::Args;

use crate::plugins::stage;

/// Arguments of `hotframe __rehearse`.
#[derive(Clone, Debug, Args)]
pub struct RehearseArgs {
    /// The private copy of the plugin.
    copy: PathBuf,
    /// The plugin's file, as a person knows it.
    path: PathBuf,
}

/// Plays the script from standard input, and ends the process.
pub fn run(args: &RehearseArgs) -> ! {
    stage::run(&args.copy, &args.path)
}
