//! `cargo xtask tidy`: owns which checks there are and how their findings are told.
//!
//! Every check is a pure function from a [`File`] to [`Finding`]s in a file of its own, so
//! that its tests need no repository.

pub mod census;
mod directions;
mod exceptions;
mod file;
mod functions;
mod imports;
mod links;
mod mask;
mod names;
mod opening;
mod safety;
mod sizes;
mod words;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

use file::{File, Finding};

/// The checks that look at one file and nothing else.
const CHECKS: &[fn(&File<'_>) -> Vec<Finding>] = &[
    sizes::check,
    functions::check,
    opening::check,
    imports::check,
    directions::check,
    safety::check,
    names::check,
    words::check,
];

/// Checks every file that git knows or would take below `top`; true when nothing was found.
pub fn run(top: &Path) -> bool {
    let paths = match listed(top) {
        Ok(paths) => paths,
        Err(why) => {
            eprintln!("tidy: git ls-files: {why}");
            return false;
        }
    };
    let mut used = BTreeSet::new();
    let mut told = 0_usize;
    for path in &paths {
        // Not text, or deleted and not yet committed: nothing to hold to a rule.
        let Ok(text) = fs::read_to_string(top.join(path)) else {
            continue;
        };
        for finding in findings(&File::new(path, &text), &paths) {
            if let Some(exception) = exceptions::covering(path, finding.rule) {
                used.insert(exception);
                continue;
            }
            told += 1;
            eprintln!("{path}:{}: [{}] {}", finding.line, finding.rule, finding.message);
        }
    }
    for stale in exceptions::unused(&used) {
        told += 1;
        eprintln!("xtask/src/tidy/exceptions.rs: [exceptions] {stale} is needed no more");
    }
    if let Some(finding) = census::check(top, &paths) {
        told += 1;
        eprintln!("{finding}");
    }
    println!("tidy: {} files, {told} findings", paths.len());
    told == 0
}

/// What every check says about one file; `paths` are all files of the repository.
fn findings(file: &File<'_>, paths: &BTreeSet<String>) -> Vec<Finding> {
    let mut found: Vec<Finding> = CHECKS.iter().flat_map(|check| check(file)).collect();
    found.extend(links::check(file, paths));
    found.sort_by_key(|finding| finding.line);
    found
}

/// The files git tracks, and the new ones it does not ignore.
fn listed(top: &Path) -> Result<BTreeSet<String>, String> {
    let output = Command::new("git")
        .args(["ls-files", "--cached", "--others", "--exclude-standard"])
        .current_dir(top)
        .output()
        .map_err(|error| error.to_string())?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned());
    }
    Ok(String::from_utf8_lossy(&output.stdout).lines().map(str::to_owned).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A folder that git calls a repository, with one file in it.
    fn repository(path: &str, text: &str) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        let init = Command::new("git").arg("init").arg("--quiet").arg(folder.path()).status();
        assert!(init.unwrap().success());
        fs::write(folder.path().join(path), text).unwrap();
        folder
    }

    #[test]
    fn a_finding_fails_the_run_and_names_its_line() {
        let text = "//! A file.\n\nfn main() {\n    dbg!(1);\n}\n";
        let folder = repository("main.rs", text);
        assert!(!run(folder.path()));
        let paths = listed(folder.path()).unwrap();
        let found = findings(&File::new("main.rs", text), &paths);
        assert_eq!(found.iter().map(|finding| finding.line).collect::<Vec<_>>(), [4]);
    }

    #[test]
    fn this_repository_lists_its_own_files() {
        let paths = listed(&crate::top()).unwrap();
        assert!(paths.contains("xtask/src/tidy/mod.rs"));
    }

    #[test]
    fn a_folder_without_git_fails() {
        let folder = tempfile::tempdir().unwrap();
        assert!(!run(folder.path()));
    }
}
