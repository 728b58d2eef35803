//! `hotframe serve`.

use clap::Args;

use super::Exit;

/// Arguments of `hotframe serve`.
#[derive(Debug, Default, Args)]
pub struct ServeArgs {}

/// Runs `hotframe serve`.
#[must_use]
pub fn run(_args: &ServeArgs) -> Exit {
    Exit::Failed
}
