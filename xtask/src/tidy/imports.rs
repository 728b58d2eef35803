//! The order of imports: std, then other crates, then our own, a blank line between.

use super::file::{File, Finding, Kind, Rule};

/// Which group an import belongs to, in the order in which they stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Group {
    Std,
    Crates,
    Own,
}

/// One `use` at the top level, lines from 1.
struct Import {
    first: usize,
    last: usize,
    group: Group,
}

/// Finds imports that stand in the wrong group. Re-exports (`pub use`) are a module's face and
/// stand where they read best.
pub fn check(file: &File<'_>) -> Vec<Finding> {
    if file.kind != Kind::Rust {
        return Vec::new();
    }
    let lines: Vec<&str> = file.code.lines().collect();
    let imports = imports(&lines);
    let pairs = imports.iter().zip(imports.iter().skip(1));
    pairs.filter_map(|(above, below)| misplaced(above, below, &lines)).collect()
}

fn misplaced(above: &Import, below: &Import, lines: &[&str]) -> Option<Finding> {
    let between = &lines[above.last..below.first - 1];
    let adjoining = between.iter().all(|line| line.trim().is_empty());
    let message = if below.group < above.group {
        "std comes first, then other crates, then `crate` and `super`"
    } else if !adjoining {
        return None;
    } else if below.group == above.group && below.group != Group::Own && !between.is_empty() {
        // Our own may stand in two: what lies below this module, and what lies beside it.
        "a blank line inside a group of imports"
    } else if below.group != above.group && between.is_empty() {
        "a blank line belongs between two groups of imports"
    } else {
        return None;
    };
    Some(Finding::new(below.first, Rule::Imports, message))
}

fn imports(lines: &[&str]) -> Vec<Import> {
    let mut found = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        let Some(path) = line.strip_prefix("use ") else {
            continue;
        };
        let length = lines[at..].iter().position(|line| line.contains(';')).unwrap_or(0);
        let group = group(path, lines);
        found.push(Import { first: at + 1, last: at + 1 + length, group });
    }
    found
}

fn group(path: &str, lines: &[&str]) -> Group {
    let root = path.trim_start_matches("::");
    let end = root.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(root.len());
    let is_path = root[end..].starts_with("::");
    let root = &root[..end];
    let declares = |line: &&str| {
        let module = line.split("mod ").nth(1).unwrap_or("");
        module.trim_end_matches([';', '{', ' ']) == root
    };
    match root {
        "std" | "core" | "alloc" => Group::Std,
        "crate" | "super" | "self" => Group::Own,
        // What has no path is a macro of this file; a module that this file declares is our own,
        // although its path looks like a crate's.
        _ if !is_path || lines.iter().any(declares) => Group::Own,
        _ => Group::Crates,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines_found(text: &str) -> Vec<usize> {
        check(&File::new("a.rs", text)).into_iter().map(|finding| finding.line).collect()
    }

    #[test]
    fn three_groups_with_blank_lines_pass() {
        let good = "mod own;\nuse std::a;\nuse core::{\n    b,\n};\n\nuse mio::C;\n\n\
                    use own::D;\nuse a_macro;\n";
        assert_eq!(lines_found(good), [0; 0]);
        assert_eq!(
            lines_found("use crate::a;\npub use mio::b;\nfn f() {\n    use std::c;\n}\n"),
            [0; 0]
        );
    }

    #[test]
    fn a_wrong_order_is_found() {
        assert_eq!(lines_found("use mio::A;\n\nuse std::b;\n"), [3]);
        assert_eq!(lines_found("use super::A;\n\nuse mio::b;\n"), [3]);
    }

    #[test]
    fn wrong_blank_lines_are_found() {
        assert_eq!(lines_found("use std::a;\n\nuse core::b;\n"), [3]);
        assert_eq!(lines_found("mod own;\nuse own::A;\n\nuse super::b;\n"), [0; 0]);
        assert_eq!(lines_found("use std::{\n    a,\n};\nuse mio::b;\n"), [4]);
    }

    #[test]
    fn an_attribute_between_two_imports_is_left_alone() {
        assert_eq!(lines_found("use std::a;\n#[cfg(unix)]\nuse std::b;\n"), [0; 0]);
    }
}
