//! Text to tree: owns what is made of text that breaks the rules of TOML.
//!
//! The parser goes on after an error, but what it makes of the lines behind it is guesswork: one
//! bracket that is not closed turns the rest of the file into an array. So the first error is
//! taken, the statement that it stands in is blanked out, and the rest is parsed again, until
//! nothing is left to report. Each mistake is told once, and none is invented.

mod foreign;
mod lines;
mod words;

use core::ops::Range;

use toml::de::{DeArray, DeTable, DeValue, Error};

use crate::config::findings::{Findings, Wrong};
use crate::config::syntax::lines::{blank, line_of, next_header, next_statement, visible};
use crate::config::syntax::words::words;
use crate::config::text::{Span, TextId};
use crate::config::tree::{self, Table};
use crate::diagnostics::codes::config as codes;

/// How many mistakes of syntax are told of one file; each costs another parse.
const MOST_ROUNDS: usize = 50;

/// Bytes of the largest text that is parsed again after a mistake.
const MOST_REPAIRED: usize = 256 * 1024;

/// Parses `text`, notes every mistake of syntax, and answers the tree of what is sound.
pub(super) fn parse(findings: &mut Findings, text: TextId) -> Table {
    let mut work = findings.texts.content(text).to_owned();
    let mut told = Vec::new();
    let rounds = if work.len() > MOST_REPAIRED { 1 } else { MOST_ROUNDS };
    for _ in 0..rounds {
        let (table, errors) = DeTable::parse_recoverable(&work);
        let first = errors
            .iter()
            .filter_map(|error| Some((error.span()?, error)))
            .filter(|(span, _)| !told.contains(&span.start))
            .min_by_key(|(span, _)| span.start);
        let Some((span, error)) = first else {
            return tree::table(table.get_ref(), text, 0);
        };
        let mistake = Mistake::of(&work, table.get_ref(), &errors, error, span);
        told.push(mistake.told_at);
        let place = Span { text, bytes: mistake.shown };
        findings.wrong(&place, mistake.wrong);
        blank(&mut work, mistake.blanked);
    }
    Table::default()
}

/// One mistake of syntax: what to tell and what to blank out.
struct Mistake {
    told_at: usize,
    shown: Range<usize>,
    wrong: Wrong,
    blanked: Range<usize>,
}

impl Mistake {
    fn of(
        work: &str,
        table: &DeTable<'_>,
        errors: &[Error],
        error: &Error,
        span: Range<usize>,
    ) -> Self {
        let line = line_of(work, span.start);
        let container = container_of(work, table, &span);
        let open = container.clone().filter(|outer| is_open(errors, outer));
        let told_at = span.start;
        match (open, container) {
            // What follows an open bracket on other lines is only seemingly wrong.
            (Some(outer), _) => {
                let first_line = line_of(work, outer.start);
                let blanked = first_line.start..next_statement(work, first_line.end);
                let (shown, wrong) = if span.start > first_line.end {
                    let kind = open_kind(work, outer.start);
                    (outer.start..outer.start + kind.width, kind.wrong())
                } else {
                    (visible(work, span), words(work, error, &line))
                };
                Self { told_at, shown, wrong, blanked }
            }
            (None, Some(outer)) => Self {
                told_at,
                wrong: words(work, error, &line),
                shown: visible(work, span),
                blanked: line_of(work, outer.start).start..line_of(work, outer.end).end,
            },
            (None, None) => Self {
                told_at,
                wrong: words(work, error, &line),
                shown: visible(work, span.clone()),
                blanked: statement(work, line, &span, error),
            },
        }
    }
}

/// What to blank out for a mistake outside of any array, inline table or long text.
fn statement(work: &str, line: Range<usize>, span: &Range<usize>, error: &Error) -> Range<usize> {
    let is_header = work[line.clone()].trim_start().starts_with('[');
    if is_header && error.message() == "duplicate key" {
        // The header is needed: the keys behind it would else belong to the table before.
        return span.start..span.start;
    }
    if is_header {
        return line.start..next_header(work, line.end);
    }
    line
}

/// The array, inline table or long text of several lines that the error stands in.
fn container_of(work: &str, table: &DeTable<'_>, error: &Range<usize>) -> Option<Range<usize>> {
    let inside = |span: &Range<usize>| span.start < error.start && error.start <= span.end;
    let mut found = None;
    visit_table(table, &mut |value, span| {
        let opening = work.as_bytes().get(span.start..).unwrap_or_default();
        let holds_lines = match value {
            DeValue::Array(_) => opening.starts_with(b"["),
            // A table under a header is not enclosed by anything.
            DeValue::Table(_) => opening.starts_with(b"{"),
            DeValue::String(_) => opening.starts_with(b"\"\"\"") || opening.starts_with(b"'''"),
            _ => false,
        };
        if found.is_none() && holds_lines && inside(&span) {
            found = Some(span);
        }
    });
    found
}

/// Calls `look` with every value, outer ones first.
fn visit_table(table: &DeTable<'_>, look: &mut impl FnMut(&DeValue<'_>, Range<usize>)) {
    for (_, value) in table {
        look(value.get_ref(), value.span());
        match value.get_ref() {
            DeValue::Table(inner) => visit_table(inner, look),
            DeValue::Array(items) => visit_array(items, look),
            _ => {}
        }
    }
}

fn visit_array(items: &DeArray<'_>, look: &mut impl FnMut(&DeValue<'_>, Range<usize>)) {
    for item in items {
        if let DeValue::Table(table) = item.get_ref() {
            visit_table(table, look);
        }
    }
}

/// Whether one of the errors is that `outer` is never closed.
fn is_open(errors: &[Error], outer: &Range<usize>) -> bool {
    errors.iter().any(|error| {
        let at_end = error.span().is_some_and(|span| span.start >= outer.end);
        at_end && (error.message().starts_with("unclosed") || is_long_text(error))
    })
}

fn is_long_text(error: &Error) -> bool {
    error.message().starts_with("invalid multi-line")
}

/// What kind of thing was opened and never closed.
struct OpenKind {
    name: &'static str,
    closed_by: &'static str,
    width: usize,
}

impl OpenKind {
    fn wrong(&self) -> Wrong {
        let message = format!("this {} is never closed", self.name);
        Wrong::new(codes::SYNTAX, message).help(format!("close it with `{}`", self.closed_by))
    }
}

fn open_kind(work: &str, at: usize) -> OpenKind {
    let (name, closed_by, width) = match &work.as_bytes()[at..] {
        [b'[', ..] => ("array", "]", 1),
        [b'{', ..] => ("inline table", "}", 1),
        [b'\'', ..] => ("text", "'''", 3),
        _ => ("text", "\"\"\"", 3),
    };
    OpenKind { name, closed_by, width }
}
