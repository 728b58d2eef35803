//! A line for eyes: time, level, room, message, then the key-values.

use std::{fmt::Write as _, io::Write as _, time::SystemTime};

use log::{
    Level, Record,
    kv::{self, Key, Value, VisitSource},
};

use super::super::{Ink, Style, stamp};

/// The crate's own name in front of a target tells nobody anything.
const OWN_CRATE: &str = "hotframe_server::";
/// Lines of a message after the first stand under it, so that none can pass for a line of its own.
const CONTINUATION: &str = "\n    ";

/// Appends the line, without a line feed; returns where the text behind the time starts.
pub(super) fn write(
    out: &mut Vec<u8>,
    record: &Record<'_>,
    when: SystemTime,
    style: Style,
) -> usize {
    let start = out.len();
    let mut time = Vec::with_capacity(24);
    stamp::write_millis(&mut time, when);
    put(out, style.paint(Ink::Dim, String::from_utf8_lossy(&time)));
    let body = out.len() - start;
    let level = format!("{:<5}", record.level());
    match ink_of(record.level()) {
        Some(ink) => put(out, format_args!(" {} ", style.paint(ink, level))),
        None => put(out, format_args!(" {level} ")),
    }
    let target = record.target().strip_prefix(OWN_CRATE).unwrap_or(record.target());
    put(out, format_args!("{:<10} ", safe(target, " ")));
    put(out, safe(&shown(record.args()), CONTINUATION));
    let _never_fails = record.key_values().visit(&mut Pairs { out, style });
    body
}

const fn ink_of(level: Level) -> Option<Ink> {
    match level {
        Level::Error => Some(Ink::Red),
        Level::Warn => Some(Ink::Yellow),
        Level::Info => Some(Ink::Green),
        Level::Debug => None,
        Level::Trace => Some(Ink::Dim),
    }
}

/// Formats `value`; a `Display` that fails gives what it had written so far.
fn shown(value: impl std::fmt::Display) -> String {
    let mut text = String::new();
    let _partial_is_good_enough = write!(text, "{value}");
    text
}

fn put(out: &mut Vec<u8>, text: impl std::fmt::Display) {
    let _never_fails = write!(out, "{text}");
}

/// The text without what could steer a terminal; `\n` becomes `line_feed`.
fn safe(text: &str, line_feed: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for char in text.trim_end_matches('\n').chars() {
        match char {
            '\n' => out.push_str(line_feed),
            '\t' => out.push(char),
            _ if char.is_control() => out.extend(char.escape_default()),
            _ => out.push(char),
        }
    }
    out
}

struct Pairs<'a> {
    out: &'a mut Vec<u8>,
    style: Style,
}

impl<'kvs> VisitSource<'kvs> for Pairs<'_> {
    fn visit_pair(&mut self, key: Key<'kvs>, value: Value<'kvs>) -> Result<(), kv::Error> {
        let key = self.style.paint(Ink::Dim, format!("{}=", safe(key.as_str(), " ")));
        put(self.out, format_args!(" {key}{}", pair_value(&value)));
        Ok(())
    }
}

/// A text stands bare when nothing in it could be mistaken, else quoted; the rest as JSON.
fn pair_value(value: &Value<'_>) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(text)) => {
            let plain = |char: char| !char.is_whitespace() && !char.is_control() && char != '"';
            if !text.is_empty() && text.chars().all(plain) {
                text
            } else {
                safe(&serde_json::Value::String(text).to_string(), " ")
            }
        }
        Ok(other) => safe(&other.to_string(), " "),
        Err(_) => "(not representable)".into(),
    }
}

#[cfg(test)]
mod tests {
    use std::time::UNIX_EPOCH;

    use super::*;

    fn line(message: &str, pairs: &[(&str, Value<'_>)], style: Style) -> String {
        let mut out = Vec::new();
        let args = format_args!("{message}");
        let mut builder = Record::builder();
        let record = builder.level(Level::Info).target("hotframe_server::shell").args(args);
        write(&mut out, &record.key_values(&pairs).build(), UNIX_EPOCH, style);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_line_is_aligned() {
        let pairs = [("connection", Value::from(7)), ("peer", Value::from("127.0.0.1:9"))];
        assert_eq!(
            line("closed", &pairs, Style::Plain),
            "1970-01-01T00:00:00.000Z INFO  shell      closed connection=7 peer=127.0.0.1:9"
        );
    }

    #[test]
    fn texts_that_could_be_mistaken_are_quoted() {
        let pairs = [("a", Value::from("two words")), ("b", Value::from("")), ("c", "x\"".into())];
        assert!(line("m", &pairs, Style::Plain).ends_with(r#"m a="two words" b="" c="x\"""#));
        let list = ["x", "y"];
        let pairs = [("list", Value::from_serde(&list)), ("none", Value::null())];
        assert!(line("m", &pairs, Style::Plain).ends_with(r#"m list=["x","y"] none=null"#));
    }

    #[test]
    fn nothing_can_steer_the_terminal_or_fake_a_line() {
        let text = line("a\u{1b}[2Jb\nfake\r", &[("k", "\u{1b}]0;x\u{7}\n".into())], Style::Plain);
        let bad = |char: char| char.is_control() && char != '\n';
        assert!(!text.contains(bad), "{text:?}");
        assert!(text.contains("b\n    fake\\r"), "{text:?}");
        assert!(text.lines().nth(1).unwrap().starts_with("    "));
    }

    #[test]
    fn colour_is_only_where_it_is_wanted() {
        assert!(line("m", &[], Style::Colour).contains("\u{1b}[32mINFO "));
        assert!(!line("m", &[("k", 1.into())], Style::Plain).contains('\u{1b}'));
    }
}
