//! Lines of a text that breaks the rules: owns where statements begin, whatever stands between.

use core::ops::Range;

/// `span`, or the last character of its line when the span lies behind it.
pub(super) fn visible(work: &str, span: Range<usize>) -> Range<usize> {
    let line = line_of(work, span.start);
    if span.start == line.end && !line.is_empty() {
        let last = work[line.clone()].chars().next_back().map_or(0, char::len_utf8);
        return line.end - last..line.end;
    }
    span
}

/// The bytes of the line that byte `at` stands in, without its end.
pub(super) fn line_of(work: &str, at: usize) -> Range<usize> {
    let bytes = work.as_bytes();
    let at = at.min(bytes.len());
    let before = bytes[..at].iter().rposition(|byte| *byte == b'\n');
    let behind = bytes[at..].iter().position(|byte| *byte == b'\n');
    let start = before.map_or(0, |newline| newline + 1);
    start..behind.map_or(bytes.len(), |newline| at + newline)
}

/// Where the next line begins that reads like `key = value` or `[table]`, from byte `from` on.
pub(super) fn next_statement(work: &str, from: usize) -> usize {
    next_line(work, from, |line| is_header(line) || is_assignment(line))
}

/// Where the next line begins that reads like `[table]`, from byte `from` on.
pub(super) fn next_header(work: &str, from: usize) -> usize {
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
pub(super) fn blank(work: &mut String, range: Range<usize>) {
    let spaces: String =
        work[range.clone()].bytes().map(|byte| if byte == b'\n' { '\n' } else { ' ' }).collect();
    work.replace_range(range, &spaces);
}
