//! Owns the question that the helper thread asks the loop while it tries a plugin out: which state
//! would this one go on from?
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::time::{Duration, Instant};

use super::probe::Sample;
use super::state::{Forms, SavedState};

/// The loop saves a slice a round; after so long the trial does without.
const PATIENCE: Duration = Duration::from_secs(15);
/// How often it is looked whether the server ends, which answers nothing any more.
const LOOK: Duration = Duration::from_millis(20);

/// The question. Dropping it says that there is no state.
#[derive(Debug)]
pub struct Inquiry {
    /// The plugin that is tried out.
    pub(super) plugin: String,
    /// The forms of state that it knows.
    pub(super) forms: Forms,
    answer: Sender<Predecessor>,
}

/// What the loop answers.
#[derive(Debug)]
pub(super) enum Predecessor {
    /// Nothing of the plugin serves: what was kept counts, in a file or else in memory.
    Nobody(Option<Arc<SavedState>>),
    /// What serves has this.
    Saved(Sample),
}

/// Who asks: how a question gets to the loop, and whether the server ends.
pub(super) struct Inquirer<'a> {
    pub ask: &'a dyn Fn(Inquiry),
    pub is_ending: &'a AtomicBool,
}

impl Inquiry {
    /// Gives the answer. Nobody may wait for it any more.
    pub(super) fn answer(self, predecessor: Predecessor) {
        let _is_awaited = self.answer.send(predecessor);
    }
}

impl Inquirer<'_> {
    /// Asks, and waits for the answer. `None`: it begins without state.
    pub fn ask(&self, plugin: &str, forms: Forms) -> Option<Predecessor> {
        let (answer, answers) = mpsc::channel();
        (self.ask)(Inquiry { plugin: plugin.to_owned(), forms, answer });
        self.wait(&answers)
    }

    fn wait(&self, answers: &Receiver<Predecessor>) -> Option<Predecessor> {
        let until = Instant::now() + PATIENCE;
        loop {
            match answers.recv_timeout(LOOK) {
                Ok(predecessor) => return Some(predecessor),
                Err(RecvTimeoutError::Disconnected) => return None,
                Err(RecvTimeoutError::Timeout) if self.is_over(until) => return None,
                Err(RecvTimeoutError::Timeout) => {}
            }
        }
    }

    fn is_over(&self, until: Instant) -> bool {
        self.is_ending.load(Ordering::Relaxed) || until <= Instant::now()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FORMS: Forms = Forms { schema: 7, newest: 1, oldest: 1 };

    #[test]
    fn a_question_is_answered_or_given_up() {
        let is_ending = AtomicBool::new(false);
        let ask = |ask: &dyn Fn(Inquiry)| {
            Inquirer { ask, is_ending: &is_ending }.ask("kv", FORMS).is_some()
        };
        assert!(ask(&|inquiry| {
            assert_eq!((inquiry.plugin.as_str(), inquiry.forms), ("kv", FORMS));
            inquiry.answer(Predecessor::Nobody(None));
        }));
        assert!(!ask(&drop), "nobody will answer it");
        let held = std::sync::Mutex::new(Vec::new());
        let hold = |inquiry| {
            held.lock().unwrap().push(inquiry);
            is_ending.store(true, Ordering::Relaxed);
        };
        assert!(!ask(&hold), "the server ends");
    }
}
