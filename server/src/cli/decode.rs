//! `hotframe decode`.

use clap::Args;

use super::Exit;

/// Arguments of `hotframe decode`.
#[derive(Debug, Default, Args)]
pub struct DecodeArgs {}

/// Runs `hotframe decode`.
#[must_use]
pub fn run(_args: &DecodeArgs) -> Exit {
    Exit::Failed
}
