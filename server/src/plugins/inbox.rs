//! Owns what plugins leave for the loop, from whatever thread: answers, wakes, ended jobs; and the
//! book of the tokens that may still be answered.
//!
//! An answer is taken in or refused here, under one lock, by the thread that brings it: of many
//! answers to one token the first is taken, and the others hear at once that they are too late.
//! So the queue is never longer than the tokens are many.
use std::collections::HashMap;
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};

use hotframe_plugin_api::abi::{hf_ask, hf_token};

use super::answer::Answer;
use super::batch::Batch;
use super::directory::Directory;
use super::figures::Owed;
use super::judgements::is_judgement;
use super::metrics::Book;
use super::parcel::{self, Parcel};
use super::tray::Tray;
use super::workers::Ended;

/// One for each host, shared with all its generations.
pub(super) struct Inbox {
    tray: Tray<State>,
    /// Who is connected, for plugins to look up.
    directory: Directory,
    /// What plugins have defined.
    metrics: Book,
    /// The number of the newest pushed request.
    newest_ask: AtomicU64,
}

#[derive(Debug, Default)]
struct State {
    /// Each token that may still be answered.
    good: HashMap<hf_token, Promise>,
    batch: Batch,
}

/// Who may answer a token, and what was asked.
#[derive(Debug)]
struct Promise {
    generation: u64,
    /// The number of the request.
    request: u64,
    /// What the handler that has taken the token owes.
    owed: Option<Owed>,
}

impl Inbox {
    /// An empty one. `wake_loop` is called, from any thread, when something comes that the loop
    /// cannot know of.
    pub fn new(wake_loop: impl Fn() + Send + Sync + 'static) -> Self {
        Self {
            tray: Tray::new(State::default(), wake_loop),
            directory: Directory::default(),
            metrics: Book::default(),
            newest_ask: AtomicU64::new(0),
        }
    }

    /// A handler of `generation` has taken `token` for the request of that number.
    pub fn promise(&self, token: hf_token, generation: u64, request: u64, owed: Option<Owed>) {
        self.tray.lock().good.insert(token, Promise { generation, request, owed });
    }

    /// The number of the request behind a token of `generation` that may still be answered.
    pub fn request_of(&self, token: hf_token, generation: u64) -> Option<u64> {
        let state = self.tray.lock();
        let promise = state.good.get(&token).filter(|promise| promise.generation == generation);
        promise.map(|promise| promise.request)
    }

    /// A handler has taken `token` and answered otherwise: as if it had never been given.
    pub fn revoke(&self, token: hf_token) {
        let mut state = self.tray.lock();
        if state.good.remove(&token).is_none() {
            state.batch.answers.retain(|answer| answer.token != token);
        }
    }

    /// Nobody waits for the answer behind `token` any more; false if it has come already.
    pub fn cancel(&self, token: hf_token) -> bool {
        let promise = self.tray.lock().good.remove(&token);
        if let Some(Promise { owed: Some(owed), .. }) = promise {
            owed.cancel();
            return true;
        }
        promise.is_some()
    }

    /// Nobody waits any more for what `generation` has put off. Which tokens that were; what it has
    /// answered already is still delivered.
    pub fn withhold(&self, generation: u64) -> Vec<hf_token> {
        let mut state = self.tray.lock();
        let is_meant = |token: &hf_token, promise: &mut Promise| {
            promise.generation == generation && !is_judgement(*token)
        };
        let void = state.good.extract_if(is_meant).map(|(token, promise)| {
            if let Some(owed) = promise.owed {
                owed.cancel();
            }
            token
        });
        void.collect()
    }

    /// Whether `token` is good and `generation`'s.
    pub fn is_owner(&self, token: hf_token, generation: u64) -> bool {
        let state = self.tray.lock();
        state.good.get(&token).is_some_and(|promise| promise.generation == generation)
    }

    /// `to` may answer `token` from now on, and `from` no more; false if it was not `from`'s.
    pub fn pass_on(&self, token: hf_token, from: u64, to: u64) -> bool {
        let mut state = self.tray.lock();
        let promise = state.good.get_mut(&token).filter(|promise| promise.generation == from);
        promise.map(|promise| promise.generation = to).is_some()
    }

    /// Takes in what `generation` answers; false if it has no such token. `on_loop`: whether this
    /// is the loop's thread, which need not be woken.
    pub fn answer(&self, generation: u64, answer: Answer, on_loop: bool) -> bool {
        let mut state = self.tray.lock();
        let taker = state.good.get(&answer.token).map(|promise| promise.generation);
        let is_good = taker == Some(generation);
        if is_good {
            let owed = state.good.remove(&answer.token).and_then(|promise| promise.owed);
            if let Some(owed) = owed {
                owed.settle(answer.is_error());
            }
            state.batch.answers.push(answer);
        } else {
            *state.batch.strays.entry(generation).or_default() += 1;
        }
        self.tray.announce(state, on_loop);
        is_good
    }

    /// `generation` wants to be woken.
    pub fn wake(&self, generation: u64, on_loop: bool) {
        let mut state = self.tray.lock();
        state.batch.wakes.insert(generation);
        self.tray.announce(state, on_loop);
    }

    /// Takes in what goes to a peer; false if too much waits already.
    pub fn send(&self, parcel: Parcel, on_loop: bool) -> bool {
        let mut state = self.tray.lock();
        if state.batch.parcels.len() >= parcel::MOST {
            return false;
        }
        let before = state.batch.answers.len();
        state.batch.parcels.push((before, parcel));
        self.tray.announce(state, on_loop);
        true
    }

    /// A number for a pushed request.
    pub fn next_ask(&self) -> hf_ask {
        self.newest_ask.fetch_add(1, Ordering::Relaxed) + 1
    }

    /// What plugins have defined.
    pub const fn metrics(&self) -> &Book {
        &self.metrics
    }

    /// Who is connected.
    pub const fn directory(&self) -> &Directory {
        &self.directory
    }

    /// A plugin wants the directory to be kept.
    pub fn want_directory(&self, on_loop: bool) {
        self.directory.want();
        if self.directory.is_missed() {
            self.tray.announce(self.tray.lock(), on_loop);
        }
    }

    /// A job has run, on a thread of its own.
    pub fn end(&self, ended: Ended) {
        let mut state = self.tray.lock();
        state.batch.ended.push(ended);
        self.tray.announce(state, false);
    }

    /// Whether something waits.
    pub fn has_news(&self) -> bool {
        self.tray.has_news()
    }

    /// Takes all that waits. `empty` takes its place, with the room that it has.
    pub fn take(&self, empty: Batch) -> Batch {
        self.tray.take(empty, |state| &mut state.batch)
    }

    /// A generation is about to be destroyed: nothing is to reach it any more.
    pub fn forget(&self, generation: u64) {
        let mut state = self.tray.lock();
        state.good.retain(|_, promise| promise.generation != generation);
        state.batch.wakes.remove(&generation);
    }
}

impl fmt::Debug for Inbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Inbox").field("state", &*self.tray.lock()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::sync::Arc;
    use std::sync::atomic::AtomicUsize;
    use std::thread;

    use super::*;

    fn counting() -> (Arc<Inbox>, Arc<AtomicUsize>) {
        let wakes = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&wakes);
        let inbox = Inbox::new(move || {
            counted.fetch_add(1, Ordering::Relaxed);
        });
        (Arc::new(inbox), wakes)
    }

    #[test]
    fn of_eight_threads_that_answer_each_token_one_is_heard_and_the_loop_woken_once() {
        let (inbox, wakes) = counting();
        (1..=100).for_each(|token| inbox.promise(token, 7, token, None));
        let answer = |by: u8| {
            let inbox = Arc::clone(&inbox);
            move || {
                let taken = |token: &u64| inbox.answer(7, Answer::new(*token, 0, &[by]), false);
                (1..=100).filter(taken).count()
            }
        };
        let threads: Vec<_> = (0..8).map(|by| thread::spawn(answer(by))).collect();
        let taken: usize = threads.into_iter().map(|thread| thread.join().unwrap()).sum();
        assert_eq!((taken, wakes.load(Ordering::Relaxed)), (100, 1));
        let batch = inbox.take(Batch::default());
        assert_eq!((batch.answers.len(), batch.strays[&7]), (100, 700));
        assert!(!inbox.has_news());
    }

    #[test]
    fn only_who_took_a_token_may_answer_it() {
        let (inbox, _) = counting();
        inbox.promise(1, 7, 40, None);
        assert_eq!((inbox.request_of(1, 7), inbox.request_of(1, 8)), (Some(40), None));
        assert!(!inbox.answer(8, Answer::new(1, 0, b"forged"), true));
        assert!(inbox.answer(7, Answer::new(1, 0, b"true"), true));
        assert!(!inbox.cancel(1), "it is answered, though not yet delivered");
    }

    #[test]
    fn what_is_revoked_was_never_there() {
        let (inbox, wakes) = counting();
        inbox.promise(1, 7, 1, None);
        inbox.promise(2, 7, 2, None);
        assert!(inbox.answer(7, Answer::new(1, 1100, b""), true));
        inbox.revoke(1);
        inbox.revoke(2);
        assert!(!inbox.answer(7, Answer::new(2, 0, b""), true));
        let batch = inbox.take(Batch::default());
        assert!(batch.answers.is_empty());
        assert_eq!(wakes.load(Ordering::Relaxed), 0, "the loop knows what it does itself");
    }

    #[test]
    fn what_is_withheld_is_answered_no_more_and_what_was_answered_is_delivered() {
        let (inbox, _) = counting();
        let judgement = u64::from(u32::MAX);
        for (token, generation) in [(1, 7), (2, 7), (3, 8), (judgement, 7)] {
            inbox.promise(token, generation, 1, None);
        }
        assert!(inbox.answer(7, Answer::new(1, 0, b"in time"), false));
        assert_eq!(inbox.withhold(7), [2]);
        assert!(!inbox.answer(7, Answer::new(2, 0, b"late"), false) && !inbox.cancel(2));
        assert!(inbox.is_owner(3, 8) && inbox.is_owner(judgement, 7));
        assert_eq!(inbox.take(Batch::default()).answers.len(), 1);
    }

    #[test]
    fn wakes_are_folded_and_forgotten_with_their_generation() {
        let (inbox, wakes) = counting();
        (0..5).for_each(|_| inbox.wake(7, false));
        inbox.wake(8, false);
        inbox.forget(8);
        assert_eq!(inbox.take(Batch::default()).wakes, BTreeSet::from([7]));
        assert_eq!(wakes.load(Ordering::Relaxed), 1);
    }
}
