//! Printing of diagnostics: text for people, JSON for programs, annotations for review pages.

mod github;
mod json;
mod text;

use crate::diagnostics::Diagnostic;

/// The form in which diagnostics are printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    /// For people: source line, caret and help, with or without colour.
    #[default]
    Text,
    /// For programs: one JSON object a line.
    Json,
    /// For GitHub's review pages: one workflow command a line.
    Github,
}

/// Prints `problems` one after the other; every problem ends with a line end. Colour is used in
/// text only, and only if `colour` says so.
#[must_use]
pub fn render(problems: &[Diagnostic], format: Format, colour: bool) -> String {
    let mut out = String::new();
    for problem in problems {
        match format {
            Format::Text => out.push_str(&text::render(problem, colour)),
            Format::Json => out.push_str(&json::render(problem)),
            Format::Github => out.push_str(&github::render(problem)),
        }
        out.push('\n');
    }
    out
}

/// `text` with every control character written as an escape, so that what a file holds cannot
/// steer the terminal.
fn without_controls(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        if character.is_control() {
            out.extend(character.escape_default());
        } else {
            out.push(character);
        }
    }
    out
}
