//! Owns what a trial says of itself: one line for each step that it begins, and one at its end.
use std::fmt;
use std::io::{self, Write};

use crate::plugins::defect::{Defect, Fault};
use crate::plugins::lifecycle::Mistake;

/// What a trial does with a library, in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    /// It has not said anything.
    Nothing,
    /// Constructors and the entry function.
    Load,
    /// What it says about its configuration.
    Judge,
    /// The instance.
    Create,
    /// Its own test.
    SelfTest,
    /// The state of what serves, as of that version.
    LoadState(u32),
    /// Its begin.
    Start,
    /// What it is told when no request comes any more.
    Quiesce,
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

const STAGES: [(&str, Stage); 8] = [
    ("load", Stage::Load),
    ("judge", Stage::Judge),
    ("create", Stage::Create),
    ("self_test", Stage::SelfTest),
    ("start", Stage::Start),
    ("quiesce", Stage::Quiesce),
    ("destroy", Stage::Destroy),
    ("unload", Stage::Unload),
];
/// What the line begins with that says which version of the state is loaded.
const LOAD_STATE: &str = "load_state ";
/// What the last line begins with.
const TAKEN: &str = "taken";
const REFUSED: &str = "refused ";
/// What a line with one mistake of a configuration begins with; JSON follows.
const FINDING: &str = "finding ";

impl Report {
    /// Reads what a trial wrote, which may end anywhere.
    pub fn read(text: &str) -> Self {
        let mut report = Self { stage: Stage::Nothing, verdict: None };
        let mut findings = Vec::new();
        for line in text.split_inclusive('\n').filter_map(|line| line.strip_suffix('\n')) {
            if let Some((_, stage)) = STAGES.iter().find(|(name, _)| *name == line) {
                report.stage = *stage;
            } else if let Some(version) = line.strip_prefix(LOAD_STATE) {
                report.stage = version.parse().map_or(report.stage, Stage::LoadState);
            } else if line == TAKEN {
                report.verdict = Some(Ok(()));
            } else if let Some(fault) = line.strip_prefix(REFUSED).and_then(fault_of) {
                let findings = std::mem::take(&mut findings);
                report.verdict = Some(Err(Fault { findings, ..fault }));
            } else if let Some(json) = line.strip_prefix(FINDING) {
                let pair = serde_json::from_str::<(String, String)>(json);
                findings.extend(pair.map(|(key, text)| Mistake { key, text }));
            }
        }
        report
    }
}

/// Says that a step begins.
pub(super) fn write_stage(out: &mut impl Write, stage: Stage) -> io::Result<()> {
    match (stage, STAGES.iter().find(|(_, other)| *other == stage)) {
        (Stage::LoadState(version), _) => writeln!(out, "{LOAD_STATE}{version}"),
        (_, Some((name, _))) => writeln!(out, "{name}"),
        (_, None) => Ok(()),
    }
}

/// Says what came of the trial.
pub(super) fn write_verdict(out: &mut impl Write, verdict: &Result<(), Fault>) -> io::Result<()> {
    match verdict {
        Ok(()) => writeln!(out, "{TAKEN}"),
        Err(Fault { defect, message, findings }) => {
            for Mistake { key, text } in findings {
                writeln!(out, "{FINDING}{}", serde_json::json!([key, text]))?;
            }
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
            Self::LoadState(version) => {
                return write!(f, "load_state ran, with version {version} of the state");
            }
            Self::Nothing => "before anything of it ran",
            Self::Load => "its constructors or its entry function ran",
            Self::Judge => "validate_config ran",
            Self::Create => "create ran",
            Self::SelfTest => "self_test ran",
            Self::Start => "start ran",
            Self::Quiesce => "quiesce ran",
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
            for stage in [Stage::Load, Stage::LoadState(7), Stage::Start, Stage::Create] {
                write_stage(&mut text, stage).unwrap();
            }
            write_verdict(&mut text, &verdict).unwrap();
            let verdict = verdict.map_err(|_| Defect::CreateFailed.because("no: no file"));
            let expected = Report { stage: Stage::Create, verdict: Some(verdict) };
            assert_eq!(Report::read(&String::from_utf8(text).unwrap()), expected);
        }
    }

    #[test]
    fn the_mistakes_of_a_configuration_come_across_one_by_one() {
        let findings = [("a.b", "a \"word\""), ("", "all of it")];
        let findings = findings.map(|(key, text)| Mistake { key: key.into(), text: text.into() });
        let fault = Fault { findings: findings.into(), ..Defect::ConfigRefused.because("no") };
        let mut text = Vec::new();
        write_verdict(&mut text, &Err(fault.clone())).unwrap();
        let read = Report::read(&String::from_utf8(text).unwrap());
        assert_eq!(read.verdict, Some(Err(fault)));
    }

    #[test]
    fn what_was_cut_short_is_no_verdict() {
        let cut = Report::read("load\ntake");
        assert_eq!(cut, Report { stage: Stage::Load, verdict: None });
        assert_eq!(Report::read("taken").verdict, None);
        assert_eq!(Report::read("load\nload_state 3\n").stage, Stage::LoadState(3));
        assert_eq!(Report::read("load\nload_state 3").stage, Stage::Load);
        assert_eq!(Report::read("refused HF9999 what\n").verdict, None);
        assert_eq!(Report::read("").stage, Stage::Nothing);
    }
}
