//! Laying sources over one another: owns how variables and options become trees, and the merge.

use std::path::PathBuf;

use toml::de::DeValue;

use crate::config::findings::{Findings, Wrong};
use crate::config::secret;
use crate::config::sources::Sources;
use crate::config::text::{Span, TextId};
use crate::config::tree::{self, Entry, Node, Table, Value};
use crate::diagnostics::codes::start as codes;

/// What the environment's variables that set keys begin with.
const PREFIX: &str = "HOTFRAME__";

/// Lays `over` over `base`: tables are merged key by key, everything else is replaced.
pub(super) fn merge(base: &mut Table, over: Table) {
    for entry in over.entries {
        let Some(slot) = base.entries.iter_mut().find(|old| old.key == entry.key) else {
            base.entries.push(entry);
            continue;
        };
        match (&mut slot.node.value, entry.node.value) {
            // Two origins of one secret are a replacement, not a union.
            (Value::Table(old), Value::Table(new))
                if !secret::is_secret(old) && !secret::is_secret(&new) =>
            {
                merge(old, new);
            }
            (_, value) => {
                slot.key_span = entry.key_span;
                slot.node = Node { span: entry.node.span, value };
            }
        }
    }
}

/// One tree for each variable `HOTFRAME__SECTION__KEY`, in the order of their names.
pub(super) fn of_environment(findings: &mut Findings, sources: &Sources) -> Vec<Table> {
    let mut variables: Vec<_> = sources
        .env
        .iter()
        .filter_map(|(name, value)| Some((name, name.strip_prefix(PREFIX)?, value)))
        .collect();
    variables.sort();
    let mut layers = Vec::new();
    for (name, key, value) in variables {
        let parts: Vec<_> = key.split("__").collect();
        let option = Setting {
            origin: "environment",
            name,
            keys_at: PREFIX.len(),
            separator: "__",
            parts: parts.iter().map(|part| part.to_ascii_lowercase()).collect(),
            value,
            malformed: Wrong::new(codes::BAD_VARIABLE, format!("`{name}` names no key"))
                .help("write HOTFRAME__SECTION__KEY"),
        };
        layers.extend(option.layer(findings, sources));
    }
    layers
}

/// One tree for each `--set KEY=VALUE`, in the order given.
pub(super) fn of_sets(findings: &mut Findings, sources: &Sources) -> Vec<Table> {
    let mut layers = Vec::new();
    for set in &sources.sets {
        let malformed = || {
            Wrong::new(codes::BAD_SET, format!("`{set}` is not KEY=VALUE"))
                .help("for instance --set limits.max_connections=100")
        };
        let well_formed = |(key, _): &(&str, &str)| key.split('.').all(|p| !p.trim().is_empty());
        let Some((key, value)) = set.split_once('=').filter(well_formed) else {
            let span = text_of(findings, "--set", set.clone(), sources);
            findings.wrong(&span, malformed());
            continue;
        };
        let key = key.trim_end();
        let option = Setting {
            origin: "--set",
            name: key,
            keys_at: 0,
            separator: ".",
            parts: key.split('.').map(str::to_owned).collect(),
            value: value.trim_start(),
            malformed: malformed(),
        };
        layers.extend(option.layer(findings, sources));
    }
    layers
}

/// The tree of all `--listen URL`; `None` when there is none.
pub(super) fn of_listens(findings: &mut Findings, sources: &Sources) -> Option<Table> {
    let mut items = Vec::new();
    for url in &sources.listens {
        let span = text_of(findings, "--listen", url.clone(), sources);
        let value = Value::Text(url.clone());
        items.push(Node { span, value });
    }
    let span = items.first()?.span.clone();
    let node = Node { span: span.clone(), value: Value::List(items) };
    Some(Table { entries: vec![Entry { key: "listen".to_owned(), key_span: span, node }] })
}

/// A variable or option that sets one key.
struct Setting<'a> {
    origin: &'static str,
    name: &'a str,
    keys_at: usize,
    separator: &'static str,
    parts: Vec<String>,
    value: &'a str,
    malformed: Wrong,
}

impl Setting<'_> {
    fn layer(self, findings: &mut Findings, sources: &Sources) -> Option<Table> {
        // The name is a text of its own: a complaint about it must not show the value, which may
        // be a secret.
        let name = text_of(findings, self.origin, self.name.to_owned(), sources);
        if self.parts.iter().any(|part| part.trim().is_empty()) {
            findings.wrong(&name, self.malformed);
            return None;
        }
        let whole = format!("{}={}", self.name, self.value);
        let text = text_of(findings, self.origin, whole, sources).text;
        let mut node = value(self.value, text, self.name.len() + 1);
        let mut starts = Vec::new();
        let mut at = self.keys_at;
        for part in &self.parts {
            starts.push(at);
            at += part.len() + self.separator.len();
        }
        let mut table = Table::default();
        for (part, start) in self.parts.into_iter().zip(starts).rev() {
            let bytes = start..start + part.len();
            let key_span = Span { text: name.text, bytes };
            let entry = Entry { key: part, key_span: key_span.clone(), node };
            table = Table { entries: vec![entry] };
            node = Node { span: key_span, value: Value::Table(table.clone()) };
        }
        Some(table)
    }
}

/// The value of a variable or option: TOML where it is TOML, else text.
fn value(given: &str, text: TextId, offset: usize) -> Node {
    let (parsed, errors) = DeValue::parse_recoverable(given);
    if errors.is_empty() {
        return tree::node(parsed.get_ref(), text, parsed.span(), offset);
    }
    Node {
        span: Span { text, bytes: offset..offset + given.len() },
        value: Value::Text(given.to_owned()),
    }
}

/// Takes a variable's or option's text in; its paths are relative to the working folder.
fn text_of(findings: &mut Findings, origin: &str, content: String, sources: &Sources) -> Span {
    let bytes = 0..content.len();
    let base = PathBuf::from(&sources.cwd);
    let text = findings.texts.add(origin.to_owned(), content, base);
    Span { text, bytes }
}
