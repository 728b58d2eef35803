//! Links in Markdown lead somewhere: to a file of the repository, and to a heading in it.

use std::collections::BTreeSet;

use super::file::{File, Finding, Kind, Rule};

/// Finds relative links to files that are not among `paths`, and to headings of this same file
/// that it does not have. Links out of the repository are not followed.
pub fn check(file: &File<'_>, paths: &BTreeSet<String>) -> Vec<Finding> {
    if file.kind != Kind::Markdown {
        return Vec::new();
    }
    let headings = headings(file.text);
    let mut found = Vec::new();
    for (line, target) in targets(file.text) {
        let (place, heading) = target.split_once('#').unwrap_or((target, ""));
        let leads = if target.contains(':') {
            true
        } else if place.is_empty() {
            headings.contains(heading)
        } else {
            exists(&resolve(file.path, place), paths)
        };
        if !leads {
            let message = format!("the link `{target}` leads nowhere");
            found.push(Finding::new(line, Rule::Links, message));
        }
    }
    found
}

/// The lines outside code fences, numbered from 1.
fn prose(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut fenced = false;
    text.lines().enumerate().filter_map(move |(at, line)| {
        let is_fence = line.trim_start().starts_with("```");
        fenced ^= is_fence;
        (!fenced && !is_fence).then_some((at + 1, line))
    })
}

/// What the links of a text point at: `[name](target)` and `[name]: target`.
fn targets(text: &str) -> Vec<(usize, &str)> {
    let mut found = Vec::new();
    for (number, line) in prose(text) {
        for (at, _) in line.match_indices("](") {
            let target = line[at + 2..].split([')', ' ']).next().unwrap_or("");
            found.push((number, target));
        }
        if let Some((_, target)) = line.split_once("]: ").filter(|_| line.starts_with('[')) {
            found.push((number, target.trim()));
        }
    }
    found
}

/// The anchors that a renderer makes of the headings.
fn headings(text: &str) -> BTreeSet<String> {
    let lines = prose(text).filter(|(_, line)| line.starts_with('#'));
    lines.map(|(_, line)| anchor(line.trim_start_matches('#').trim())).collect()
}

fn anchor(heading: &str) -> String {
    let kept = heading.chars().filter(|c| c.is_alphanumeric() || " -_".contains(*c));
    kept.flat_map(char::to_lowercase).map(|c| if c == ' ' { '-' } else { c }).collect()
}

/// `place` as seen from the folder of `from`, with its dots walked.
fn resolve(from: &str, place: &str) -> String {
    let mut parts: Vec<&str> = from.split('/').collect();
    parts.pop();
    for part in place.trim_end_matches('/').split('/') {
        match part {
            "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    parts.join("/")
}

/// Whether there is such a file or a folder with files in it.
fn exists(path: &str, paths: &BTreeSet<String>) -> bool {
    let folder = format!("{path}/");
    let mut below = paths.range(folder.clone()..);
    paths.contains(path) || below.next().is_some_and(|path| path.starts_with(&folder))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn passes(text: &str) -> bool {
        let paths = ["README.md", "docs/protocol.md", "docs/a.md"].map(str::to_owned).into();
        check(&File::new("docs/a.md", text), &paths).is_empty()
    }

    #[test]
    fn links_that_lead_somewhere_pass() {
        assert!(passes("[a](protocol.md) [b](../README.md) [c](../docs/) [d](./protocol.md#x)"));
        assert!(passes("# The `word`, twice\n[here](#the-word-twice)\n[out](https://example.org)"));
        assert!(passes("```\n[code](nowhere.md)\n```\n[a]: protocol.md"));
    }

    #[test]
    fn links_that_lead_nowhere_are_found() {
        assert!(!passes("[a](nowhere.md)"));
        assert!(!passes("[a](README.md)"));
        assert!(!passes("[a](#nowhere)"));
        assert!(!passes("[a]: ../nowhere.md"));
    }
}
