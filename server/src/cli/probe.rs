//! `hotframe __probe`: the process in which the server tries a plugin out. Nobody types it.

use std::path::PathBuf;

use clap::Args;

use crate::plugins::trial;

/// Arguments of `hotframe __probe`.
#[derive(Clone, Debug, Args)]
pub struct ProbeArgs {
    /// The server's private copy of the plugin.
    copy: PathBuf,
}

/// Runs the trial, and ends the process.
pub fn run(args: &ProbeArgs) -> ! {
    trial::run(&args.copy)
}
