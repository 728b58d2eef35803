//! The clients file: owns how the hashes of credentials are written down.
//!
//! No line of it is ever shown: what is wrong is told by the client's name and the line's number.

use std::collections::BTreeMap;
use std::path::Path;

use toml::Spanned;

use crate::auth::{BadHash, Clients, Hash};
use crate::config::findings::Findings;
use crate::config::read::read_text;
use crate::diagnostics::codes::config as codes;
use crate::diagnostics::{Diagnostic, Place};

/// Bytes of the longest client id.
const MAX_ID: usize = 64;

/// Reads the clients of a file, one a line as `NAME = "HASH"`; `None` if it holds a mistake. The
/// file is named at `named_at`.
pub(super) fn read(
    findings: &mut Findings,
    path: &Path,
    named_at: Option<Place>,
) -> Option<Clients> {
    let shown = path.display().to_string();
    findings.watch(path.to_owned());
    let text = match read_text(path, &shown) {
        Ok(text) => text,
        Err(problem) => {
            // Not even the good part of a line that is no text may be shown.
            let place = named_at.map(Box::new);
            findings.note_elsewhere(Diagnostic { code: codes::BAD_CLIENTS, place, ..problem });
            return None;
        }
    };
    let parsed: Result<BTreeMap<Spanned<String>, toml::Value>, _> = toml::from_str(&text);
    let entries = match parsed {
        Ok(entries) => entries,
        Err(error) => {
            let at = error.span().map_or(0, |span| span.start);
            let problem = Diagnostic::error(codes::BAD_CLIENTS, "this is not valid TOML");
            let help = "a line is NAME = \"HASH\", and a name has one line";
            findings.note_elsewhere(problem.at(line(&shown, &text, at)).help(help));
            return None;
        }
    };
    let mut clients = BTreeMap::new();
    let mut is_good = true;
    for (name, value) in entries {
        match entry(name.get_ref(), &value) {
            Ok(hash) => drop(clients.insert(name.into_inner(), hash)),
            Err(why) => {
                is_good = false;
                let problem = Diagnostic::error(codes::BAD_CLIENTS, why);
                let place = line(&shown, &text, name.span().start);
                findings
                    .note_elsewhere(problem.at(place).help("make each hash with `hotframe hash`"));
            }
        }
    }
    is_good.then_some(Clients(clients))
}

fn entry(name: &str, value: &toml::Value) -> Result<Hash, String> {
    let is_id = (1..=MAX_ID).contains(&name.len()) && !name.contains(char::is_control);
    if !is_id {
        return Err("a client id is 1 to 64 bytes of UTF-8 without control characters".to_owned());
    }
    let text = value.as_str().ok_or_else(|| format!("`{name}` has no hash in quotes"))?;
    Hash::parse(text).map_err(|bad| match bad {
        BadHash::Unknown => format!("what `{name}` has is no hash of Argon2"),
        BadHash::TooCostly => format!("the hash of `{name}` would take too much memory or time"),
    })
}

/// The line of byte `at`, of which nothing is shown.
fn line(shown: &str, text: &str, at: usize) -> Place {
    let before = text.as_bytes().iter().take(at).filter(|byte| **byte == b'\n').count();
    let blank = "\n".repeat(before);
    Place::in_text(shown, &blank, before..before)
}
