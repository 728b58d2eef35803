//! `cargo xtask chaos`: owns long runs of the end-to-end chaos test.

use std::path::Path;
use std::process::Command;

use clap::Args;

/// Arguments of `cargo xtask chaos`.
#[derive(Debug, Args)]
pub struct ChaosArgs {
    /// How long
    #[arg(long, default_value_t = 5)]
    minutes: u64,
    /// Which faults, and in which order
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// How many clients talk at once
    #[arg(long, default_value_t = 6)]
    clients: u64,
}

/// The one test that it runs.
const TEST: &str = "chaos::nothing_is_lost_and_every_count_is_right";

/// Runs chaos below `top`; true when nothing was lost, no count was wrong, and nothing grew.
pub fn run(top: &Path, args: &ChaosArgs) -> bool {
    let mut cargo = Command::new(std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned()));
    cargo.args(["test", "--quiet", "-p", "hotframe-tests", "--test", "e2e", "--"]);
    cargo.args(["--exact", "--nocapture", TEST]).current_dir(top);
    cargo.env("HOTFRAME_CHAOS_SECONDS", (args.minutes * 60).to_string());
    cargo.env("HOTFRAME_CHAOS_SEED", args.seed.to_string());
    cargo.env("HOTFRAME_CHAOS_CLIENTS", args.clients.to_string());
    cargo.status().is_ok_and(|status| status.success())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_test_is_there() {
        let (module, function) = TEST.split_once("::").unwrap();
        let path = format!("tests/e2e/{module}/mod.rs");
        let text = std::fs::read_to_string(crate::top().join(path)).unwrap();
        assert!(text.contains(&format!("fn {function}()")));
    }
}
