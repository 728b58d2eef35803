//! Owns the trial of a file in a process of its own: a file that crashes, exits or hangs costs
//! that process and nothing else.
//!
//! The server runs its own executable again, `hotframe __probe COPY`, which loads the private
//! copy, creates an instance for a trial, lets it load state and begin, destroys it, and unmaps the
//! library ([`trial`]). On a socket, its standard output, it says where it is and what came of it
//! ([`Report`]), and asks for the state that it is given there ([`Talk`], [`Sample`]).
mod process;
mod report;
mod sample;
mod talk;
pub mod trial;

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

pub(super) use self::process::{Ending, Output, Process};
use self::report::Report;
pub(super) use self::sample::{MOST as MOST_STATE, Sample, Slices};
use self::talk::{Heard, Talk};
use super::defect::{Defect, Fault};
use super::state::Forms;

/// The hidden command of the executable that is the trial.
pub const COMMAND: &str = "__probe";

/// How files are tried out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Probe {
    /// The executable that has the hidden command.
    pub program: PathBuf,
    /// How long a trial may take.
    pub patience: Duration,
}

impl Probe {
    /// A trial by this very executable, even if its file was replaced since it was started, of
    /// two seconds at the most.
    #[must_use]
    pub fn by_this_program() -> Self {
        Self { program: PathBuf::from("/proc/self/exe"), patience: Duration::from_secs(2) }
    }

    /// Tries out the private copy at `copy` with the plugin's configuration, and without state.
    ///
    /// # Errors
    /// What the trial found wrong, or how it ended.
    pub fn try_out(&self, copy: &Path, config: &str) -> Result<(), Fault> {
        self.run(copy, config, |_| None).map(|_| ())
    }

    /// Tries out the private copy at `copy` with the plugin's configuration. `state` is asked for
    /// the state of what serves, once, by a plugin that has some; `None`: it begins without.
    ///
    /// # Errors
    /// What the trial found wrong, or how it ended.
    pub(super) fn run(
        &self,
        copy: &Path,
        config: &str,
        state: impl FnOnce(Forms) -> Option<Sample>,
    ) -> Result<Tried, Fault> {
        let unavailable = |error: std::io::Error| {
            Defect::ProbeUnavailable.because(format!("it could not be tried out: {error}"))
        };
        let args = [COMMAND.as_ref(), copy.as_os_str()];
        let (mut talk, stdout) = Talk::begin(self.patience).map_err(unavailable)?;
        let to = (Stdio::from(stdout), Output::Hidden);
        let mut process = Process::start(&self.program, &args, config, to).map_err(unavailable)?;
        let descriptor = process.descriptor().map_err(unavailable)?;
        let mut heard = talk.listen(&descriptor).map_err(unavailable)?;
        if let Heard::Asks(forms) = heard {
            let sample = state(forms);
            heard = talk.give(&descriptor, sample.as_ref()).map_err(unavailable)?;
        }
        let ending = process.end(heard != Heard::End).map_err(unavailable)?;
        let Report { stage, verdict } = talk.report();
        match (ending, verdict) {
            (Ending::Late, _) if heard == Heard::Unjudged => Ok(Tried::NotToTheEnd),
            (Ending::Late, _) => Err(Defect::ProbeTimedOut
                .because(format!("its trial did not get on within {:?}: {stage}", self.patience))),
            (Ending::Signal(signal), _) => {
                Err(Defect::ProbeCrashed.because(format!("its trial ended by {signal}: {stage}")))
            }
            (Ending::Exit(_), Some(verdict)) => verdict.map(|()| Tried::ToTheEnd),
            (Ending::Exit(code), None) => Err(Defect::ProbeExited
                .because(format!("it ended the process of its trial with code {code}: {stage}"))),
        }
    }
}

/// How far a trial came that found nothing wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tried {
    /// To its end.
    ToTheEnd,
    /// It was still getting on when it was given up: its state takes too long to load.
    NotToTheEnd,
}
