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
    /// When a change of it is taken.
    pub(super) taken: Taken,
}

/// When a change is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Taken {
    /// While the server runs.
    Live,
    /// At the next start.
    Restart,
}

/// A key that is taken live.
const fn live(name: &'static str) -> Key {
    Key { name, taken: Taken::Live }
}

/// A key that is taken at the next start.
const fn restart(name: &'static str) -> Key {
    Key { name, taken: Taken::Restart }
}

/// Every key, in the order of the reference.
pub(super) const KEYS: &[Key] = &[
    restart("listen"),
    live("commands"),
    restart("server.state_dir"),
    live("server.shutdown_grace"),
    live("server.watchdog_soft"),
    live("server.watchdog_hard"),
    live("limits.max_connections"),
    live("limits.max_in_flight"),
    live("limits.max_questions"),
    live("limits.outbound_high_water"),
    live("limits.max_buffered"),
    live("limits.frame_timeout"),
    live("limits.write_timeout"),
    live("limits.max_sync_errors"),
    live("limits.max_garbage"),
    live("limits.accept_rate"),
    live("limits.request_rate"),
    live("limits.overload"),
    live("limits.max_per_source"),
    live("heartbeat.idle_after"),
    live("heartbeat.probe_timeout"),
    live("heartbeat.session_timeout"),
    live("heartbeat.takeover"),
    live("auth.file"),
    live("auth.plugin"),
    live("auth.timeout"),
    live("auth.required"),
    live("auth.allow"),
    live("auth.failure_rate"),
    live("plugins.dirs"),
    live("plugins.settle"),
    live("plugins.drain_timeout"),
    live("plugins.on_remove"),
    live("plugins.normalize"),
    live("plugins.probe"),
    live("plugins.probation"),
    live("plugins.probation_errors"),
    live("plugins.probation_share"),
    live("plugins.max_state"),
    live("plugins.policy"),
    live("plugins.config"),
    restart("control.socket"),
    restart("control.mode"),
    restart("http.listen"),
    live("log.level"),
    live("log.format"),
    live("log.access"),
    live("log.redact"),
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
    KEYS.iter().filter_map(|key| key.name.split_once('.')).map(|(section, _)| section)
}

/// The names that may stand in `section`; at the top for an empty one.
fn siblings(section: &str) -> Vec<&'static str> {
    if section.is_empty() {
        let top = KEYS.iter().map(|key| key.name);
        return top.filter(|name| !name.contains('.')).chain(sections()).collect();
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
    findings.wrong(&entry.key_span, Wrong::new(codes::UNKNOWN_KEY, message).help(help));
}

fn looks_like_command(name: &str) -> bool {
    name.starts_with("0x") || name.bytes().all(|byte| byte.is_ascii_digit())
}
