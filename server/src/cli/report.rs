//! Problems on standard error: owns how a command shows what is wrong before it gives up.

use std::io::{self, IsTerminal, Write};

use crate::diagnostics::{Diagnostic, Format, render, tally};

/// Prints problems and their count on standard error, in colour where a person reads.
pub fn print(problems: &[Diagnostic]) {
    let mut out = io::stderr().lock();
    let colour = out.is_terminal() && std::env::var_os("NO_COLOR").is_none();
    let text = render(problems, Format::Text, colour);
    // Nobody is left to tell when standard error is gone.
    let _gone = writeln!(out, "{text}\n{}", tally(problems));
}
