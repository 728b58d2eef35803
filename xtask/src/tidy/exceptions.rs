//! The exceptions to the rules, each with its reason. Nothing else turns a rule off.

use std::collections::BTreeSet;

use super::file::Rule;

/// One file that one rule passes over.
struct Exception {
    path: &'static str,
    rule: Rule,
    /// For the reader; a rule is not waived without one.
    reason: &'static str,
}

const EXCEPTIONS: &[Exception] = &[];

/// The exception that covers `rule` in `path`, by its place in the table.
pub fn covering(path: &str, rule: Rule) -> Option<usize> {
    covering_in(EXCEPTIONS, path, rule)
}

/// The exceptions of the table that are not in `used`, as text.
pub fn unused(used: &BTreeSet<usize>) -> Vec<String> {
    unused_in(EXCEPTIONS, used)
}

fn covering_in(table: &[Exception], path: &str, rule: Rule) -> Option<usize> {
    // The hard limit on the size of a file is the one rule that has none.
    let waivable = rule != Rule::FileSizeHard;
    table.iter().position(|entry| waivable && entry.path == path && entry.rule == rule)
}

fn unused_in(table: &[Exception], used: &BTreeSet<usize>) -> Vec<String> {
    let entries = table.iter().enumerate().filter(|(at, _)| !used.contains(at));
    let told = |(_, entry): (usize, &Exception)| {
        format!("`{}` for `{}` ({})", entry.path, entry.rule, entry.reason)
    };
    entries.map(told).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: &[Exception] = &[
        Exception { path: "a.rs", rule: Rule::Words, reason: "it is a list of them" },
        Exception { path: "b.rs", rule: Rule::FileSizeHard, reason: "it is long" },
    ];

    #[test]
    fn an_exception_covers_its_file_and_its_rule() {
        assert_eq!(covering_in(TABLE, "a.rs", Rule::Words), Some(0));
        assert_eq!(covering_in(TABLE, "a.rs", Rule::Links), None);
        assert_eq!(covering_in(TABLE, "c.rs", Rule::Words), None);
    }

    #[test]
    fn the_hard_limit_has_no_exception() {
        assert_eq!(covering_in(TABLE, "b.rs", Rule::FileSizeHard), None);
    }

    #[test]
    fn an_exception_that_nothing_needs_is_told() {
        let told = unused_in(TABLE, &BTreeSet::from([1]));
        assert_eq!(told, ["`a.rs` for `words` (it is a list of them)"]);
        assert_eq!(unused_in(TABLE, &BTreeSet::from([0, 1])), [""; 0]);
    }

    #[test]
    fn every_exception_has_a_reason() {
        assert!(EXCEPTIONS.iter().all(|entry| !entry.reason.is_empty()));
    }
}
