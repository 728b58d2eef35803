//! How long a file and a line may be.

use super::file::{File, Finding, Kind, Rule};

/// No file of code is longer, whatever the reason.
const FILE_HARD: usize = 500;
/// A longer file of code has to give its reason.
const FILE: usize = 300;
/// Tests may run on a little, because their cases stand side by side.
const TEST_FILE: usize = 400;
/// What somebody who writes a plugin in C must read first.
const HEADER: usize = 250;
/// Characters, not bytes.
const LINE: usize = 100;

/// Finds files with too many lines and lines with too many characters.
pub fn check(file: &File<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    let lines = file.text.lines().count();
    if let Some((limit, rule)) = broken_limit(file, lines) {
        let message = format!("{lines} lines, at most {limit}: split it by what its parts own");
        found.push(Finding::new(1, rule, message));
    }
    if matches!(file.kind, Kind::Markdown | Kind::Data) {
        return found;
    }
    for (at, line) in file.text.lines().enumerate() {
        let width = line.chars().count();
        if width > LINE && !is_unbreakable(line) {
            let message = format!("{width} columns, at most {LINE}");
            found.push(Finding::new(at + 1, Rule::LineWidth, message));
        }
    }
    found
}

/// An address has no place to break, nor have a sentence and an inline table in a manifest.
fn is_unbreakable(line: &str) -> bool {
    let in_manifest = line.starts_with("description = ") || line.contains(" = { version = ");
    line.contains("://") || in_manifest
}

fn broken_limit(file: &File<'_>, lines: usize) -> Option<(usize, Rule)> {
    let limit = match file.kind {
        Kind::Header => HEADER,
        Kind::Rust | Kind::C if file.is_test() => TEST_FILE,
        Kind::Rust | Kind::C => FILE,
        Kind::Markdown | Kind::Settings | Kind::Data => return None,
    };
    if lines > FILE_HARD {
        Some((FILE_HARD, Rule::FileSizeHard))
    } else if lines > limit {
        Some((limit, Rule::FileSize))
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules(path: &str, text: &str) -> Vec<Rule> {
        check(&File::new(path, text)).into_iter().map(|finding| finding.rule).collect()
    }

    #[test]
    fn files_are_held_to_the_limit_of_their_kind() {
        for (path, limit) in [("a/src/b.rs", FILE), ("a/tests/b.rs", TEST_FILE), ("a.h", HEADER)] {
            assert_eq!(rules(path, &"x\n".repeat(limit)), []);
            assert_eq!(rules(path, &"x\n".repeat(limit + 1)), [Rule::FileSize]);
            assert_eq!(rules(path, &"x\n".repeat(FILE_HARD + 1)), [Rule::FileSizeHard]);
        }
        assert_eq!(rules("a.md", &"x\n".repeat(FILE_HARD + 1)), []);
    }

    #[test]
    fn lines_are_held_to_their_columns() {
        assert_eq!(rules("a.rs", &"ß".repeat(LINE)), []);
        assert_eq!(rules("a.rs", &"ß".repeat(LINE + 1)), [Rule::LineWidth]);
        assert_eq!(rules(".ci/run", &"x".repeat(LINE + 1)), [Rule::LineWidth]);
        assert_eq!(rules("a.json", &"x".repeat(LINE + 1)), []);
        assert_eq!(rules("a.rs", &format!("// https://{}", "x".repeat(LINE))), []);
    }
}
