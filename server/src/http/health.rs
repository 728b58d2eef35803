//! Health: owns what "alive" and "ready" mean.

use std::fmt::Write as _;

use serde::Serialize;

use super::{LOOP_PATIENCE, Phase, Snapshot};
use crate::control::answers::{PluginState, RouteState};

/// So many notes are told one by one.
const MAX_NOTES: usize = 20;

/// The outcome of a health check.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Health {
    /// Whether the check passes.
    pub(super) ok: bool,
    /// What was checked.
    check: &'static str,
    /// Why it does not pass; empty when it does.
    reasons: Vec<String>,
    /// What is wrong and does not make it fail.
    notes: Vec<String>,
}

/// Alive: the loop has answered. `None`: it has not.
pub(super) fn livez(snapshot: Option<&Snapshot>) -> Health {
    let reasons = snapshot.map_or_else(silence, |_| Vec::new());
    Health { ok: reasons.is_empty(), check: "livez", reasons, notes: Vec::new() }
}

/// Ready: peers may come. A bad file or a missing plugin is told and does not make the server
/// unready, because what served before serves on, and taking it out of a load balancer would turn
/// a typing mistake into an outage.
pub(super) fn readyz(snapshot: Option<&Snapshot>) -> Health {
    let reasons = match snapshot.map(|snapshot| snapshot.phase) {
        None => silence(),
        Some(Phase::Opening) => vec!["opening: the first plugins are being loaded".to_owned()],
        Some(Phase::Draining) => {
            vec!["draining: what is owed is answered, then it ends".to_owned()]
        }
        Some(Phase::Running) => Vec::new(),
    };
    let notes = snapshot.map(notes).unwrap_or_default();
    Health { ok: reasons.is_empty(), check: "readyz", reasons, notes }
}

fn silence() -> Vec<String> {
    vec![format!("the loop has not answered within {} s", LOOP_PATIENCE.as_secs())]
}

fn notes(snapshot: &Snapshot) -> Vec<String> {
    let mut notes = Vec::new();
    for error in &snapshot.status.config.errors {
        let file = error.file.as_deref().unwrap_or("the configuration");
        let line = error.line.map(|line| format!(":{line}")).unwrap_or_default();
        notes.push(format!(
            "{} {file}{line}: {}; its last good state serves on",
            error.code, error.message
        ));
    }
    let lost = [PluginState::Failed, PluginState::Quarantined];
    for plugin in snapshot.plugins.iter().filter(|plugin| lost.contains(&plugin.state)) {
        // A refused file says so with its path; the plugin of that name may serve all the same.
        let reason = plugin.reason.as_deref().unwrap_or("no reason is known");
        notes.push(format!("{}: {reason}", plugin.state.name()));
    }
    for route in snapshot.routes.iter().filter(|route| route.state == RouteState::Missing) {
        notes.push(format!("{}: no handler {} is loaded", route.command, route.handler));
    }
    if let Some(more) = notes.len().checked_sub(MAX_NOTES).filter(|more| *more > 0) {
        notes.truncate(MAX_NOTES);
        notes.push(format!("and {more} more"));
    }
    notes
}

impl Health {
    /// For a person and a probe's log: one word, then one line for each reason and note.
    pub(super) fn to_text(&self) -> String {
        let mut text = if self.ok { "ok\n" } else { "not ok\n" }.to_owned();
        for line in &self.reasons {
            // Writing into a text cannot fail.
            let _ = writeln!(text, "- {line}");
        }
        for line in &self.notes {
            let _ = writeln!(text, "  note: {line}");
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::control::answers::{PluginRow, Problem, RouteRow};

    fn running() -> Snapshot {
        Snapshot { phase: Phase::Running, ..Snapshot::default() }
    }

    #[test]
    fn a_silent_loop_is_neither_alive_nor_ready() {
        assert_eq!(livez(None).to_text(), "not ok\n- the loop has not answered within 2 s\n");
        assert!(!readyz(None).ok);
        assert_eq!(livez(Some(&running())).to_text(), "ok\n");
        assert_eq!(readyz(Some(&running())).to_text(), "ok\n");
    }

    #[test]
    fn opening_and_draining_are_alive_and_not_ready() {
        for phase in [Phase::Opening, Phase::Draining] {
            let snapshot = Snapshot { phase, ..Snapshot::default() };
            assert!(livez(Some(&snapshot)).ok);
            let health = readyz(Some(&snapshot));
            assert!(!health.ok && health.reasons[0].starts_with(phase.name()), "{health:?}");
        }
    }

    #[test]
    fn what_is_wrong_and_serves_on_is_told() {
        let mut snapshot = running();
        snapshot.status.config.errors = vec![Problem {
            code: "HF0102".into(),
            message: "the text is not closed on its line".into(),
            file: Some("commands.toml".into()),
            line: Some(4),
            column: None,
        }];
        snapshot.plugins = vec![PluginRow {
            name: "echo".into(),
            state: PluginState::Failed,
            reason: Some("HF0213: libecho.so: no entry".into()),
            ..PluginRow::default()
        }];
        snapshot.routes = vec![RouteRow {
            command: "0x0100".into(),
            handler: "echo.echo".into(),
            state: RouteState::Missing,
            ..RouteRow::default()
        }];
        let health = readyz(Some(&snapshot));
        assert!(health.ok);
        assert_eq!(
            health.to_text(),
            "ok\n  \
             note: HF0102 commands.toml:4: the text is not closed on its line; its last good state \
             serves on\n  note: failed: HF0213: libecho.so: no entry\n  \
             note: 0x0100: no handler echo.echo is loaded\n"
        );
    }
}
