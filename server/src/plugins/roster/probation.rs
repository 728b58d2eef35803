//! Owns the time in which a new version has to show that it is no worse than the one before.
//!
//! The one before stays benched meanwhile. Only what is the server's side's fault counts, and only
//! as far as it is more than the version before had of it: where both fail alike, because something
//! that they need is gone, going back would help nobody.
use std::time::Duration;

use hotframe_core::{Engine, GenerationState, GenerationView, Moment};

use super::Roster;
use crate::plugins::record::{Cause, Finding};
use crate::plugins::{Callee, Host};

/// How a new version is watched.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Probation {
    /// For how long; zero: not at all.
    pub window: Duration,
    /// Fewer faults than these are passed over.
    pub errors: u64,
    /// The share of its calls that may fail, 0.0 to 1.0, beyond that of the version before.
    pub share: f64,
}

/// A plugin whose newest version is not proven yet.
#[derive(Debug)]
pub(super) struct Watched {
    pub plugin: String,
    pub until: Moment,
}

/// Calls, and those of them that failed without the client's fault.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Tally {
    pub calls: u64,
    pub faults: u64,
}

impl Default for Probation {
    /// Nothing is watched.
    fn default() -> Self {
        Self { window: Duration::ZERO, errors: 10, share: 0.05 }
    }
}

impl Probation {
    /// Whether `new` is so much worse than `old` that this is to be told, and acted upon.
    pub(super) fn is_failed(&self, new: Tally, old: Tally) -> bool {
        new.faults >= self.errors.max(1) && new.share() > self.share + old.share()
    }
}

impl Tally {
    fn of(view: &GenerationView<'_, Callee>) -> Self {
        Self { calls: view.calls, faults: view.faults }
    }

    fn share(self) -> f64 {
        let Self { mut calls, mut faults } = self;
        while calls.max(faults) > u64::from(u32::MAX) {
            (calls, faults) = (calls / 2, faults / 2);
        }
        let number = |count: u64| f64::from(u32::try_from(count).unwrap_or(u32::MAX));
        number(faults) / number(calls.max(1))
    }
}

impl Roster {
    /// Judges the versions that are on probation; to be called in every round. What was found is
    /// to be given to `PluginService::note`.
    pub fn handle_probation(&mut self, engine: &mut Engine<Host>, now: Moment) -> Vec<Finding> {
        if !self.returning.is_empty() {
            self.settle_returns(engine, now);
        }
        if self.watched.is_empty() {
            return Vec::new();
        }
        let failed = self.find_failed(engine);
        let (mut findings, mut rest) = (Vec::new(), Vec::new());
        for watched in std::mem::take(&mut self.watched) {
            let plugin = watched.plugin.as_str();
            let why = failed.iter().find(|(name, _)| name == plugin);
            match why.and_then(|(_, why)| self.go_back(engine, plugin, why, now)) {
                Some(finding) => {
                    self.switched_back += 1;
                    findings.push(finding);
                }
                None if watched.until <= now => findings.extend(self.prove(engine, plugin, now)),
                None => rest.push(watched),
            }
        }
        self.watched = rest;
        findings
    }

    /// When a probation ends.
    pub fn next_probation(&self) -> Option<Moment> {
        self.watched.iter().map(|watched| watched.until).chain(self.next_return()).min()
    }

    /// Puts the version that serves on probation, in place of the one before.
    pub(super) fn watch(&mut self, plugin: &str, now: Moment) {
        self.watch_no_more(plugin);
        let (plugin, until) = (plugin.to_owned(), now.after(self.probation.window));
        self.watched.push(Watched { plugin, until });
    }

    pub(super) fn watch_no_more(&mut self, plugin: &str) {
        self.watched.retain(|watched| watched.plugin != plugin);
    }

    /// The plugins whose newest version is worse than the benched one, with the figures in words.
    fn find_failed(&self, engine: &Engine<Host>) -> Vec<(String, String)> {
        let find = |plugin: &str, state: GenerationState| {
            let mut views = engine.generations();
            views.find(|view| view.state == state && view.plugin == plugin).map(|v| Tally::of(&v))
        };
        let judge = |watched: &Watched| {
            let new = find(&watched.plugin, GenerationState::Active)?;
            let old = find(&watched.plugin, GenerationState::Benched)?;
            let Tally { calls, faults } = new;
            let why = || format!("{faults} of its first {calls} calls failed");
            self.probation.is_failed(new, old).then(|| (watched.plugin.clone(), why()))
        };
        self.watched.iter().filter_map(judge).collect()
    }

    /// Goes back to the benched version, with the state if that can be handed back.
    fn go_back(
        &mut self,
        engine: &mut Engine<Host>,
        plugin: &str,
        why: &str,
        now: Moment,
    ) -> Option<Finding> {
        let cause = (Cause::Probation, why);
        match self.begin_return(engine.handlers(), plugin, cause, now) {
            Some((back, finding)) => {
                self.leavings.back.push(back);
                Some(finding)
            }
            None => self.switch_back(engine, plugin, why, now),
        }
    }

    fn prove(&mut self, engine: &mut Engine<Host>, plugin: &str, now: Moment) -> Option<Finding> {
        engine.dismiss(plugin, now);
        let entry = self.plugins.get_mut(plugin)?;
        entry.benched = None;
        let sha256 = entry.edition.sha256.clone()?;
        Some(Finding::Proven { plugin: plugin.to_owned(), sha256 })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const POLICY: Probation =
        Probation { window: Duration::from_secs(10), errors: 10, share: 0.05 };

    fn tally(calls: u64, faults: u64) -> Tally {
        Tally { calls, faults }
    }

    #[test]
    fn few_faults_and_a_small_share_are_passed_over() {
        let old = tally(1_000_000, 0);
        assert!(!POLICY.is_failed(tally(9, 9), old), "fewer than are looked at");
        assert!(POLICY.is_failed(tally(10, 10), old));
        assert!(!POLICY.is_failed(tally(200, 10), old), "exactly the share");
        assert!(POLICY.is_failed(tally(199, 10), old));
    }

    #[test]
    fn who_fails_as_the_one_before_did_is_not_worse() {
        let old = tally(1000, 500);
        assert!(!POLICY.is_failed(tally(100, 50), old));
        assert!(POLICY.is_failed(tally(100, 60), old));
        assert!(POLICY.is_failed(tally(100, 60), Tally::default()), "one that was never called");
    }

    #[test]
    fn no_number_of_calls_is_too_large() {
        let huge = tally(u64::MAX, u64::MAX / 2);
        assert!(POLICY.is_failed(huge, Tally::default()));
        assert!(!POLICY.is_failed(huge, huge));
        assert!(!Probation { errors: 0, ..POLICY }.is_failed(Tally::default(), Tally::default()));
    }
}
