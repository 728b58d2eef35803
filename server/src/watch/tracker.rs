//! Owns the decision when a file that changed has come to rest. Pure: sights and time come in.
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::identity::Identity;

/// What is known about how a file came to look as it does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hint {
    /// It was merely looked at.
    Seen,
    /// A writer has closed it, or somebody asked for another look: report it even if the identity
    /// is what it was, because a rewrite within one tick of the clock of files leaves no trace.
    Written,
    /// It was renamed into place, and is complete by nature, or has been at rest for long.
    Whole,
}

/// What became of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Settled {
    /// It is there, differs from what was reported last, and has been at rest.
    Changed(PathBuf),
    /// It has been away for as long as a file must be at rest.
    Gone(PathBuf),
}

/// One file's way from a change to its report.
///
/// ```text
///  at rest ──sight differs──▶ pending(due) ──due, sight the same──▶ at rest, reported
///                               ▲      │
///                               └──────┘ sight differs again: due is put off
/// ```
#[derive(Debug, Default)]
struct Track {
    /// What was reported last; nothing if it was reported as gone, or never.
    reported: Option<Identity>,
    /// What was seen last.
    seen: Option<Identity>,
    /// When the sight is old enough to be reported.
    due: Option<Instant>,
}

/// All files under watch.
#[derive(Debug)]
pub struct Tracker {
    settle: Duration,
    tracks: BTreeMap<PathBuf, Track>,
}

impl Tracker {
    /// A tracker that holds a file to be at rest once it was the same for `settle`.
    pub fn new(settle: Duration) -> Self {
        Self { settle, tracks: BTreeMap::new() }
    }

    /// Changes how long a file must be the same; what is pending keeps its moment.
    pub fn set_settle(&mut self, settle: Duration) {
        self.settle = settle;
    }

    /// Takes `path` as it is now for known: it is not reported until it changes.
    pub fn accept(&mut self, path: &Path, identity: Option<Identity>) {
        let track = Track { reported: identity, seen: identity, due: None };
        self.tracks.insert(path.to_owned(), track);
    }

    /// A look at `path` found `sight` (nothing: no such file).
    pub fn observe(&mut self, path: &Path, sight: Option<Identity>, hint: Hint, now: Instant) {
        let settle = self.settle;
        if !self.tracks.contains_key(path) {
            if sight.is_none() {
                return;
            }
            self.tracks.insert(path.to_owned(), Track::default());
        }
        let Some(track) = self.tracks.get_mut(path) else {
            return;
        };
        let moved_on = track.seen != sight;
        track.seen = sight;
        let is_news = sight != track.reported || hint == Hint::Written && sight.is_some();
        match (is_news, hint) {
            (true, Hint::Whole) if sight.is_some() => track.due = Some(now),
            (true, Hint::Seen) if !moved_on && track.due.is_some() => {}
            (true, _) => track.due = Some(now + settle),
            // It is again what it was when it was reported; a rewrite that is pending stays so.
            (false, _) if moved_on => track.due = None,
            (false, _) => {}
        }
    }

    /// The next file that has come to rest by `now`. Arrivals go before departures, so that
    /// a file which was renamed has its new name before it loses the old one.
    pub fn poll_settled(&mut self, now: Instant) -> Option<Settled> {
        let is_due = |track: &Track| track.due.is_some_and(|due| due <= now);
        let due = || self.tracks.iter().filter(|(_, track)| is_due(track));
        let path = due().find(|(_, t)| t.seen.is_some()).or_else(|| due().next())?.0.clone();
        let track = self.tracks.get_mut(&path)?;
        track.due = None;
        track.reported = track.seen;
        if track.seen.is_some() {
            return Some(Settled::Changed(path));
        }
        self.tracks.remove(&path);
        Some(Settled::Gone(path))
    }

    /// Whether `path` was reported last as what it is by `identity`.
    pub fn is_reported(&self, path: &Path, identity: Identity) -> bool {
        self.tracks.get(path).is_some_and(|track| track.reported == Some(identity))
    }

    /// When [`Tracker::poll_settled`] may have something, if nothing else happens.
    pub fn poll_wake(&self) -> Option<Instant> {
        self.tracks.values().filter_map(|track| track.due).min()
    }

    /// The paths that are known, there or pending.
    pub fn paths(&self) -> impl Iterator<Item = &Path> {
        self.tracks.keys().map(PathBuf::as_path)
    }

    /// Forgets a path that is watched no longer, without a report.
    pub fn forget(&mut self, path: &Path) {
        self.tracks.remove(path);
    }
}
