//! Planted mistakes: every file under `tests/fixtures/mistakes/` says in its own lines which codes
//! must be found there (`# HF0101`), and nothing else may be found. How each problem is worded and
//! drawn is held by the `.expected` file beside it; `HOTFRAME_BLESS=1` writes those anew.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::{repository, sources};
use crate::config::{Sources, load};
use crate::diagnostics::{Diagnostic, Format, render, tally};

/// Codes by file and line.
type Found = BTreeMap<(String, usize), Vec<String>>;

fn fixtures() -> PathBuf {
    repository().join("tests/fixtures/mistakes")
}

/// The entries of a folder of fixtures, but for what is expected of them.
fn cases(kind: &str) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(fixtures().join(kind)).unwrap();
    let paths = entries.map(|entry| entry.unwrap().path());
    let mut cases: Vec<_> = paths
        .filter(|path| path.extension().is_none_or(|end| end != "expected"))
        .collect();
    cases.sort();
    cases
}

#[test]
fn settings_have_their_mistakes_found() {
    let cases = cases("settings");
    for case in &cases {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("hotframe.toml");
        std::fs::copy(case, &file).unwrap();
        judge(case, &with_config(folder.path(), "hotframe.toml"));
    }
    assert!(cases.len() >= 40, "{}", cases.len());
}

#[test]
fn commands_have_their_mistakes_found() {
    let cases = cases("commands");
    for case in &cases {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("hotframe.toml"), "").unwrap();
        std::fs::copy(case, folder.path().join("commands.toml")).unwrap();
        judge(case, &with_config(folder.path(), "hotframe.toml"));
    }
    assert!(cases.len() >= 10, "{}", cases.len());
}

#[test]
fn folders_have_their_mistakes_found() {
    let cases = cases("both");
    for case in &cases {
        judge(case, &with_config(case, "hotframe.toml"));
    }
    assert!(cases.len() >= 5, "{}", cases.len());
}

fn with_config(cwd: &Path, config: &str) -> Sources {
    Sources {
        config: Some(config.into()),
        ..sources(cwd)
    }
}

/// Holds the problems of one case against its marks and its `.expected` file.
fn judge(case: &Path, sources: &Sources) {
    let (sources, mut planted) = with_options(sources);
    for file in files_below(&sources.cwd) {
        mark(&sources.cwd, &file, &mut planted);
    }
    let problems = load(&sources).problems;
    let found = found(&problems);
    assert_eq!(found, planted, "{}:\n{}", case.display(), drawn(&problems));
    compare(&case.with_extension("expected"), &drawn(&problems));
}

/// The variables and options that `options.txt` asks for, with the codes expected of each.
fn with_options(sources: &Sources) -> (Sources, Found) {
    let mut sources = sources.clone();
    let mut planted = Found::new();
    let options = std::fs::read_to_string(sources.cwd.join("options.txt")).unwrap_or_default();
    for line in options.lines() {
        let (line, codes) = line.split_once(" -> ").unwrap_or((line, ""));
        let (kind, text) = line.split_once(' ').unwrap();
        let origin = match kind {
            "env" => {
                let (name, value) = text.split_once('=').unwrap();
                sources.env.push((name.to_owned(), value.to_owned()));
                "environment"
            }
            "set" => {
                sources.sets.push(text.to_owned());
                "--set"
            }
            "listen" => {
                sources.listens.push(text.to_owned());
                "--listen"
            }
            _ => {
                sources.profile = Some(text.to_owned());
                if codes == "HF0121" { "" } else { "--profile" }
            }
        };
        if !codes.is_empty() {
            let line = usize::from(!origin.is_empty());
            let place = (origin.to_owned(), line);
            planted.entry(place).or_default().push(codes.to_owned());
        }
    }
    sort(&mut planted);
    (sources, planted)
}

fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(files_below(&path));
        } else if path.extension().is_some_and(|end| end == "toml") {
            files.push(path);
        }
    }
    files
}

/// Gathers the marks `# HF….` of one file.
fn mark(cwd: &Path, file: &Path, planted: &mut Found) {
    let bytes = std::fs::read(file).unwrap();
    let name = file.strip_prefix(cwd).unwrap().display().to_string();
    for (index, line) in String::from_utf8_lossy(&bytes).lines().enumerate() {
        let Some((_, codes)) = line.rsplit_once("# HF") else {
            continue;
        };
        let codes = format!("HF{codes}");
        let codes = codes.split_whitespace().map(str::to_owned).collect();
        planted.insert((name.clone(), index + 1), codes);
    }
    if bytes.is_empty() && name == "commands.toml" {
        planted.insert((name, 1), vec!["HF0129".to_owned()]);
    }
    sort(planted);
}

fn found(problems: &[Diagnostic]) -> Found {
    let mut found = Found::new();
    for problem in problems {
        let place = problem.place.as_ref();
        let place = place.map_or_else(Default::default, |at| (at.file.clone(), at.line));
        found
            .entry(place)
            .or_default()
            .push(problem.code.to_string());
    }
    sort(&mut found);
    found
}

fn sort(found: &mut Found) {
    found.values_mut().for_each(|codes| codes.sort());
}

fn drawn(problems: &[Diagnostic]) -> String {
    format!(
        "{}{}\n",
        render(problems, Format::Text, false),
        tally(problems)
    )
}

/// Compares a report with the one that is expected, or writes it when blessing.
fn compare(expected: &Path, report: &str) {
    if std::env::var_os("HOTFRAME_BLESS").is_some() {
        std::fs::write(expected, report).unwrap();
        return;
    }
    let wanted = std::fs::read_to_string(expected).unwrap_or_default();
    if let Some(index) = first_difference(&wanted, report) {
        panic!(
            "{} differs from line {} on (HOTFRAME_BLESS=1 accepts)\n--- expected\n{wanted}\n--- \
             found\n{report}",
            expected.display(),
            index + 1,
        );
    }
}

fn first_difference(wanted: &str, found: &str) -> Option<usize> {
    let (wanted, found): (Vec<_>, Vec<_>) = (wanted.lines().collect(), found.lines().collect());
    let longest = wanted.len().max(found.len());
    (0..longest).find(|index| wanted.get(*index) != found.get(*index))
}
