//! What came of a rehearsal: each frame with its answer, what the plugin logged, and how it ended.

use serde_json::{Value, json};

use super::frames::Case;
use super::pushes::missing;
use crate::cli::bytes::{as_text, packed};
use crate::plugins::{Came, Fault, Note, Offer, PushedFrame, Word};

/// What came of a rehearsal.
#[derive(Debug)]
pub struct Outcome {
    pub(super) plugin: String,
    pub(super) version: String,
    /// The frames file, as a person knows it.
    pub(super) file: Option<String>,
    pub(super) offers: Vec<Offer>,
    pub(super) cases: Vec<Case>,
    pub(super) acts: Vec<Act>,
    /// What the plugin logged before the first frame and after the last.
    pub(super) aside: Vec<Line>,
    stage: Stage,
    /// Why the plugin did not come to the end: a code and a sentence.
    pub(super) broken: Option<(String, String)>,
    /// Why it stays in memory.
    pub(super) stays: Option<String>,
}

/// One frame's own.
#[derive(Debug, Default)]
pub(super) struct Act {
    /// What came, and after how many microseconds.
    pub(super) came: Option<(Came, u64)>,
    pub(super) pushed: Vec<PushedFrame>,
    pub(super) log: Vec<Line>,
    /// No fresh instance took over for it, so that it was not sent.
    is_unsent: bool,
}

/// A level and a text.
pub(super) type Line = (String, String);

/// How far a rehearsal is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Load,
    Create,
    Between,
    Frame,
    Destroy,
}

impl Outcome {
    /// Nothing has happened yet.
    pub fn new(note: &Note, file: Option<String>, cases: Vec<Case>) -> Self {
        Self {
            plugin: note.name.clone(),
            version: note.version.clone(),
            file,
            offers: Vec::new(),
            cases,
            acts: Vec::new(),
            aside: Vec::new(),
            stage: Stage::Load,
            broken: None,
            stays: None,
        }
    }

    /// Takes in what was heard.
    pub fn handle(&mut self, word: Word) {
        match word {
            Word::Offers(offers) => (self.offers, self.stage) = (offers, Stage::Create),
            Word::Refused(code, message) => {
                self.broken = Some((code, message));
                if let Some(act) = self.acts.last_mut() {
                    act.is_unsent = act.came.is_none();
                }
            }
            Word::Serves => self.stage = Stage::Between,
            Word::Begins(_) => {
                self.acts.push(Act::default());
                self.stage = Stage::Frame;
            }
            Word::Came(_, came, took) => {
                self.stage = Stage::Between;
                if let Some(act) = self.acts.last_mut() {
                    act.came = Some((came, took));
                }
            }
            Word::Logged(level, text) => match self.acts.last_mut() {
                Some(act) if self.stage != Stage::Destroy => act.log.push((level, text)),
                _ => self.aside.push((level, text)),
            },
            Word::Pushed(frame) => {
                if let Some(act) = self.acts.last_mut() {
                    act.pushed.push(frame);
                }
            }
            Word::Leaves => self.stage = Stage::Destroy,
            Word::Stays(reason) => self.stays = Some(reason),
            Word::Ended => {}
        }
    }

    /// The plugin has ended its process, or stopped.
    pub fn handle_break(&mut self, fault: &Fault) {
        let doing = match self.stage {
            Stage::Load => "its constructors or its entry function ran",
            Stage::Create => "create ran",
            Stage::Between | Stage::Frame => "a frame was on its way",
            Stage::Destroy => "destroy or its destructors ran",
        };
        let message = format!("{}: {doing}", fault.message);
        self.broken = Some((fault.defect.code().as_str().to_owned(), message));
    }

    /// Whether all came that should.
    pub fn is_good(&self) -> bool {
        self.broken.is_none() && self.good() == self.cases.len()
    }

    /// The name of the plugin.
    pub fn plugin(&self) -> &str {
        &self.plugin
    }

    /// How many frames there were.
    pub fn frames(&self) -> usize {
        self.cases.len()
    }

    /// How many frames were answered as they should.
    pub(super) fn good(&self) -> usize {
        self.pairs().filter(|(case, act)| difference(case, act).is_none()).count()
    }

    /// The frames that were begun.
    pub(super) fn pairs(&self) -> impl Iterator<Item = (&Case, &Act)> {
        self.cases.iter().zip(&self.acts)
    }

    /// For programs.
    pub fn as_json(&self) -> Value {
        let broken = self.broken.as_ref();
        json!({
            "plugin": self.plugin,
            "version": self.version,
            "ok": self.is_good(),
            "passed": self.good(),
            "failed": self.cases.len() - self.good(),
            "handlers": self.offers.iter().map(|offer| &offer.name).collect::<Vec<_>>(),
            "frames": self.pairs().map(|(case, act)| act.as_json(case)).collect::<Vec<_>>(),
            "error": broken.map(|(code, message)| json!({ "code": code, "message": message })),
            "stays": self.stays,
            "log": lines(&self.aside),
        })
    }
}

impl Act {
    fn as_json(&self, case: &Case) -> Value {
        let (came, took) = self.came.clone().unzip();
        let (answer, code, data) = match &came {
            Some(Came::Reply(data)) => ("reply", None, Some(data.clone())),
            Some(Came::Error(code, text)) => ("error", Some(*code), Some(text.clone().into())),
            _ => ("none", None, None),
        };
        json!({
            "name": case.name,
            "handler": case.step.handler,
            "line": case.line,
            "ok": difference(case, self).is_none(),
            "answer": answer,
            "code": code,
            "data_hex": data.as_deref().map(packed),
            "data_text": data.as_deref().and_then(as_text),
            "took_us": took,
            "expected": case.expected.shown(),
            "difference": difference(case, self),
            "pushed": self.pushed.iter().map(pushed).collect::<Vec<_>>(),
            "log": lines(&self.log),
        })
    }
}

fn pushed(frame: &PushedFrame) -> Value {
    let PushedFrame { connection, number, is_request, data } = frame;
    json!({
        "connection": connection,
        "number": number,
        "kind": if *is_request { "request" } else { "event" },
        "data_hex": packed(data),
        "data_text": as_text(data),
    })
}

/// How a frame's answer differs from what it should be.
pub(super) fn difference(case: &Case, act: &Act) -> Option<String> {
    match &act.came {
        Some((came, _)) => {
            let answer = case.expected.difference(came);
            answer.or_else(|| missing(&case.pushes, &act.pushed))
        }
        None if act.is_unsent => Some("no fresh instance took over for it".to_owned()),
        None => Some("the plugin did not come back from it".to_owned()),
    }
}

fn lines(log: &[Line]) -> Value {
    log.iter().map(|(level, text)| json!({ "level": level, "message": text })).collect()
}
