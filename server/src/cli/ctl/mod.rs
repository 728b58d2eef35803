//! `hotframe ctl`.

use clap::Args;

use super::Exit;

/// Arguments of `hotframe ctl`.
#[derive(Debug, Default, Args)]
pub struct CtlArgs {}

/// Runs `hotframe ctl`.
#[must_use]
pub fn run(_args: &CtlArgs) -> Exit {
    Exit::Failed
}
