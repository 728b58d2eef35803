//! `hotframe check`.

use clap::Args;

use super::Exit;

/// Arguments of `hotframe check`.
#[derive(Debug, Default, Args)]
pub struct CheckArgs {}

/// Runs `hotframe check`.
#[must_use]
pub fn run(_args: &CheckArgs) -> Exit {
    Exit::Failed
}
