//! `hotframe plugin test`: the handlers of a plugin are called without a server.

use std::io::{self, IsTerminal};
use std::path::{Path, PathBuf};

use clap::Args;

use super::frames::{self, Frames};
use super::outcome::Outcome;
use crate::cli::Exit;
use crate::cli::check::print;
use crate::cli::failure::Failure;
use crate::cli::ink::Ink;
use crate::cli::report;
use crate::diagnostics::{Diagnostic, Format, render};
use crate::plugins::{Rehearsal, Script};

/// Where the frames are if nothing is said.
pub(super) const FRAMES: &str = "frames.toml";

/// Arguments of `hotframe plugin test`.
#[derive(Clone, Debug, Args)]
pub struct TestArgs {
    /// The plugin: a shared library
    #[arg(value_name = "FILE.so")]
    file: PathBuf,
    /// What is sent, and what must come back [default: frames.toml of this folder; without one,
    /// the plugin is only loaded, started and ended]
    #[arg(long, value_name = "FILE")]
    frames: Option<PathBuf>,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// Runs `hotframe plugin test`: good if all that was expected came.
#[must_use]
pub fn run(args: &TestArgs) -> Exit {
    let frames = args.frames.clone().or_else(|| {
        let usual = PathBuf::from(FRAMES);
        usual.is_file().then_some(usual)
    });
    let outcome = match rehearse(&args.file, frames.as_deref()) {
        Ok(outcome) => outcome,
        Err(problem) => return problem.report(args.json),
    };
    let ink = Ink::on(io::stdout().is_terminal());
    print(&if args.json { format!("{}\n", outcome.as_json()) } else { outcome.as_text(ink) });
    if outcome.is_good() { Exit::Good } else { Exit::Failed }
}

/// Why a plugin was not even tried.
pub enum Problem {
    /// A server would refuse the file before it runs any of it.
    File(Failure),
    /// The frames file is wrong.
    Frames(Vec<Diagnostic>),
}

impl Problem {
    /// Says it on standard error.
    pub fn report(&self, json: bool) -> Exit {
        match self {
            Self::File(failure) => failure.report(json),
            Self::Frames(problems) if json => {
                eprint!("{}", render(problems, Format::Json, false));
                Exit::Failed
            }
            Self::Frames(problems) => {
                report::print(problems);
                Exit::Failed
            }
        }
    }
}

/// Plays the frames, if there are some, with the plugin at `file`.
pub fn rehearse(file: &Path, frames: Option<&Path>) -> Result<Outcome, Problem> {
    let rehearsal = Rehearsal::of(file.to_owned(), PathBuf::from("/proc/self/exe"))
        .map_err(|refusal| Problem::File(Failure::of_file(&refusal)))?;
    let note = &rehearsal.preflight.note;
    let read = frames.map(|path| frames::read(path, &note.name));
    let none = || Frames { config: "{}".to_owned(), cases: Vec::new() };
    let Frames { config, cases } = read.transpose().map_err(Problem::Frames)?.unwrap_or_else(none);
    let steps = cases.iter().map(|case| case.step.clone()).collect();
    let script = Script { config, steps: Some(steps), copies: Vec::new() };
    let shown = frames.map(|path| path.display().to_string());
    let mut outcome = Outcome::new(note, shown, cases);
    let ended = rehearsal.play(&script, |word| outcome.handle(word));
    if let Err(fault) = ended {
        outcome.handle_break(&fault);
    }
    Ok(outcome)
}
