//! Calm: owns the judgement whether so little is asked that every request can be timed.
//!
//! Two looks at the clock a request are nothing while few come, and dear while many do. So where
//! it is calm the first request that blocks the loop is told as any other.

use std::time::Duration;

use hotframe_core::Moment;

/// Frames are counted for so long.
const WINDOW: Duration = Duration::from_millis(100);
/// With more frames than these in a window it is not calm.
const FEW: u64 = 100;

/// Whether it is calm. Lives on the loop thread.
#[derive(Debug)]
pub(super) struct Calm {
    since: Moment,
    /// The frames that had been taken then.
    frames: u64,
    is_calm: bool,
}

impl Calm {
    pub(super) fn new() -> Self {
        Self { since: Moment::default(), frames: 0, is_calm: true }
    }

    pub(super) const fn is_calm(&self) -> bool {
        self.is_calm
    }

    /// A round is over; so many frames were taken since the start. True if the judgement changed.
    pub(super) fn note(&mut self, frames: u64, now: Moment) -> bool {
        let was_calm = self.is_calm;
        let is_few = frames.saturating_sub(self.frames) <= FEW;
        if now >= self.since.after(WINDOW) {
            *self = Self { since: now, frames, is_calm: is_few };
        } else if !is_few {
            self.is_calm = false;
        }
        self.is_calm != was_calm
    }

    /// When to judge again although nothing happens; `None` while it is calm.
    pub(super) fn next_look(&self) -> Option<Moment> {
        (!self.is_calm).then(|| self.since.after(WINDOW))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_frames_end_the_calm_at_once_and_few_in_a_whole_window_bring_it_back() {
        let at = |ms: u64| Moment::from_nanos(ms * 1_000_000);
        let mut calm = Calm::new();
        assert!(!calm.note(10, at(1_000)) && calm.is_calm());
        assert!(!calm.note(10 + FEW, at(1_050)) && calm.is_calm());
        assert!(calm.note(11 + FEW, at(1_060)) && !calm.is_calm());
        assert_eq!(calm.next_look(), Some(at(1_100)));
        assert!(!calm.note(12 + FEW, at(1_100)), "the window was a busy one");
        assert!(calm.note(13 + FEW, at(1_200)) && calm.is_calm());
        assert_eq!(calm.next_look(), None);
        assert!(calm.note(1_000_000, at(99_000)), "a burst after a long rest");
    }
}
