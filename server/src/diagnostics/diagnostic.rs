//! One problem: owns what is known about it, not how it is printed.

use crate::diagnostics::{Code, Place};

/// How bad a problem is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// What was asked for cannot be done; the file, plugin or listener is held back.
    Error,
    /// It works, but not as somebody may expect.
    Warning,
}

impl Severity {
    /// `error` or `warning`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
        }
    }
}

/// One problem, with its code, its place where it has one, and the way out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// What kind of problem it is; `hotframe explain` knows more about it.
    pub code: Code,
    /// Whether it holds something back.
    pub severity: Severity,
    /// What is wrong, one sentence without a full stop; never holds a secret.
    pub message: String,
    /// Where it is wrong; `None` when no line of a file is at fault. Boxed, so that a diagnostic
    /// stays small enough to be returned as an error.
    pub place: Option<Box<Place>>,
    /// The way out, where one is known.
    pub help: Option<String>,
}

impl Diagnostic {
    /// A problem that holds something back.
    #[must_use]
    pub fn error(code: Code, message: impl Into<String>) -> Self {
        Self { code, severity: Severity::Error, message: message.into(), place: None, help: None }
    }

    /// A problem that holds nothing back.
    #[must_use]
    pub fn warning(code: Code, message: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, ..Self::error(code, message) }
    }

    /// The same problem, at a place.
    #[must_use]
    pub fn at(mut self, place: Place) -> Self {
        self.place = Some(Box::new(place));
        self
    }

    /// The same problem, with the way out.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Whether it holds something back.
    #[must_use]
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }
}

/// `2 errors, 1 warning`; empty when there is neither.
#[must_use]
pub fn tally(problems: &[Diagnostic]) -> String {
    let errors = problems.iter().filter(|problem| problem.is_error()).count();
    let warnings = problems.len() - errors;
    let mut parts = Vec::new();
    for (count, word) in [(errors, "error"), (warnings, "warning")] {
        if count > 0 {
            let plural = if count == 1 { "" } else { "s" };
            parts.push(format!("{count} {word}{plural}"));
        }
    }
    parts.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostics::codes::config;

    #[test]
    fn the_tally_counts_errors_and_warnings() {
        let error = || Diagnostic::error(config::UNKNOWN_KEY, "x");
        let warning = || Diagnostic::warning(config::UNKNOWN_HANDLER, "y");
        assert_eq!(tally(&[]), "");
        assert_eq!(tally(&[error()]), "1 error");
        assert_eq!(tally(&[warning(), error(), error()]), "2 errors, 1 warning");
    }
}
