//! `hotframe explain`.

use clap::Args;

use super::Exit;

/// Arguments of `hotframe explain`.
#[derive(Debug, Default, Args)]
pub struct ExplainArgs {}

/// Runs `hotframe explain`.
#[must_use]
pub fn run(_args: &ExplainArgs) -> Exit {
    Exit::Failed
}
