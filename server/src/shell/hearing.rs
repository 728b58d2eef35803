//! The hearing before a judgement: owns whether everybody who had something to say was heard.
//!
//! Who comes second may wait for many rounds, and what he has sent meanwhile proves that he lives.
//! So a judgement waits until all who waited at some moment have had their turn; they wait in a
//! queue, so it is enough to count turns.

/// Rounds that may end with events unseen before deadlines are judged all the same.
const PATIENCE: u32 = 16;

/// What is still to come before deadlines may be judged.
#[derive(Debug, Default)]
pub(super) struct Hearing {
    /// Rounds in a row that did not see all events.
    impatience: u32,
    /// Turns until all who waited when the hearing began have had theirs; 0: none goes on.
    unheard: usize,
}

impl Hearing {
    /// A round is over: whether deadlines may be judged. It saw all events there were or not, gave
    /// so many turns to those who come second, and has not come to so many that waited when it
    /// began.
    pub fn is_over(&mut self, has_seen_all: bool, seconds: usize, left: usize) -> bool {
        self.impatience = if has_seen_all { 0 } else { self.impatience + 1 };
        let goes_on = self.unheard > 0;
        self.unheard = match (has_seen_all || self.impatience > PATIENCE, goes_on) {
            // Whoever was not seen is in no queue yet: the hearing begins when all are.
            (false, _) => {
                self.unheard = 0;
                return false;
            }
            (true, false) => left,
            (true, true) => self.unheard.saturating_sub(seconds).min(left),
        };
        self.unheard == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_who_waited_are_heard_before_the_judgement_and_no_others() {
        let mut hearing = Hearing::default();
        assert!(hearing.is_over(true, 5, 0), "everybody had a turn");
        let rounds = [(4, 96), (40, 90), (55, 80), (1, 200), (100, 300)];
        let over = rounds.map(|(seconds, left)| hearing.is_over(true, seconds, left));
        assert_eq!(over, [false, false, false, true, false]);
        assert!(!hearing.is_over(true, 299, 500) && hearing.is_over(true, 1, 500));
        assert!(!hearing.is_over(true, 0, 7) && hearing.is_over(true, 7, 0));
    }

    #[test]
    fn who_was_not_seen_is_waited_for_but_not_for_ever() {
        let mut hearing = Hearing::default();
        assert!(!hearing.is_over(true, 0, 10));
        assert!(!hearing.is_over(false, 10, 0), "there is more than was seen");
        assert!(!hearing.is_over(true, 10, 3) && hearing.is_over(true, 3, 0));
        let judged = (0..100).filter(|_| hearing.is_over(false, 1, 0)).count();
        assert!(judged > 0);
    }
}
