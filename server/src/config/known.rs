//! The keys of `hotframe.toml`: owns their list, and finds keys that are not on it.

use crate::config::findings::{Findings, Wrong};
use crate::config::spelling::nearest;
use crate::config::tree::{Entry, Table, Value};
use crate::diagnostics::codes::config as codes;

/// What is known of a key beyond how its value is read.
#[derive(Debug)]
pub(super) struct Key {
    /// Its dotted name.
    pub(super) name: &'static str,
    /// Its default as it would be written; `None` where it depends on the folders.
    pub(super) default: Option<&'static str>,
    /// When a change of it is taken.
    pub(super) taken: Taken,
    /// Whether this version acts on it.
    pub(super) acts: bool,
}

/// When a change is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Taken {
    /// While the server runs.
    Live,
    /// At the next start.
    Restart,
}

const fn live(name: &'static str, default: &'static str) -> Key {
    Key {
        name,
        default: Some(default),
        taken: Taken::Live,
        acts: true,
    }
}

const fn restart(name: &'static str, default: &'static str) -> Key {
    Key {
        taken: Taken::Restart,
        ..live(name, default)
    }
}

/// A key whose default depends on the folders.
const fn placed(key: Key) -> Key {
    Key {
        default: None,
        ..key
    }
}

/// A key that is checked and kept, but on which nothing acts yet.
const fn idle(key: Key) -> Key {
    Key { acts: false, ..key }
}

/// Every key, in the order of the reference.
pub(super) const KEYS: &[Key] = &[
    restart("listen", "[\"tcp://127.0.0.1:7400\"]"),
    placed(live("commands", "")),
    placed(restart("server.state_dir", "")),
    live("server.shutdown_grace", "\"10s\""),
    live("limits.max_connections", "10000"),
    live("limits.max_in_flight", "1024"),
    live("limits.outbound_high_water", "\"64KiB\""),
    live("limits.frame_timeout", "\"10s\""),
    live("limits.write_timeout", "\"10s\""),
    live("limits.max_sync_errors", "100"),
    live("limits.max_garbage", "\"64KiB\""),
    idle(live("limits.accept_rate", "\"\"")),
    idle(live("limits.request_rate", "\"\"")),
    idle(live("limits.overload", "\"\"")),
    idle(live("heartbeat.idle_after", "\"30s\"")),
    idle(live("heartbeat.probe_timeout", "\"10s\"")),
    idle(live("heartbeat.session_timeout", "\"90s\"")),
    idle(live("heartbeat.takeover", "true")),
    placed(restart("plugins.dirs", "")),
    live("plugins.settle", "\"100ms\""),
    live("plugins.drain_timeout", "\"10s\""),
    live("plugins.on_remove", "\"keep\""),
    live("plugins.config", "{}"),
    placed(restart("control.socket", "")),
    restart("control.mode", "\"0600\""),
    idle(restart("http.listen", "\"127.0.0.1:7401\"")),
    live("log.level", "\"info\""),
    restart("log.format", "\"auto\""),
    idle(live("log.access", "0.0")),
];

/// The key of this dotted name.
pub(super) fn key(name: &str) -> Option<&'static Key> {
    KEYS.iter().find(|key| key.name == name)
}

/// Notes every key of `table` that is not known, and every section that is no table.
pub(super) fn check(findings: &mut Findings, table: &Table) {
    for entry in &table.entries {
        if key(&entry.key).is_some() {
            continue;
        }
        match &entry.node.value {
            _ if !is_section(&entry.key) => unknown(findings, "", entry),
            Value::Table(section) => check_section(findings, &entry.key, section),
            _ => {
                let message = format!("`{}` is a section, not {}", entry.key, entry.node.kind());
                let wrong = Wrong::new(codes::WRONG_TYPE, message)
                    .help(format!("write `[{}]` and its keys below it", entry.key));
                findings.wrong(&entry.key_span, wrong);
            }
        }
    }
}

fn check_section(findings: &mut Findings, section: &str, table: &Table) {
    for entry in &table.entries {
        if key(&format!("{section}.{}", entry.key)).is_none() {
            unknown(findings, section, entry);
        }
    }
}

fn is_section(name: &str) -> bool {
    sections().any(|section| section == name)
}

fn sections() -> impl Iterator<Item = &'static str> {
    KEYS.iter()
        .filter_map(|key| key.name.split_once('.'))
        .map(|(section, _)| section)
}

/// The names that may stand in `section`; at the top for an empty one.
fn siblings(section: &str) -> Vec<&'static str> {
    if section.is_empty() {
        let top = KEYS.iter().map(|key| key.name);
        return top
            .filter(|name| !name.contains('.'))
            .chain(sections())
            .collect();
    }
    KEYS.iter()
        .filter_map(|key| key.name.split_once('.'))
        .filter(|(other, _)| *other == section)
        .map(|(_, name)| name)
        .collect()
}

fn unknown(findings: &mut Findings, section: &str, entry: &Entry) {
    let name = &entry.key;
    let message = match section {
        "" => format!("unknown key `{name}`"),
        _ => format!("unknown key `{name}` in `[{section}]`"),
    };
    let elsewhere = KEYS.iter().find(|key| {
        let last = key.name.rsplit('.').next();
        last == Some(name) || key.name == name
    });
    let help = match (nearest(name, siblings(section)), elsewhere) {
        (Some(better), _) => format!("did you mean `{better}`?"),
        (None, Some(key)) => match key.name.split_once('.') {
            Some((home, _)) => format!("`{name}` belongs into `[{home}]`"),
            None => format!("`{name}` belongs to the top of the file, before any section"),
        },
        (None, None) if looks_like_command(name) => {
            "commands belong into the commands file, under `[commands]`".to_owned()
        }
        (None, None) => {
            let mut known = siblings(section);
            known.dedup();
            format!("known here: {}", known.join(", "))
        }
    };
    findings.wrong(
        &entry.key_span,
        Wrong::new(codes::UNKNOWN_KEY, message).help(help),
    );
}

fn looks_like_command(name: &str) -> bool {
    name.starts_with("0x") || name.bytes().all(|byte| byte.is_ascii_digit())
}
