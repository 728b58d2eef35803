//! The board: owns the newest snapshot, and sees to it that one question at a time is open.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use tokio::sync::Notify;

use super::{FRESH, Snapshot};

/// The newest snapshot, shared by all requests.
#[derive(Debug, Default)]
pub(super) struct Board {
    state: Mutex<State>,
    pinned: Notify,
}

#[derive(Debug, Default)]
struct State {
    newest: Option<(Instant, Arc<Snapshot>)>,
    /// A question is on its way; however slow the loop is, no second one is put.
    is_asking: bool,
}

/// A question to the loop: how is everything? Answered with [`Question::answer`].
#[derive(Debug)]
pub struct Question {
    board: Arc<Board>,
    asked: Instant,
}

enum Look {
    Fresh(Arc<Snapshot>),
    Ask,
    Wait,
}

impl Board {
    /// A snapshot that is young enough. Waits as long as the loop takes: give it a deadline.
    pub(super) async fn fresh(self: &Arc<Self>, ask: impl Fn(Question)) -> Arc<Snapshot> {
        loop {
            // Before the look: what is pinned between the two is not missed.
            let pinned = self.pinned.notified();
            match self.look() {
                Look::Fresh(snapshot) => return snapshot,
                Look::Ask => ask(Question { board: Arc::clone(self), asked: Instant::now() }),
                Look::Wait => {}
            }
            pinned.await;
        }
    }

    fn look(&self) -> Look {
        let mut state = self.lock();
        match &state.newest {
            Some((pinned, snapshot)) if pinned.elapsed() < FRESH => {
                Look::Fresh(Arc::clone(snapshot))
            }
            _ if state.is_asking => Look::Wait,
            _ => {
                state.is_asking = true;
                Look::Ask
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Every assignment leaves the state whole, whatever panicked.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Question {
    /// Answers everybody who waits. Blocks for no longer than it takes to move a pointer.
    pub fn answer(self, snapshot: Snapshot) {
        let snapshot = Snapshot { answered_in: self.asked.elapsed(), ..snapshot };
        let mut state = self.board.lock();
        state.newest = Some((Instant::now(), Arc::new(snapshot)));
        state.is_asking = false;
        drop(state);
        self.board.pinned.notify_waiters();
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::time::Duration;

    use super::*;

    fn run<T>(future: impl Future<Output = T>) -> T {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        runtime.block_on(future)
    }

    #[test]
    fn a_storm_of_requests_is_one_question() {
        let board = Arc::new(Board::default());
        let asked = RefCell::new(Vec::new());
        run(async {
            let waiting = || board.fresh(|question| asked.borrow_mut().push(question));
            for _ in 0..100 {
                let impatient = tokio::time::timeout(Duration::from_millis(1), waiting());
                impatient.await.unwrap_err();
            }
            assert_eq!(asked.borrow().len(), 1, "a loop that hangs has one question to answer");
            let (mut one, mut two) = (Box::pin(waiting()), Box::pin(waiting()));
            tokio::time::timeout(Duration::from_millis(1), &mut one).await.unwrap_err();
            tokio::time::timeout(Duration::from_millis(1), &mut two).await.unwrap_err();
            let question = asked.borrow_mut().pop().unwrap();
            question.answer(Snapshot { plugin_refusals: 7, ..Snapshot::default() });
            assert_eq!((one.await.plugin_refusals, two.await.plugin_refusals), (7, 7));
            assert_eq!(waiting().await.plugin_refusals, 7);
            assert!(asked.borrow().is_empty(), "what is fresh is not asked for again");
        });
    }

    #[test]
    fn what_is_old_is_asked_for_again() {
        let board = Arc::new(Board::default());
        run(async {
            let number = RefCell::new(0);
            let answer = |question: Question| {
                *number.borrow_mut() += 1;
                let plugin_refusals = *number.borrow();
                question.answer(Snapshot { plugin_refusals, ..Snapshot::default() });
            };
            assert_eq!(board.fresh(answer).await.plugin_refusals, 1);
            let long_ago = Instant::now().checked_sub(FRESH).unwrap();
            board.lock().newest.as_mut().unwrap().0 = long_ago;
            assert_eq!(board.fresh(answer).await.plugin_refusals, 2);
        });
    }
}
