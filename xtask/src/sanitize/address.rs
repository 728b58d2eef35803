//! AddressSanitizer and LeakSanitizer: owns what is built with them, which tests run, and what
//! counts as a finding.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The end-to-end tests in which plugins are loaded, called, replaced and unloaded. Those that hold
/// the server to an amount of memory have to stay away: with the sanitizers it takes more.
const E2E: [&str; 16] = [
    "broken::",
    "crash::",
    "deferred::",
    "drain::",
    "farewell::",
    "full_disk::",
    "impatience::",
    "kv::",
    "passing_on::",
    "probation::",
    "pushing::",
    "reload::",
    "returning::",
    "rollback::",
    "state::",
    "torn::",
];

/// For a named target cargo builds nothing of its own tools with the sanitizers.
const TARGET: &str = "x86_64-unknown-linux-gnu";

/// `hotframe_asan` has the server get along with the sanitizer. Statics are left as they are: room
/// round each would part the note that a plugin is known by.
const FLAGS: &str = "-Zsanitizer=address -Cllvm-args=-asan-globals=0 --cfg hotframe_asan";

/// What is a crash is told by the server itself, which is tried.
const OPTIONS: &str = "detect_leaks=1:detect_stack_use_after_return=1:handle_segv=0:\
    handle_sigbus=0:handle_sigill=0:handle_sigfpe=0";

/// Runs the tests of every crate but the one of end-to-end tests, whose servers are built without;
/// true when they held and nothing was found.
pub fn unit(top: &Path) -> bool {
    let mut cargo = nightly(top, "test");
    cargo.args(["--workspace", "--exclude", "hotframe-tests", "--lib", "--bins", "--tests"]);
    watched(top, cargo)
}

/// Builds server and plugins with the sanitizers and runs end-to-end tests with them; true when
/// they held and nothing was found.
pub fn e2e(top: &Path) -> bool {
    let built = nightly(top, "build").status();
    if !built.is_ok_and(|status| status.success()) {
        return false;
    }
    let mut cargo = Command::new(std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned()));
    cargo.args(["test", "-p", "hotframe-tests", "--test", "e2e", "--"]).args(E2E);
    cargo.env("HOTFRAME_E2E_BUILT", target(top).join(TARGET).join("debug")).current_dir(top);
    watched(top, cargo)
}

/// Cargo of the nightly toolchain, with the sanitizers in all that it builds.
fn nightly(top: &Path, verb: &str) -> Command {
    let mut cargo = Command::new("cargo");
    cargo.arg("+nightly").env_remove("RUSTUP_TOOLCHAIN").env_remove("CARGO");
    cargo.args([verb, "--target", TARGET, "--target-dir"]).arg(target(top));
    cargo.env("RUSTFLAGS", FLAGS).current_dir(top);
    cargo
}

fn target(top: &Path) -> PathBuf {
    top.join("target/sanitize")
}

/// Runs tests; true when they held and no process has left a report.
fn watched(top: &Path, mut tests: Command) -> bool {
    let reports = target(top).join("reports");
    // It need not be there.
    let _ = fs::remove_dir_all(&reports);
    if let Err(error) = fs::create_dir_all(&reports) {
        eprintln!("{}: {error}", reports.display());
        return false;
    }
    tests.env("ASAN_OPTIONS", format!("{OPTIONS}:log_path={}", reports.join("asan").display()));
    let held = tests.status().is_ok_and(|status| status.success());
    let left = fs::read_dir(&reports).into_iter().flatten().flatten().map(|entry| entry.path());
    let left: Vec<_> = left.collect();
    for report in &left {
        println!("{}:\n{}", report.display(), fs::read_to_string(report).unwrap_or_default());
    }
    held && left.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_test_is_there() {
        let tests = fs::read_to_string(crate::top().join("tests/e2e/main.rs")).unwrap();
        for module in E2E {
            let name = module.trim_end_matches(':');
            assert!(tests.contains(&format!("mod {name};")), "{name}");
        }
    }
}
