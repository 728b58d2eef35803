//! `hotframe send`.

use clap::Args;

use super::Exit;

/// Arguments of `hotframe send`.
#[derive(Debug, Default, Args)]
pub struct SendArgs {}

/// Runs `hotframe send`.
#[must_use]
pub fn run(_args: &SendArgs) -> Exit {
    Exit::Failed
}
