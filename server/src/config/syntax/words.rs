//! What a mistake of syntax is called: owns better words for the slips that are common.

use core::ops::Range;

use toml::de::Error;

use crate::config::findings::Wrong;
use crate::config::syntax::foreign::foreign;
use crate::diagnostics::codes::config as codes;

/// The parser's words, or better ones for the slips that are common.
pub(super) fn words(work: &str, error: &Error, line: &Range<usize>) -> Wrong {
    let message = error.message();
    let span = error.span().unwrap_or_default();
    let bad = work.get(span.clone()).unwrap_or_default();
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
        } else if let Some(value) = switch(bad.trim()) {
            syntax("texts need quotes, and a switch is `true` or `false`")
                .help(format!("write {value}, or \"{}\" where a text is meant", bad.trim()))
        } else {
            syntax("texts need quotes").help(format!("write \"{}\"", bad.trim()))
        };
    }
    let short = message.split(", expected").next().unwrap_or(message);
    if let Some((text, help)) = foreign(short, work, (line, span.start)) {
        return syntax(&text).help(help);
    }
    match short {
        "duplicate key" if work[line.clone()].trim_start().starts_with('[') => {
            syntax("the table is there twice").help(first_header(work, line))
        }
        "duplicate key" => syntax("the key is there twice").help(match first_line(work, line) {
            Some(first) => format!("remove one of the two; the first is in line {first}"),
            None => "remove one of the two".to_owned(),
        }),
        "invalid unquoted key" if work[line.clone()].contains(':') => no_assignment(),
        "key with no value" => no_assignment(),
        "invalid unquoted key" => {
            syntax(message).help("keys are of letters, digits, `-` and `_`; others stand in quotes")
        }
        "unexpected key or value" => {
            behind_the_value(work.get(span.start..line.end).unwrap_or_default())
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

fn no_assignment() -> Wrong {
    Wrong::new(codes::SYNTAX, "no key and value").help("TOML writes `key = value`")
}

/// The value that is meant where other formats have a word.
fn switch(word: &str) -> Option<bool> {
    match word.to_ascii_lowercase().as_str() {
        "yes" | "on" => Some(true),
        "no" | "off" => Some(false),
        _ => None,
    }
}

/// What is said of `rest`, which stands in a line behind a value.
fn behind_the_value(rest: &str) -> Wrong {
    let syntax = |text: &str| Wrong::new(codes::SYNTAX, text);
    match rest.trim().strip_prefix(',').map(str::trim_start) {
        Some(more) if !more.is_empty() && !more.starts_with('#') => {
            syntax("several values need brackets").help("write `[one, another]`")
        }
        Some(_) => syntax("a statement ends with its line").help("remove the comma"),
        None => syntax("something stands behind the value")
            .help("every key has a line of its own; a comment begins with `#`"),
    }
}

/// Where the keys of the table belong whose header in `line` is one too many.
fn first_header(work: &str, line: &Range<usize>) -> String {
    if let Some(first) = first_line(work, line) {
        return format!("write its keys below the first, in line {first}");
    }
    let name = work[line.clone()].trim().trim_start_matches('[').split(']').next();
    let name = name.unwrap_or_default().trim();
    let begins = |line: &str| {
        let rest = line.trim_start().strip_prefix(name);
        rest.is_some_and(|rest| rest.trim_start().starts_with(['.', '=']))
    };
    let mut before = work[..line.start].lines();
    match before.position(begins) {
        Some(index) => {
            format!("line {} has keys of `{name}` already: write all of them in one way", index + 1)
        }
        None => "remove one of the two".to_owned(),
    }
}

/// The number of the nearest line before `line` that begins with the same key or header.
fn first_line(work: &str, line: &Range<usize>) -> Option<usize> {
    let key_of = |line: &str| {
        let line = line.trim();
        let end = if line.starts_with('[') { line.find(']') } else { line.find('=') };
        end.map(|end| line[..end].trim_end().to_owned())
    };
    let key = key_of(&work[line.clone()])?;
    let before: Vec<&str> = work[..line.start].lines().collect();
    before.iter().rposition(|line| key_of(line).as_ref() == Some(&key)).map(|index| index + 1)
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
