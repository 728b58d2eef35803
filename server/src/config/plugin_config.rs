//! What is handed to a plugin: owns the table `[plugins.config.NAME]`.

use core::fmt;
use std::collections::BTreeMap;

use serde_json::{Map, Value as Json};

use crate::config::findings::{Findings, Wrong};
use crate::config::handler::is_name;
use crate::config::secret;
use crate::config::sources::Sources;
use crate::config::tree::{Node, Table, Value};
use crate::config::values::wrong_type;
use crate::diagnostics::Place;
use crate::diagnostics::codes::config as codes;

/// What stands for a secret wherever a configuration is shown.
const HIDDEN: &str = "***";

/// The table `[plugins.config.NAME]`, secrets included. Its `Debug` hides them, and two are equal
/// if they say the same, wherever it stands.
#[derive(Clone)]
pub struct PluginConfig {
    revealed: Json,
    shown: Json,
    /// Where the keys stand, by their dotted names; the table itself by an empty one.
    places: BTreeMap<String, Place>,
}

impl PartialEq for PluginConfig {
    fn eq(&self, other: &Self) -> bool {
        (&self.revealed, &self.shown) == (&other.revealed, &other.shown)
    }
}

impl PluginConfig {
    /// The table as JSON for the plugin, with every secret in clear: hand it to the plugin and to
    /// nothing else. Dates are texts.
    #[must_use]
    pub fn reveal_json(&self) -> String {
        self.revealed.to_string()
    }

    /// The table as JSON for a reader: every secret is hidden.
    #[must_use]
    pub fn shown(&self) -> Json {
        self.shown.clone()
    }

    /// Where a dotted key stands, or the nearest table that would hold it; `None` only if nothing
    /// of the plugin's stands anywhere.
    #[must_use]
    pub fn place_of(&self, key: &str) -> Option<&Place> {
        let mut key = key;
        while !key.is_empty() {
            if let Some(place) = self.places.get(key) {
                return Some(place);
            }
            key = key.rsplit_once('.').map_or("", |(table, _)| table);
        }
        self.places.get("")
    }
}

impl Default for PluginConfig {
    fn default() -> Self {
        let empty = Json::Object(Map::new());
        Self { revealed: empty.clone(), shown: empty, places: BTreeMap::new() }
    }
}

impl fmt::Debug for PluginConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.shown, f)
    }
}

/// Notes what is no table of plugins' tables.
pub(super) fn check_names(findings: &mut Findings, node: &Node) {
    let Value::Table(plugins) = &node.value else {
        findings.wrong(&node.span, wrong_type(node, "a table of plugins"));
        return;
    };
    for entry in &plugins.entries {
        let name = &entry.key;
        if !is_name(name) {
            let wrong = Wrong::new(codes::BAD_PLUGIN_NAME, format!("`{name}` names no plugin"))
                .help("lower-case letters, digits, `_` and `-`, at most 64");
            findings.wrong(&entry.key_span, wrong);
        } else if !matches!(entry.node.value, Value::Table(_)) {
            let wrong = wrong_type(&entry.node, "a table of the plugin's own keys")
                .help(format!("write `[plugins.config.{name}]` and its keys below it"));
            findings.wrong(&entry.node.span, wrong);
        }
    }
}

/// Every `[plugins.config.NAME]` of `table` by name, with its secrets read.
pub(super) fn read(
    findings: &mut Findings,
    sources: &Sources,
    table: &Table,
) -> BTreeMap<String, PluginConfig> {
    let plugins = table.find("plugins.config").map(|entry| &entry.node.value);
    let Some(Value::Table(plugins)) = plugins else {
        return BTreeMap::new();
    };
    let mut configs = BTreeMap::new();
    for entry in &plugins.entries {
        if let Value::Table(own) = &entry.node.value {
            let (revealed, shown) = object(findings, sources, own);
            let mut places = BTreeMap::new();
            places.insert(String::new(), findings.texts.place(&entry.key_span));
            note_places(findings, own, "", &mut places);
            configs.insert(entry.key.clone(), PluginConfig { revealed, shown, places });
        }
    }
    configs
}

/// Writes down where the values of a table stand, and those of the tables in it.
fn note_places(
    findings: &Findings,
    table: &Table,
    above: &str,
    places: &mut BTreeMap<String, Place>,
) {
    for entry in &table.entries {
        let name = match above {
            "" => entry.key.clone(),
            _ => format!("{above}.{}", entry.key),
        };
        let span = match &entry.node.value {
            Value::Table(_) => &entry.key_span,
            _ => &entry.node.span,
        };
        places.insert(name.clone(), findings.texts.place(span));
        if let Value::Table(below) = &entry.node.value {
            note_places(findings, below, &name, places);
        }
    }
}

/// A table as it is and as it may be shown.
fn object(findings: &mut Findings, sources: &Sources, table: &Table) -> (Json, Json) {
    let mut revealed = Map::new();
    let mut shown = Map::new();
    for entry in &table.entries {
        let (clear, hidden) = value(findings, sources, &entry.node);
        revealed.insert(entry.key.clone(), clear);
        shown.insert(entry.key.clone(), hidden);
    }
    (Json::Object(revealed), Json::Object(shown))
}

/// A value as it is and as it may be shown.
fn value(findings: &mut Findings, sources: &Sources, node: &Node) -> (Json, Json) {
    let plain = match &node.value {
        Value::Text(text) | Value::Date(text) => Json::from(text.as_str()),
        Value::Bool(boolean) => Json::from(*boolean),
        Value::Whole(number) => match i64::try_from(*number) {
            Ok(number) => Json::from(number),
            Err(_) => unfit(findings, node),
        },
        Value::Float(number) if number.is_finite() => Json::from(*number),
        Value::Float(_) => unfit(findings, node),
        Value::List(items) => {
            let pairs = items.iter().map(|item| value(findings, sources, item));
            let (revealed, shown): (Vec<_>, Vec<_>) = pairs.unzip();
            return (Json::from(revealed), Json::from(shown));
        }
        Value::Table(table) if secret::is_secret(table) => {
            return match secret::read(findings, sources, node, table) {
                Some(secret) => (Json::from(secret), Json::from(HIDDEN)),
                None => (Json::Null, Json::Null),
            };
        }
        Value::Table(table) => return object(findings, sources, table),
    };
    (plain.clone(), plain)
}

fn unfit(findings: &mut Findings, node: &Node) -> Json {
    let message = "a plugin cannot be handed this number";
    let wrong = Wrong::new(codes::OUT_OF_RANGE, message)
        .help("whole numbers have 64 bits, and `inf` and `nan` cannot be passed on");
    findings.wrong(&node.span, wrong);
    Json::Null
}
