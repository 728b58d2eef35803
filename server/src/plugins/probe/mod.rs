//! Owns the trial of a file in a process of its own: a file that crashes, exits or hangs costs
//! that process and nothing else.
//!
//! The server runs its own executable again, `hotframe __probe COPY`, which loads the private
//! copy, creates an instance for a trial, destroys it, and unmaps the library ([`trial`]). It
//! says on its standard output where it is and what came of it ([`Report`]).
mod process;
mod report;
pub mod trial;

use std::path::{Path, PathBuf};
use std::time::Duration;

pub(super) use self::process::{Ending, Output, Process};
use self::report::Report;
use super::defect::{Defect, Fault};

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

    /// Tries out the private copy at `copy` with the plugin's configuration.
    ///
    /// # Errors
    /// What the trial found wrong, or how it ended.
    pub fn run(&self, copy: &Path, config: &str) -> Result<(), Fault> {
        let unavailable = |error: std::io::Error| {
            Defect::ProbeUnavailable.because(format!("it could not be tried out: {error}"))
        };
        let args = [COMMAND.as_ref(), copy.as_os_str()];
        let mut process =
            Process::start(&self.program, &args, config, Output::Hidden).map_err(unavailable)?;
        let ending = process.wait(self.patience).map_err(unavailable)?;
        let Report { stage, verdict } = process.report();
        match (ending, verdict) {
            (Ending::Late, _) => Err(Defect::ProbeTimedOut
                .because(format!("its trial was not over after {:?}: {stage}", self.patience))),
            (Ending::Signal(signal), _) => {
                Err(Defect::ProbeCrashed.because(format!("its trial ended by {signal}: {stage}")))
            }
            (Ending::Exit(_), Some(verdict)) => verdict,
            (Ending::Exit(code), None) => Err(Defect::ProbeExited
                .because(format!("it ended the process of its trial with code {code}: {stage}"))),
        }
    }
}
