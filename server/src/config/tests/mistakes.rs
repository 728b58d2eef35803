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
    let mut cases: Vec<_> =
        paths.filter(|path| path.extension().is_none_or(|end| end != "expected")).collect();
    cases.sort();
    cases
}

#[test]
fn settings_have_their_mistakes_found() {
    let cases = cases("settings");
    judge_all(&cases, |case, folder| {
        std::fs::copy(case, folder.join("hotframe.toml")).unwrap();
        with_config(folder)
    });
    assert!(cases.len() >= 40, "{}", cases.len());
}

#[test]
fn commands_have_their_mistakes_found() {
    let cases = cases("commands");
    judge_all(&cases, |case, folder| {
        std::fs::write(folder.join("hotframe.toml"), "").unwrap();
        std::fs::copy(case, folder.join("commands.toml")).unwrap();
        with_config(folder)
    });
    assert!(cases.len() >= 10, "{}", cases.len());
}

#[test]
fn folders_have_their_mistakes_found() {
    let cases = cases("both");
    judge_all(&cases, |case, _| with_config(case));
    assert!(cases.len() >= 5, "{}", cases.len());
}

fn with_config(cwd: &Path) -> Sources {
    Sources { config: Some("hotframe.toml".into()), ..sources(cwd) }
}

/// Judges every case, each with a folder of its own to lay it out in, and tells all that fail.
fn judge_all(cases: &[PathBuf], lay_out: impl Fn(&Path, &Path) -> Sources) {
    let mut failures = String::new();
    for case in cases {
        let folder = tempfile::tempdir().unwrap();
        if let Err(failure) = judge(case, &lay_out(case, folder.path())) {
            failures.push_str(&format!("\n=== {}\n{failure}", case.display()));
        }
    }
    assert!(failures.is_empty(), "{failures}");
}

/// Holds the problems of one case against its marks and its `.expected` file.
fn judge(case: &Path, sources: &Sources) -> Result<(), String> {
    let (sources, mut planted) = with_options(sources);
    for file in files_below(&sources.cwd) {
        mark(&sources.cwd, &file, &mut planted);
    }
    let problems = load(&sources).problems;
    let report = drawn(&problems).replace(&sources.cwd.display().to_string(), "<cwd>");
    let found = found(&problems);
    if found != planted {
        return Err(format!("planted {planted:?}\n  found {found:?}\n{report}"));
    }
    compare(&case.with_extension("expected"), &report)
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
                "--profile"
            }
        };
        if !codes.is_empty() {
            planted.entry((origin.to_owned(), 1)).or_default().push(codes.to_owned());
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
        found.entry(place).or_default().push(problem.code.to_string());
    }
    sort(&mut found);
    found
}

fn sort(found: &mut Found) {
    found.values_mut().for_each(|codes| codes.sort());
}

fn drawn(problems: &[Diagnostic]) -> String {
    format!("{}{}\n", render(problems, Format::Text, false), tally(problems))
}

/// Compares a report with the one that is expected, or writes it when blessing.
fn compare(expected: &Path, report: &str) -> Result<(), String> {
    if std::env::var_os("HOTFRAME_BLESS").is_some() {
        std::fs::write(expected, report).unwrap();
        return Ok(());
    }
    let wanted = std::fs::read_to_string(expected).unwrap_or_default();
    match first_difference(&wanted, report) {
        None => Ok(()),
        Some(index) => Err(format!(
            "the report differs from line {} on (HOTFRAME_BLESS=1 accepts)\n--- expected\n\
             {wanted}\n--- found\n{report}",
            index + 1,
        )),
    }
}

fn first_difference(wanted: &str, found: &str) -> Option<usize> {
    let (wanted, found): (Vec<_>, Vec<_>) = (wanted.lines().collect(), found.lines().collect());
    let longest = wanted.len().max(found.len());
    (0..longest).find(|index| wanted.get(*index) != found.get(*index))
}
