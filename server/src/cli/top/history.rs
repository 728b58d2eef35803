//! The history: owns what the looks at a server say together, as rates and marks.

use std::collections::VecDeque;

use crate::control::answers::{Overview, TurnTimes};

/// As many looks are kept as the widest terminal has columns to show.
const KEPT: usize = 512;
/// So many changes are told.
const CHANGES: usize = 100;

/// What one look says beside the one before.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Sample {
    /// Frames received a second.
    pub frames_in: f64,
    /// Frames sent a second.
    pub frames_out: f64,
    /// Error replies a second.
    pub errors: f64,
    /// Turns of the loop in between, in nanoseconds: p50, p99 and p99.9; 0 where there were none.
    pub turns: [u64; 3],
    /// Sampled requests in between, in nanoseconds: p50 and p99; all so far where there were none.
    pub requests: [u64; 2],
    /// Open connections.
    pub connections: u64,
    /// Something was reloaded, changed or refused in between.
    pub is_marked: bool,
}

/// Something that changed between two looks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The server's uptime in seconds.
    pub at_s: u64,
    /// What it was.
    pub text: String,
    /// Whether it was a refusal.
    pub is_bad: bool,
}

/// All looks so far.
#[derive(Clone, Debug, Default)]
pub struct History {
    /// The newest look, and the one before.
    pub newest: Option<Box<Overview>>,
    pub before: Option<Box<Overview>>,
    /// Oldest first.
    pub samples: VecDeque<Sample>,
    /// Newest first.
    pub changes: VecDeque<Change>,
}

impl History {
    /// Takes a look in. One at another server begins anew.
    pub fn take(&mut self, look: Box<Overview>) {
        let same_server = |old: &Overview| old.status.pid == look.status.pid;
        if self.newest.as_deref().is_some_and(|old| !same_server(old)) {
            *self = Self::default();
        }
        if let Some(old) = self.newest.as_deref().filter(|old| old.at_ms < look.at_ms) {
            let changes = changes(old, &look);
            let is_marked = !changes.is_empty();
            self.samples.push_back(Sample { is_marked, ..sample(old, &look) });
            changes.into_iter().for_each(|change| self.changes.push_front(change));
            self.changes.truncate(CHANGES);
            if self.samples.len() > KEPT {
                self.samples.pop_front();
            }
        }
        self.before = self.newest.replace(look);
    }

    /// Seconds between the two newest looks; `None` before there are two.
    pub fn seconds(&self) -> Option<f64> {
        seconds(self.before.as_deref()?, self.newest.as_deref()?)
    }
}

/// Seconds between two looks, if the later is later.
fn seconds(old: &Overview, new: &Overview) -> Option<f64> {
    let passed = new.at_ms.checked_sub(old.at_ms).filter(|passed| *passed > 0)?;
    Some(std::time::Duration::from_millis(passed).as_secs_f64())
}

/// How fast a total grew.
pub fn rate(old: u64, new: u64, seconds: f64) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "what is shown has three digits")]
    let grown = new.saturating_sub(old) as f64;
    grown / seconds
}

fn sample(old: &Overview, new: &Overview) -> Sample {
    let Some(seconds) = seconds(old, new) else {
        return Sample::default();
    };
    let (was, is) = (&old.status, &new.status);
    let turn = |q| new.turns.quantile_since(&old.turns, q).unwrap_or(0);
    Sample {
        frames_in: rate(was.frames_in, is.frames_in, seconds),
        frames_out: rate(was.frames_out, is.frames_out, seconds),
        errors: rate(was.errors_out, is.errors_out, seconds),
        turns: [turn(0.5), turn(0.99), turn(0.999)],
        requests: requests(old, new),
        connections: is.connections,
        is_marked: false,
    }
}

/// How long the requests took that were sampled in between; all so far where there were none.
fn requests(old: &Overview, new: &Overview) -> [u64; 2] {
    let since = |earlier: &TurnTimes, q| new.requests.quantile_since(earlier, q);
    [0.5, 0.99].map(|q| {
        let newest = since(&old.requests, q);
        newest.or_else(|| since(&TurnTimes::default(), q)).unwrap_or(0)
    })
}

fn changes(old: &Overview, new: &Overview) -> Vec<Change> {
    let mut changes = Vec::new();
    let mut note = |text: String, is_bad| {
        changes.push(Change { at_s: new.at_ms / 1000, text, is_bad });
    };
    if new.status.generation != old.status.generation {
        note(format!("configuration {} is live", new.status.generation), false);
    }
    if new.totals.config_reads.refused > old.totals.config_reads.refused {
        note("a configuration was refused; the one before serves on".into(), true);
    }
    if new.totals.plugin_refusals > old.totals.plugin_refusals {
        note("a plugin file was refused".into(), true);
    }
    if new.phase != old.phase {
        note(format!("the server is {}", new.phase), false);
    }
    for plugin in &new.plugins {
        let before = old.plugins.iter().find(|other| other.name == plugin.name);
        let was = before.map_or(0, |before| before.generation);
        if plugin.generation != was {
            let (name, version) = (&plugin.name, &plugin.version);
            let text = format!("plugin {name} {version}: generation {}", plugin.generation);
            note(text, plugin.generation == 0);
        }
    }
    for gone in &old.plugins {
        if !new.plugins.iter().any(|plugin| plugin.name == gone.name) {
            note(format!("plugin {} is gone", gone.name), false);
        }
    }
    changes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_server_begins_a_new_history() {
        let look = |pid, at_ms| {
            let mut look = Overview { at_ms, ..Overview::default() };
            look.status.pid = pid;
            Box::new(look)
        };
        let mut history = History::default();
        (1..5).for_each(|n| history.take(look(7, n)));
        assert_eq!(history.samples.len(), 3);
        history.take(look(8, 1));
        assert!(history.samples.is_empty() && history.changes.is_empty());
    }
}
