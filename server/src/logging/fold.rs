//! Repeated lines: owns the judgement whether a line says again what the one before it said.

use std::time::{Duration, Instant};

use log::Level;

/// For so long repeats are only counted; then one line says how many there were.
pub(super) const WINDOW: Duration = Duration::from_secs(5);

/// The last line that was taken, and how often it came again.
#[derive(Debug, Default)]
pub(super) struct Fold {
    last: Option<Last>,
    /// Kept from line to line, so that remembering one allocates nothing.
    body: Vec<u8>,
}

#[derive(Debug)]
struct Last {
    level: Level,
    target: String,
    since: Instant,
    repeats: u64,
}

/// What is owed to the reader about a line that came again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Repeats {
    pub(super) level: Level,
    pub(super) target: String,
    pub(super) count: u64,
}

impl Fold {
    /// Counts `body` and answers true when it repeats the last line within the window.
    pub(super) fn absorb(&mut self, body: &[u8], now: Instant) -> bool {
        match &mut self.last {
            Some(last) if now < last.since + WINDOW && self.body == body => {
                last.repeats += 1;
                true
            }
            _ => false,
        }
    }

    /// Remembers a line that was taken.
    pub(super) fn remember(&mut self, body: &[u8], level: Level, target: &str, now: Instant) {
        self.body.clear();
        self.body.extend_from_slice(body);
        let mut name = self.last.take().map(|last| last.target).unwrap_or_default();
        name.clear();
        name.push_str(target);
        self.last = Some(Last { level, target: name, since: now, repeats: 0 });
    }

    /// Forgets the last line: the next one is not compared to it.
    pub(super) fn forget(&mut self) {
        self.last = None;
    }

    /// Takes what is owed; the line is still the last one, in a window that starts `now`.
    pub(super) fn settle(&mut self, now: Instant) -> Option<Repeats> {
        let last = self.last.as_mut().filter(|last| last.repeats > 0)?;
        last.since = now;
        let count = std::mem::take(&mut last.repeats);
        Some(Repeats { level: last.level, target: last.target.clone(), count })
    }

    /// When what is owed is due; `None` when nothing is.
    pub(super) fn due(&self) -> Option<Instant> {
        self.last.as_ref().filter(|last| last.repeats > 0).map(|last| last.since + WINDOW)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repeats_are_counted_until_another_line_comes() {
        let (mut fold, now) = (Fold::default(), Instant::now());
        assert!(!fold.absorb(b"a", now));
        fold.remember(b"a", Level::Warn, "t", now);
        assert_eq!(fold.due(), None);
        assert!(fold.absorb(b"a", now) && fold.absorb(b"a", now));
        assert_eq!(fold.due(), Some(now + WINDOW));
        assert!(!fold.absorb(b"b", now));
        let owed = Repeats { level: Level::Warn, target: "t".into(), count: 2 };
        assert_eq!(fold.settle(now), Some(owed));
        assert_eq!(fold.settle(now), None);
    }

    #[test]
    fn after_the_window_the_line_is_shown_again() {
        let (mut fold, now) = (Fold::default(), Instant::now());
        fold.remember(b"a", Level::Info, "t", now);
        assert!(!fold.absorb(b"a", now + WINDOW));
    }

    #[test]
    fn a_settled_line_goes_on_being_folded() {
        let (mut fold, now) = (Fold::default(), Instant::now());
        fold.remember(b"a", Level::Info, "t", now);
        fold.absorb(b"a", now);
        fold.settle(now + WINDOW);
        assert!(fold.absorb(b"a", now + WINDOW + Duration::from_secs(1)));
    }

    #[test]
    fn a_forgotten_line_folds_nothing() {
        let (mut fold, now) = (Fold::default(), Instant::now());
        fold.remember(b"a", Level::Info, "t", now);
        fold.absorb(b"a", now);
        fold.forget();
        assert!(!fold.absorb(b"a", now));
        assert_eq!((fold.settle(now), fold.due()), (None, None));
    }
}
