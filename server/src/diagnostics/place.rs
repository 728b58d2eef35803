//! Where a problem lies: owns the way from bytes of a text to a line and a column.

use core::ops::Range;

/// Bytes of the longest line that a place keeps. A file may be one line of megabytes, and hold a
/// hundred mistakes.
const MAX_SHOWN: usize = 2000;

/// A stretch of one line of a file (or of a command line option or environment variable).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The file as a person would name it: `config/hotframe.toml`, `--set`, or
    /// `environment HOTFRAME__LIMITS__MAX_CONNECTIONS`.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
    /// The column of the first character that is meant, from 1, in characters.
    pub column: usize,
    /// How many characters are meant, at least 1 (which may lie just behind the line's end).
    pub len: usize,
    /// The line itself, without its end; empty when it is too long to be shown.
    pub source_line: String,
}

impl Place {
    /// The place of the bytes `span` of `text`. A span over several lines is cut at the end of
    /// its first; one that lies outside the text or inside a character is moved to the nearest
    /// sensible place, never refused.
    #[must_use]
    pub fn in_text(file: &str, text: &str, span: Range<usize>) -> Self {
        let lines = |before: &str| before.bytes().filter(|byte| *byte == b'\n').count();
        Self::counted(file, text, span, |line_start| lines(&text[..line_start]))
    }

    /// The same where it is known at which bytes of `text` lines end, in ascending order: for one
    /// of thousands of places in a long text.
    #[must_use]
    pub fn in_lines(file: &str, text: &str, ends: &[usize], span: Range<usize>) -> Self {
        let lines = |line_start| ends.partition_point(|end| *end < line_start);
        Self::counted(file, text, span, lines)
    }

    /// The place, given how many lines end before a byte.
    fn counted(
        file: &str,
        text: &str,
        span: Range<usize>,
        lines_before: impl Fn(usize) -> usize,
    ) -> Self {
        let start = floor_boundary(text, span.start);
        let line_start = text[..start].rfind('\n').map_or(0, |at| at + 1);
        let line_end = text[start..].find('\n').map_or(text.len(), |at| start + at);
        let source_line = text[line_start..line_end].trim_end_matches('\r');
        let shown_end = line_start + source_line.len();
        let start = start.min(shown_end);
        let end = floor_boundary(text, span.end).clamp(start, shown_end);
        Self {
            file: file.to_owned(),
            line: lines_before(line_start) + 1,
            column: text[line_start..start].chars().count() + 1,
            len: text[start..end].chars().count().max(1),
            source_line: match source_line.len() {
                0..=MAX_SHOWN => source_line.to_owned(),
                _ => String::new(),
            },
        }
    }

    /// `file:line:column`, as editors take it.
    #[must_use]
    pub fn locus(&self) -> String {
        format!("{}:{}:{}", self.file, self.line, self.column)
    }
}

/// The nearest character boundary of `text` at or before `at`.
fn floor_boundary(text: &str, at: usize) -> usize {
    let mut at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_count_characters_and_not_bytes() {
        let text = "a = 1\ngrüße = \"ß\"\r\nlast";
        let at = text.find("\"ß\"").unwrap();
        let place = Place::in_text("f.toml", text, at..at + 4);
        assert_eq!((place.line, place.column, place.len), (2, 9, 3));
        assert_eq!(place.source_line, "grüße = \"ß\"");
        assert_eq!(place.locus(), "f.toml:2:9");
    }

    #[test]
    fn known_line_ends_make_the_same_place() {
        let text = "a = 1\n\ngrüße = \"ß\"\r\nlast\n";
        let ends: Vec<_> = text.match_indices('\n').map(|(at, _)| at).collect();
        for start in 0..=text.len() {
            let place = Place::in_lines("f", text, &ends, start..start + 2);
            assert_eq!(place, Place::in_text("f", text, start..start + 2));
        }
    }

    #[test]
    fn a_span_is_cut_at_its_line_and_at_the_text() {
        let place = Place::in_text("f", "ab\ncd", 1..99);
        assert_eq!((place.line, place.column, place.len), (1, 2, 1));
        let behind = Place::in_text("f", "ab\n", 3..3);
        assert_eq!((behind.line, behind.column, behind.len), (2, 1, 1));
        let inside_a_character = Place::in_text("f", "ß", 1..1);
        assert_eq!((inside_a_character.line, inside_a_character.column), (1, 1));
    }
}
