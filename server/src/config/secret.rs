//! Secrets: owns from where they are read; their text is never shown.

use std::path::{Path, PathBuf};

use crate::config::findings::{Findings, Wrong};
use crate::config::read::read_text;
use crate::config::sources::Sources;
use crate::config::tree::{Entry, Node, Table, Value};
use crate::config::values::clean;
use crate::diagnostics::codes::config as codes;

const ORIGINS: [&str; 3] = ["file", "env", "credential"];

/// Whether the table says from where a secret is read: it holds nothing but such keys.
pub(super) fn is_secret(table: &Table) -> bool {
    let is_origin = |entry: &Entry| ORIGINS.contains(&entry.key.as_str());
    !table.entries.is_empty() && table.entries.iter().all(is_origin)
}

/// Reads the secret; `None` after a mistake, which is noted.
pub(super) fn read(
    findings: &mut Findings,
    sources: &Sources,
    node: &Node,
    table: &Table,
) -> Option<String> {
    let bad = |message: String| Wrong::new(codes::BAD_SECRET, message);
    let [entry] = table.entries.as_slice() else {
        let wrong = bad("a secret has exactly one origin".to_owned())
            .help("keep one of `file`, `env` and `credential`");
        findings.wrong(&node.span, wrong);
        return None;
    };
    let Value::Text(name) = &entry.node.value else {
        let wrong = bad(format!("`{}` takes a name in quotes", entry.key));
        findings.wrong(&entry.node.span, wrong);
        return None;
    };
    let found = match entry.key.as_str() {
        "env" => sources
            .variable(name)
            .map(str::to_owned)
            .ok_or_else(|| bad(format!("the environment has no variable `{name}`"))),
        "credential" => credential(sources, name).and_then(|path| file(findings, path)),
        _ => {
            let base = findings.texts.base(entry.node.span.text);
            let path = clean(&base.join(name));
            file(findings, path)
        }
    };
    found.map_err(|wrong| findings.wrong(&entry.node.span, wrong)).ok()
}

/// The file of a credential that systemd hands over.
fn credential(sources: &Sources, name: &str) -> Result<PathBuf, Wrong> {
    let plain = !name.is_empty() && !name.contains('/') && name != "..";
    if !plain {
        let message = format!("`{name}` is no credential's name");
        return Err(Wrong::new(codes::BAD_SECRET, message));
    }
    let folder = sources.variable("CREDENTIALS_DIRECTORY").ok_or_else(|| {
        let message = "no credentials were handed to this process";
        Wrong::new(codes::BAD_SECRET, message)
            .help("add LoadCredential= to the unit; only systemd hands them over")
    })?;
    Ok(Path::new(folder).join(name))
}

/// A file's text without the line end that editors leave.
fn file(findings: &mut Findings, path: PathBuf) -> Result<String, Wrong> {
    let shown = path.display().to_string();
    let text = read_text(&path, &shown);
    findings.watch(path);
    match text {
        Ok(text) => {
            let line = text.strip_suffix('\n').unwrap_or(&text);
            Ok(line.strip_suffix('\r').unwrap_or(line).to_owned())
        }
        // Of a secret that is no text not even the good part of a line may be shown.
        Err(problem) if problem.place.is_some() => {
            Err(Wrong::new(codes::BAD_SECRET, format!("`{shown}` is not UTF-8 text")))
        }
        Err(problem) => {
            let wrong = Wrong::new(codes::BAD_SECRET, problem.message);
            Err(problem.help.into_iter().fold(wrong, Wrong::help))
        }
    }
}
