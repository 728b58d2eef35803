//! What a check sees and says: owns the text of one file, what kind of file it is, and a finding.

use std::fmt;

use super::mask::mask;

/// One text of the repository, read once and shown to every check.
pub struct File<'a> {
    /// From the top of the repository, with `/` between folders.
    pub path: &'a str,
    /// The text as it is.
    pub text: &'a str,
    /// The text with comments and literals blanked, line for line; empty unless it is code.
    pub code: String,
    pub kind: Kind,
}

/// What rules a file is under.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Rust,
    /// C and C++ sources.
    C,
    Header,
    Markdown,
    /// Manifests, settings, scripts: written by hand, but no code of ours.
    Settings,
    /// Data, locks, snapshots, planted mistakes: as long and as odd as they have to be.
    Data,
}

/// One thing that is not as it should be.
#[derive(Debug, PartialEq, Eq)]
pub struct Finding {
    /// From 1.
    pub line: usize,
    pub rule: Rule,
    /// What is wrong and the way out.
    pub message: String,
}

/// The rules by name, as the exceptions name them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rule {
    Directions,
    FileSize,
    FileSizeHard,
    FunctionSize,
    Imports,
    LineWidth,
    Links,
    Names,
    Opening,
    Safety,
    UnsafePlace,
    Words,
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Directions => "directions",
            Self::FileSize => "file-size",
            Self::FileSizeHard => "file-size-hard",
            Self::FunctionSize => "function-size",
            Self::Imports => "imports",
            Self::LineWidth => "line-width",
            Self::Links => "links",
            Self::Names => "names",
            Self::Opening => "opening",
            Self::Safety => "safety",
            Self::UnsafePlace => "unsafe-place",
            Self::Words => "words",
        })
    }
}

impl<'a> File<'a> {
    pub fn new(path: &'a str, text: &'a str) -> Self {
        let kind = Kind::of(path);
        let is_code = matches!(kind, Kind::Rust | Kind::C | Kind::Header);
        let code = if is_code { mask(text) } else { String::new() };
        Self { path, text, code, kind }
    }

    /// Whether the whole file is a test.
    pub fn is_test(&self) -> bool {
        let (folder, name) = self.path.rsplit_once('/').unwrap_or(("", self.path));
        name == "tests.rs" || folder.split('/').any(|part| part == "tests")
    }

    /// The line, from 1, at which the tests in this file begin; past the end if there are none.
    pub fn tests_begin(&self) -> usize {
        if self.is_test() {
            return 1;
        }
        let mut lines = self.code.lines();
        lines.position(|line| line.trim() == "#[cfg(test)]").map_or(usize::MAX, |at| at + 1)
    }
}

impl Kind {
    fn of(path: &str) -> Self {
        let name = path.rsplit('/').next().unwrap_or(path);
        let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
        match ending {
            "rs" => Self::Rust,
            "c" | "cc" | "cpp" => Self::C,
            "h" | "hpp" => Self::Header,
            "md" => Self::Markdown,
            "toml" | "sh" | "yml" if !path.contains("/fixtures/") => Self::Settings,
            "" if !name.starts_with("LICENSE") => Self::Settings,
            _ => Self::Data,
        }
    }
}

impl Finding {
    pub fn new(line: usize, rule: Rule, message: impl Into<String>) -> Self {
        Self { line, rule, message: message.into() }
    }
}

/// The byte offsets in `code` at which `word` stands, whole.
pub fn words<'a>(code: &'a str, word: &'a str) -> impl Iterator<Item = usize> + 'a {
    let joins = |c: char| c.is_alphanumeric() || c == '_';
    code.match_indices(word).map(|(at, _)| at).filter(move |&at| {
        let before = code[..at].chars().next_back();
        let after = code[at + word.len()..].chars().next();
        !before.is_some_and(joins) && !after.is_some_and(joins)
    })
}

/// The line, from 1, of a byte offset.
pub fn line_of(text: &str, offset: usize) -> usize {
    text[..offset].matches('\n').count() + 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_follow_the_ending() {
        assert_eq!(Kind::of("a/b.rs"), Kind::Rust);
        assert_eq!(Kind::of("plugin-api/include/x.h"), Kind::Header);
        assert_eq!(Kind::of("config/hotframe.toml"), Kind::Settings);
        assert_eq!(Kind::of(".ci/run"), Kind::Settings);
        assert_eq!(Kind::of("tests/fixtures/config/typo.toml"), Kind::Data);
        assert_eq!(Kind::of("LICENSE-MIT"), Kind::Data);
    }

    #[test]
    fn tests_are_known_by_place_and_by_attribute() {
        assert!(File::new("tests/e2e/reload.rs", "").is_test());
        assert!(File::new("server/src/config/tests.rs", "").is_test());
        assert!(!File::new("server/src/config/contests.rs", "").is_test());
        let file = File::new("a.rs", "fn a() {}\n#[cfg(test)]\nmod tests {}\n");
        assert_eq!(file.tests_begin(), 2);
        assert_eq!(File::new("a.rs", "// #[cfg(test)]\n").tests_begin(), usize::MAX);
    }

    #[test]
    fn words_are_whole() {
        assert_eq!(words("fn fnord() { fn_(); } fn", "fn").collect::<Vec<_>>(), [0, 22]);
    }
}
