//! Owns what the helper thread does because time has passed: unmapping what lingers, and trying
//! again what no event will tell of.
use std::time::{Duration, Instant};

use super::{Cause, Intake};
use crate::plugins::event::PluginEvent;
use crate::plugins::phases::Phase;
use crate::plugins::unloading::{UnloadReport, Unloading};

/// How often a file is tried again that is held back by what lies around it: a folder that others
/// may write to, a full disk, lingering generations.
const RETRY: Duration = Duration::from_secs(2);

impl<D: Fn(PluginEvent)> Intake<D> {
    /// The loop is done with a generation.
    pub fn handle_unload(&mut self, unloading: Unloading) {
        let (plugin, generation) = (unloading.name().to_owned(), unloading.generation());
        let lingering = Phase::Unload.during(|| unloading.unload());
        let reason = lingering.as_ref().map(|lingering| lingering.reason().to_owned());
        self.crowd.leave(&plugin, lingering);
        let report = UnloadReport { plugin: plugin.clone(), generation, lingering: reason };
        (self.deliver)(PluginEvent::Unloaded(report));
        self.admit(&plugin);
    }

    /// When [`Intake::handle_due`] is to be called next.
    pub fn poll_wake(&self) -> Option<Instant> {
        let retry = (!self.offers.misplaced().is_empty()).then(|| self.retried + RETRY);
        self.crowd.poll_wake().into_iter().chain(retry).chain(self.record.next_try()).min()
    }

    /// Some time has passed: tries again to unmap what lingers, and to load what waits for
    /// something to be mended that no event of its file will tell of.
    pub fn handle_due(&mut self, now: Instant) {
        for report in self.crowd.handle_due(now) {
            (self.deliver)(PluginEvent::Unloaded(report));
        }
        self.try_held();
        if now < self.retried + RETRY {
            return;
        }
        self.retried = now;
        for path in self.offers.misplaced() {
            self.take(&path, Cause::Retry);
        }
    }

    /// Tries again what failed its trial a while ago. What nobody offers any more is forgotten.
    fn try_held(&mut self) {
        let due = self.record.due(Instant::now());
        if due.is_empty() {
            return;
        }
        for path in self.offers.refused() {
            if self.offers.is_set_aside(&path) {
                self.take(&path, Cause::Retry);
            }
        }
        let still = self.record.due(Instant::now());
        for sha256 in due.iter().filter(|sha256| still.contains(sha256)) {
            self.record.forget(sha256);
        }
    }
}
