//! `cargo xtask sanitize`: owns what runs under AddressSanitizer, LeakSanitizer and valgrind.

mod address;
mod memcheck;

use std::path::Path;
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
    /// The tests of all crates but those end to end, with both sanitizers
    Unit,
    /// A server and plugins with both sanitizers, in the end-to-end tests
    E2e,
    /// A server that serves and reloads for a while, under valgrind
    Memcheck,
}

const PARTS: [Part; 3] = [Part::Unit, Part::E2e, Part::Memcheck];

/// Runs the parts below `top`; true when nothing was found.
pub fn run(top: &Path, args: &SanitizeArgs) -> bool {
    let wanted = |part: &&Part| args.part.is_empty() || args.part.contains(part);
    let mut good = true;
    for part in PARTS.iter().filter(wanted) {
        let began = Instant::now();
        let held = match part {
            Part::Unit => address::unit(top),
            Part::E2e => address::e2e(top),
            Part::Memcheck => memcheck::run(top),
        };
        let word = if held { "no finding" } else { "A FINDING" };
        println!("=== {part:?}: {word} in {:.0} s", began.elapsed().as_secs_f64());
        good &= held;
    }
    good
}
