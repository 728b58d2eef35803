//! Text to tree: owns what is made of text that breaks the rules of TOML.
//!
//! The parser goes on after an error, but what it makes of the lines behind it is guesswork: one
//! bracket that is not closed turns the rest of the file into an array. So the first error is
//! taken, the statement that it stands in is blanked out, and the rest is parsed again, until
//! nothing is left to report. Each mistake is told once, and none is invented.

use core::ops::Range;

use toml::de::{DeArray, DeTable, DeValue, Error};

use crate::config::findings::{Findings, Wrong};
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
    let rounds = if work.len() > MOST_REPAIRED {
        1
    } else {
        MOST_ROUNDS
    };
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
        let place = Span {
            text,
            bytes: mistake.shown,
        };
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
                Self {
                    told_at,
                    shown,
                    wrong,
                    blanked,
                }
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
    OpenKind {
        name,
        closed_by,
        width,
    }
}

/// The parser's words, or better ones for the slips that are common.
fn words(work: &str, error: &Error, line: &Range<usize>) -> Wrong {
    let message = error.message();
    let span = error.span().unwrap_or_default();
    let bad = work.get(span).unwrap_or_default();
    let syntax = |text: &str| Wrong::new(codes::SYNTAX, text);
    if message.starts_with("string values must be quoted") {
        return if bad.trim().is_empty() {
            syntax("the key has no value").help("write a value behind the `=`, or remove the line")
        } else if bad.contains(['\u{201c}', '\u{201d}', '\u{2018}', '\u{2019}']) {
            syntax("typographic quotes do not enclose a text").help("use straight quotes: \"…\"")
        } else if bad.ends_with([';', ',']) {
            syntax("a statement ends with its line").help("remove what stands behind the value")
        } else if bad.contains(char::is_control) || bad.contains('"') {
            syntax("this is no value")
        } else {
            syntax("texts need quotes").help(format!("write \"{}\"", bad.trim()))
        };
    }
    let short = message.split(", expected").next().unwrap_or(message);
    match short {
        "duplicate key" => syntax("the key is there twice").help("remove one of the two"),
        "invalid unquoted key" | "key with no value" if work[line.clone()].contains(':') => {
            syntax("no key and value").help("TOML writes `key = value`")
        }
        "unexpected leading zero" => syntax("numbers do not begin with a zero")
            .help("write file modes in quotes: \"0600\"; other numbers without the zero"),
        "invalid basic string" => {
            syntax("the text is not closed on its line").help("close it with `\"`")
        }
        "invalid literal string" => {
            syntax("the text is not closed on its line").help("close it with `'`")
        }
        "invalid boolean" => syntax("neither `true` nor `false`")
            .help("texts need quotes; `true` and `false` are written small and whole"),
        "unclosed table" => syntax("the table's name is not closed").help("close it with `]`"),
        "invalid float" | "invalid integer" | "invalid datetime" => not_a_number(work, line),
        _ => syntax(&message.replace(", expected nothing", "")),
    }
}

/// What looks like a number at first, and is none.
fn not_a_number(work: &str, line: &Range<usize>) -> Wrong {
    let (_, given) = work[line.clone()].split_once('=').unwrap_or_default();
    let given = given.split('#').next().unwrap_or_default().trim();
    let wrong = Wrong::new(codes::SYNTAX, "neither a number nor a text in quotes");
    if given.starts_with(|first: char| first.is_ascii_alphabetic()) {
        return wrong.help(format!("write \"{given}\""));
    }
    wrong.help("numbers have one point at most, and no unit; texts need quotes")
}

/// `span`, or the last character of its line when the span lies behind it.
fn visible(work: &str, span: Range<usize>) -> Range<usize> {
    let line = line_of(work, span.start);
    if span.start == line.end && !line.is_empty() {
        let last = work[line.clone()]
            .chars()
            .next_back()
            .map_or(0, char::len_utf8);
        return line.end - last..line.end;
    }
    span
}

/// The bytes of the line that byte `at` stands in, without its end.
fn line_of(work: &str, at: usize) -> Range<usize> {
    let bytes = work.as_bytes();
    let at = at.min(bytes.len());
    let before = bytes[..at].iter().rposition(|byte| *byte == b'\n');
    let behind = bytes[at..].iter().position(|byte| *byte == b'\n');
    let start = before.map_or(0, |newline| newline + 1);
    start..behind.map_or(bytes.len(), |newline| at + newline)
}

/// Where the next line begins that reads like `key = value` or `[table]`, from byte `from` on.
fn next_statement(work: &str, from: usize) -> usize {
    next_line(work, from, |line| is_header(line) || is_assignment(line))
}

/// Where the next line begins that reads like `[table]`, from byte `from` on.
fn next_header(work: &str, from: usize) -> usize {
    next_line(work, from, is_header)
}

fn next_line(work: &str, from: usize, wanted: impl Fn(&str) -> bool) -> usize {
    let mut start = from;
    for line in work[from..].split_inclusive('\n') {
        if start > from && wanted(line.trim()) {
            return start;
        }
        start += line.len();
    }
    work.len()
}

fn is_header(line: &str) -> bool {
    let name = line.trim_start_matches('[');
    name.len() < line.len()
        && name.starts_with(|first: char| first.is_ascii_alphabetic())
        && name.contains(']')
}

fn is_assignment(line: &str) -> bool {
    let key = line.split('=').next().unwrap_or_default();
    let plain = |c: char| c.is_ascii_alphanumeric() || "_-.\"' \t".contains(c);
    key.len() < line.len() && !key.trim().is_empty() && key.chars().all(plain)
}

/// Overwrites `range` with spaces; lines stay lines and bytes stay where they are.
fn blank(work: &mut String, range: Range<usize>) {
    let spaces: String = work[range.clone()]
        .bytes()
        .map(|byte| if byte == b'\n' { '\n' } else { ' ' })
        .collect();
    work.replace_range(range, &spaces);
}
