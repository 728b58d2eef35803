//! What a test leaves out where a tool of somebody else's is missing: said where nobody overhears
//! it, with the way to have it.

use std::io::Write;

/// Says that something is not tested here, and how it would be. Not by `eprintln!`, which a test
/// that passes is silent about: CI lists these lines at its end.
pub fn skipped(what: &str, install: &str) {
    let line = format!("SKIPPED: {what}; to have it tested: {install}\n");
    // Where there is nobody to tell, nobody is told.
    let _untold = std::io::stderr().write_all(line.as_bytes());
}
