//! `hotframe decode`: takes bytes apart, frame by frame and field by field.

mod input;
mod json;
mod parts;
mod text;

use std::io::{self, BufWriter, IsTerminal, Write};

use clap::Args;

use super::Exit;
use super::ink::Ink;
use parts::{Part, parts};

/// Arguments of `hotframe decode`.
#[derive(Debug, Default, Args)]
pub struct DecodeArgs {
    /// Bytes as `hex:AA AA 01 …`, the name of a binary file, or `@-` for standard input (which
    /// is also read when nothing is named)
    #[arg(value_name = "hex:… | FILE | @-")]
    input: Vec<String>,
    /// Print one JSON object a line
    #[arg(long)]
    json: bool,
}

/// Runs `hotframe decode`: good if every byte belongs to a good frame, failed otherwise.
#[must_use]
pub fn run(args: &DecodeArgs) -> Exit {
    let bytes = match input::read(&args.input, &mut io::stdin().lock()) {
        Ok(bytes) => bytes,
        Err(failure) => return failure.report(args.json),
    };
    let stdout = io::stdout();
    let ink = Ink::on(stdout.is_terminal());
    match print(&bytes, args.json, ink, &mut BufWriter::new(stdout.lock())) {
        Ok(true) => Exit::Good,
        // A reader that has seen enough is no reason to complain.
        Ok(false) | Err(_) => Exit::Failed,
    }
}

/// Prints what `bytes` are; whether all is good.
fn print(bytes: &[u8], json: bool, ink: Ink, out: &mut impl Write) -> io::Result<bool> {
    let parts = parts(bytes);
    for part in &parts {
        if json {
            writeln!(out, "{}", json::line(part))?;
        } else {
            text::write(part, ink, out)?;
        }
    }
    if !json {
        text::write_summary(&parts, bytes.len(), ink, out)?;
    }
    out.flush()?;
    Ok(parts.iter().all(Part::is_good))
}

#[cfg(test)]
mod tests;
