//! The problems found so far: owns their collection, their order and how many there may be.

use std::path::PathBuf;

use crate::config::text::{Span, TextId, Texts};
use crate::diagnostics::codes::config::SYNTAX;
use crate::diagnostics::{Code, Diagnostic};

/// Problems beyond these are not collected: a file of junk may hold millions.
const MOST: usize = 500;

/// What a run of `load` gathers while it reads.
#[derive(Debug, Default)]
pub(super) struct Findings {
    /// The texts that spans point into.
    pub(super) texts: Texts,
    /// The files that were read or looked for.
    pub(super) files: Vec<PathBuf>,
    problems: Vec<(Option<(TextId, usize)>, Diagnostic)>,
    errors: usize,
}

/// What is wrong with one value, before it is known where the value stands.
#[derive(Debug)]
pub(super) struct Wrong {
    pub(super) code: Code,
    pub(super) message: String,
    pub(super) help: Option<String>,
}

impl Wrong {
    pub(super) fn new(code: Code, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), help: None }
    }

    pub(super) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

impl Findings {
    /// Notes an error in a value at `span`.
    pub(super) fn wrong(&mut self, span: &Span, wrong: Wrong) {
        let mut problem = Diagnostic::error(wrong.code, wrong.message);
        problem.help = wrong.help;
        self.note(span, problem);
    }

    /// Notes a problem at `span`. The same problem at the same place is noted once, and what stands
    /// on a line that broke the rules of TOML is not judged further.
    pub(super) fn note(&mut self, span: &Span, problem: Diagnostic) {
        self.errors += usize::from(problem.is_error());
        if self.problems.len() >= MOST {
            return;
        }
        let place = self.texts.place(span);
        let is_broken = self.problems.iter().any(|(order, known)| {
            let same_text = order.is_some_and(|(text, _)| text == span.text);
            let line = known.place.as_ref().map(|place| place.line);
            same_text && known.code == SYNTAX && line == Some(place.line)
        });
        if !is_broken {
            self.keep(Some((span.text, span.bytes.start)), problem.at(place));
        }
    }

    /// Notes a problem that brings its own place, or has none.
    pub(super) fn note_elsewhere(&mut self, problem: Diagnostic) {
        self.errors += usize::from(problem.is_error());
        if self.problems.len() < MOST {
            self.keep(None, problem);
        }
    }

    fn keep(&mut self, order: Option<(TextId, usize)>, problem: Diagnostic) {
        if !self.problems.iter().any(|(_, known)| *known == problem) {
            self.problems.push((order, problem));
        }
    }

    /// How many errors were noted so far.
    pub(super) fn errors(&self) -> usize {
        self.errors
    }

    /// How many errors were noted at places of `text`.
    pub(super) fn errors_in(&self, text: TextId) -> usize {
        let in_text = |order: &Option<(TextId, usize)>| order.is_some_and(|(at, _)| at == text);
        let problems = self.problems.iter();
        let errors = problems.filter(|(order, problem)| in_text(order) && problem.is_error());
        errors.count()
    }

    /// Notes a file to watch.
    pub(super) fn watch(&mut self, file: PathBuf) {
        if !self.files.contains(&file) {
            self.files.push(file);
        }
    }

    /// All problems: those without a line first, then by text and line.
    pub(super) fn into_problems(mut self) -> Vec<Diagnostic> {
        self.problems.sort_by_key(|(order, _)| *order);
        self.problems.into_iter().map(|(_, problem)| problem).collect()
    }
}
