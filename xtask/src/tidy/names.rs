//! Names that say nothing are no names.

use super::file::{File, Finding, Kind, Rule};

/// A module called so owns whatever nobody wanted.
const EMPTY: &[&str] =
    &["common", "helper", "helpers", "manager", "managers", "misc", "util", "utils", "utilities"];

/// Finds files and folders of code with an empty name.
pub fn check(file: &File<'_>) -> Vec<Finding> {
    if !matches!(file.kind, Kind::Rust | Kind::C | Kind::Header) {
        return Vec::new();
    }
    let parts = file.path.split('/').map(|part| part.split('.').next().unwrap_or(part));
    let says_nothing = |part: &&str| {
        part.split(['_', '-']).any(|word| EMPTY.contains(&word.to_ascii_lowercase().as_str()))
    };
    let empty = parts.filter(says_nothing);
    let finding = |part| {
        let message = format!("`{part}` says nothing: name the file after what it owns");
        Finding::new(1, Rule::Names, message)
    };
    empty.map(finding).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn passes(path: &str) -> bool {
        check(&File::new(path, "")).is_empty()
    }

    #[test]
    fn names_that_say_something_pass() {
        assert!(passes("server/src/shell/outbox.rs"));
        assert!(passes("docs/common.md"));
        assert!(passes("server/src/futile.rs"));
    }

    #[test]
    fn names_that_say_nothing_are_found() {
        assert!(!passes("server/src/util.rs"));
        assert!(!passes("server/src/helpers/mod.rs"));
        assert!(!passes("tests/src/test_utils.rs"));
        assert!(!passes("server/src/plugin_manager.rs"));
    }
}
