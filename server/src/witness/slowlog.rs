//! The slow log: owns the slowest requests of late.

use std::time::{Duration, SystemTime};

use hotframe_core::Moment;

use super::{Redaction, Report};
use crate::control::answers::SightingRow;

/// What took less is not slow.
const LEAST: u64 = 1_000_000;
/// So many are kept of one window.
const KEPT: usize = 64;
/// Two windows are kept: the slowest of the last five to ten minutes.
const WINDOW: Duration = Duration::from_secs(300);

/// The slowest requests of two windows. Lives on the loop thread.
#[derive(Debug)]
pub(super) struct SlowLog {
    current: Vec<(u64, SightingRow)>,
    previous: Vec<(u64, SightingRow)>,
    rotate_at: Moment,
}

impl SlowLog {
    pub(super) fn new() -> Self {
        let (current, previous) = (Vec::new(), Vec::new());
        Self { current, previous, rotate_at: Moment::default() }
    }

    /// Nanoseconds from which on a request is told: as soon as there are enough, only what is
    /// slower than one of them.
    pub(super) fn threshold(&self) -> u64 {
        let least = self.current.iter().map(|(took, _)| *took + 1).min();
        least.filter(|_| self.current.len() >= KEPT).unwrap_or(LEAST)
    }

    /// Keeps a request if it is one of the slowest.
    pub(super) fn take(&mut self, report: &Report<'_>, redaction: &Redaction, now: Moment) {
        let took = report.sighting.took;
        if took >= LEAST {
            let row = || SightingRow::new(report, SystemTime::now(), redaction).without_payloads();
            self.insert(took, row, now);
        }
    }

    /// Keeps what is known of a request that nobody had looked at, if it is one of the slowest.
    pub(super) fn take_row(&mut self, took: u64, row: SightingRow, now: Moment) {
        if !self.current.iter().any(|(_, known)| known.trace_id == row.trace_id) {
            self.insert(took, || row, now);
        }
    }

    fn insert(&mut self, took: u64, row: impl FnOnce() -> SightingRow, now: Moment) {
        if now >= self.rotate_at {
            self.previous = std::mem::take(&mut self.current);
            self.rotate_at = now.after(WINDOW);
        }
        if took < self.threshold() {
            return;
        }
        if self.current.len() >= KEPT {
            let least = (0..KEPT).min_by_key(|index| self.current[*index].0).unwrap_or(0);
            self.current.swap_remove(least);
        }
        self.current.push((took, row()));
    }

    /// All of them, the slowest first.
    pub(super) fn rows(&self) -> Vec<SightingRow> {
        let mut all: Vec<_> = self.current.iter().chain(&self.previous).collect();
        all.sort_by_key(|(took, _)| std::cmp::Reverse(*took));
        all.into_iter().map(|(_, row)| row.clone()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::witness::report::tests::sighting;

    fn took(slow: &mut SlowLog, ns: u64, now: Moment) {
        let mut sighting = sighting();
        sighting.took = ns;
        let report = Report { sighting: &sighting, peer: None, client: None };
        slow.take(&report, &Redaction::default(), now);
    }

    #[test]
    fn the_slowest_are_kept_for_two_windows() {
        let (mut slow, start) = (SlowLog::new(), Moment::from_nanos(1));
        took(&mut slow, LEAST - 1, start);
        assert!(slow.rows().is_empty());
        for n in 0..200 {
            took(&mut slow, LEAST + n * 1_000, start);
        }
        let told: Vec<u64> = slow.rows().iter().map(|row| row.duration_us).collect();
        assert_eq!(told, (1_136..1_200).rev().collect::<Vec<_>>());
        assert_eq!(slow.threshold(), LEAST + 136_001);
        let later = start.after(WINDOW);
        took(&mut slow, LEAST, later);
        assert_eq!(slow.rows().len(), 65);
        took(&mut slow, LEAST, later.after(WINDOW));
        assert_eq!(slow.rows().len(), 2);
    }
}
