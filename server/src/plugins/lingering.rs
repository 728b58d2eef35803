//! Owns what could not be unmapped: why it stays, and when it is tried again.
use std::time::{Duration, Instant};

use super::mapped::Mapped;
use super::unloading::UnloadReport;

/// The first pause before another try; each is twice as long as the one before.
const FIRST_PAUSE: Duration = Duration::from_millis(20);
/// The longest pause.
const LONGEST_PAUSE: Duration = Duration::from_secs(5);
/// How many generations of one plugin may linger before its next one is refused.
pub(super) const MAX_LINGERING: usize = 16;

/// A generation that is mapped although it was to be unloaded, with what its code may still use.
/// Dropping this is one more try, and leaves everything in place if that fails.
#[derive(Debug)]
pub struct Lingering {
    plugin: String,
    generation: u64,
    reason: String,
    mapped: Mapped,
}

impl Lingering {
    /// Unmaps a library; what could not be unmapped comes back.
    pub(super) fn unmap(mut mapped: Mapped, plugin: &str, generation: u64) -> Option<Self> {
        let reason = mapped.close().err()?;
        Some(Self { plugin: plugin.to_owned(), generation, reason, mapped })
    }

    /// Why it stays, as far as that is known.
    pub fn reason(&self) -> &str {
        &self.reason
    }

    /// Tries to unmap it once more.
    #[must_use]
    pub fn retry(self) -> Option<Self> {
        Self::unmap(self.mapped, &self.plugin, self.generation)
    }
}

/// All that lingers, on the helper thread.
#[derive(Debug, Default)]
pub(super) struct LingeringList(Vec<Waiting>);

#[derive(Debug)]
struct Waiting {
    lingering: Lingering,
    due: Instant,
    pause: Duration,
}

impl LingeringList {
    /// Keeps it, and tries it again after a while.
    pub fn add(&mut self, lingering: Lingering, now: Instant) {
        self.0.push(Waiting { lingering, due: now + FIRST_PAUSE, pause: FIRST_PAUSE });
    }

    /// How many generations of `plugin` linger.
    pub fn count(&self, plugin: &str) -> usize {
        self.0.iter().filter(|waiting| waiting.lingering.plugin == plugin).count()
    }

    /// When [`LingeringList::handle_due`] is to be called next.
    pub fn poll_wake(&self) -> Option<Instant> {
        self.0.iter().map(|waiting| waiting.due).min()
    }

    /// Tries what is due. What has left, or stays for another reason than before, is returned.
    pub fn handle_due(&mut self, now: Instant) -> Vec<UnloadReport> {
        let (due, rest) = self.0.drain(..).partition(|waiting| waiting.due <= now);
        self.0 = rest;
        let due: Vec<Waiting> = due;
        due.into_iter().filter_map(|waiting| self.try_again(waiting, now)).collect()
    }

    fn try_again(&mut self, waiting: Waiting, now: Instant) -> Option<UnloadReport> {
        let Waiting { lingering, pause, .. } = waiting;
        let (plugin, generation) = (lingering.plugin.clone(), lingering.generation);
        let before = lingering.reason.clone();
        let Some(lingering) = lingering.retry() else {
            return Some(UnloadReport { plugin, generation, lingering: None });
        };
        let reason = lingering.reason.clone();
        let pause = (pause * 2).min(LONGEST_PAUSE);
        self.0.push(Waiting { lingering, due: now + pause, pause });
        let is_news = reason != before;
        is_news.then_some(UnloadReport { plugin, generation, lingering: Some(reason) })
    }
}
