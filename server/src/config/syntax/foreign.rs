//! Text that another tool, or another format, has left: owns what it is told by.

use core::ops::Range;

/// What is said of the mistake that the parser calls `short`, at byte `at` of `work`, in `line`:
/// what is wrong and the way out; `None` if it is of another kind.
pub(super) fn foreign(
    short: &str,
    work: &str,
    (line, at): (&Range<usize>, usize),
) -> Option<(String, String)> {
    let text = work[line.clone()].trim_start();
    let is_start = at <= line.end - text.len();
    let unseen = |c: &char| {
        c.is_whitespace()
            || matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}')
    };
    let (said, help) = match work.get(at..).and_then(|rest| rest.chars().next()) {
        Some(c) if !c.is_ascii() && unseen(&c) => {
            let said =
                format!("a character that cannot be seen is in the way, U+{:04X}", u32::from(c));
            return Some((said, "delete it, and type a plain space if one is meant".to_owned()));
        }
        _ if short == "duplicate key" || !is_start => return None,
        _ if ["<<<<<<<", "|||||||", "=======", ">>>>>>>"].iter().any(|it| text.starts_with(it)) => {
            ("a merge was left unfinished here", "keep one of the versions, and remove the marks")
        }
        _ if text.starts_with(';') || text.starts_with("//") => {
            ("this is no comment", "comments begin with `#`")
        }
        Some('{') => ("this is JSON", "TOML writes `[table]`, and `key = value` below it"),
        _ => return None,
    };
    Some((said.to_owned(), help.to_owned()))
}
