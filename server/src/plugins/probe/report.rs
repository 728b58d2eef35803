//! Owns what a trial says of itself: one line for each step that it begins, and one at its end.
use std::fmt;
use std::io::{self, Write};

use crate::plugins::defect::{Defect, Fault};

/// What a trial does with a library, in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    /// It has not said anything.
    Start,
    /// Constructors and the entry function.
    Load,
    /// The instance.
    Create,
    /// Its end.
    Destroy,
    /// Destructors, and unmapping.
    Unload,
}

/// What was read of a trial.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Report {
    /// The last step that it began.
    pub stage: Stage,
    /// What came of it, if it got so far.
    pub verdict: Option<Result<(), Fault>>,
}

const STAGES: [(&str, Stage); 4] = [
    ("load", Stage::Load),
    ("create", Stage::Create),
    ("destroy", Stage::Destroy),
    ("unload", Stage::Unload),
];
/// What the last line begins with.
const TAKEN: &str = "taken";
const REFUSED: &str = "refused ";

impl Report {
    /// Reads what a trial wrote, which may end anywhere.
    pub fn read(text: &str) -> Self {
        let mut report = Self { stage: Stage::Start, verdict: None };
        for line in text.split_inclusive('\n').filter_map(|line| line.strip_suffix('\n')) {
            if let Some((_, stage)) = STAGES.iter().find(|(name, _)| *name == line) {
                report.stage = *stage;
            } else if line == TAKEN {
                report.verdict = Some(Ok(()));
            } else if let Some(fault) = line.strip_prefix(REFUSED).and_then(fault_of) {
                report.verdict = Some(Err(fault));
            }
        }
        report
    }
}

/// Says that a step begins.
pub(super) fn write_stage(out: &mut impl Write, stage: Stage) -> io::Result<()> {
    match STAGES.iter().find(|(_, other)| *other == stage) {
        Some((name, _)) => writeln!(out, "{name}"),
        None => Ok(()),
    }
}

/// Says what came of the trial.
pub(super) fn write_verdict(out: &mut impl Write, verdict: &Result<(), Fault>) -> io::Result<()> {
    match verdict {
        Ok(()) => writeln!(out, "{TAKEN}"),
        Err(Fault { defect, message }) => {
            writeln!(out, "{REFUSED}{} {}", defect.code(), message.replace('\n', " "))
        }
    }
}

fn fault_of(text: &str) -> Option<Fault> {
    let (code, message) = text.split_once(' ')?;
    let defect = Defect::ALL.iter().find(|defect| defect.code().as_str() == code)?;
    Some(defect.because(message))
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Start => "before anything of it ran",
            Self::Load => "its constructors or its entry function ran",
            Self::Create => "create ran",
            Self::Destroy => "destroy ran",
            Self::Unload => "its destructors ran",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let faults = [Ok(()), Err(Defect::CreateFailed.because("no:\nno file"))];
        for verdict in faults {
            let mut text = Vec::new();
            for stage in [Stage::Load, Stage::Create] {
                write_stage(&mut text, stage).unwrap();
            }
            write_verdict(&mut text, &verdict).unwrap();
            let verdict = verdict.map_err(|_| Defect::CreateFailed.because("no: no file"));
            let expected = Report { stage: Stage::Create, verdict: Some(verdict) };
            assert_eq!(Report::read(&String::from_utf8(text).unwrap()), expected);
        }
    }

    #[test]
    fn what_was_cut_short_is_no_verdict() {
        let cut = Report::read("load\ntake");
        assert_eq!(cut, Report { stage: Stage::Load, verdict: None });
        assert_eq!(Report::read("taken").verdict, None);
        assert_eq!(Report::read("refused HF9999 what\n").verdict, None);
        assert_eq!(Report::read("").stage, Stage::Start);
    }
}
