//! `cargo xtask sanitize`: owns what runs under AddressSanitizer, LeakSanitizer and valgrind.

mod memcheck;

use std::path::Path;
use std::process::Command;
use std::time::Instant;

use clap::{Args, ValueEnum};

/// Arguments of `cargo xtask sanitize`.
#[derive(Debug, Args)]
pub struct SanitizeArgs {
    /// Only these parts [default: all]
    part: Vec<Part>,
}

/// What can be run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Part {
    /// The tests of the crates below the server, with both sanitizers
    Unit,
    /// A server that serves and reloads for a while, under valgrind
    Memcheck,
}

const PARTS: [Part; 2] = [Part::Unit, Part::Memcheck];

/// The crates with code that reads input, or that calls or is called across the plugin's border.
/// The server is not among them: it stands in front of the C library's `pthread_create`, as the
/// sanitizer does, and the two do not get along. It runs under valgrind.
const CRATES: [&str; 4] =
    ["hotframe-crc", "hotframe-protocol", "hotframe-core", "hotframe-plugin-api"];

/// Looks at a section of its own file, into which the sanitizer puts room round each value.
const SKIPPED: &str = "rust_leaves_its_note";

/// For a named target cargo builds nothing of its own tools with the sanitizers.
const TARGET: &str = "x86_64-unknown-linux-gnu";

/// Runs the parts below `top`; true when nothing was found.
pub fn run(top: &Path, args: &SanitizeArgs) -> bool {
    let wanted = |part: &&Part| args.part.is_empty() || args.part.contains(part);
    let mut good = true;
    for part in PARTS.iter().filter(wanted) {
        let began = Instant::now();
        let held = match part {
            Part::Unit => unit(top),
            Part::Memcheck => memcheck::run(top),
        };
        let word = if held { "no finding" } else { "A FINDING" };
        println!("=== {part:?}: {word} in {:.0} s", began.elapsed().as_secs_f64());
        good &= held;
    }
    good
}

/// Runs the tests with cargo of the nightly toolchain, the sanitizers in all that it builds.
fn unit(top: &Path) -> bool {
    let mut cargo = Command::new("cargo");
    cargo.arg("+nightly").env_remove("RUSTUP_TOOLCHAIN").env_remove("CARGO");
    cargo.args(["test", "--target", TARGET, "--target-dir"]).arg(top.join("target/sanitize"));
    cargo.args(CRATES.iter().flat_map(|name| ["-p", name])).args(["--lib", "--tests"]);
    cargo.args(["--", "--skip", SKIPPED]);
    cargo.env("RUSTFLAGS", "-Zsanitizer=address").current_dir(top);
    cargo.env("ASAN_OPTIONS", "detect_leaks=1:detect_stack_use_after_return=1");
    cargo.status().is_ok_and(|status| status.success())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_crate_is_there() {
        let list = std::fs::read_to_string(crate::top().join("Cargo.toml")).unwrap();
        assert!(CRATES.iter().all(|name| list.contains(name)));
        let notes = std::fs::read_to_string(crate::top().join("plugin-api/tests/note.rs")).unwrap();
        assert!(notes.contains(&format!("fn {SKIPPED}()")));
    }
}
