//! Owns what other threads put down for the loop to take, and when that has to wake it.
use std::mem;

use crate::sync::atomic::{AtomicBool, Ordering};
use crate::sync::{Mutex, MutexGuard, PoisonError};

/// Something that many threads change and the loop empties, under one lock.
pub(super) struct Tray<T> {
    state: Mutex<T>,
    /// Whether something waits: the loop's question at the end of every round.
    has_news: AtomicBool,
    /// Interrupts the loop's sleep.
    wake_loop: Box<dyn Fn() + Send + Sync>,
}

impl<T> Tray<T> {
    /// With nothing on it. `wake_loop` is called, from any thread, when something comes that the
    /// loop cannot know of.
    pub fn new(state: T, wake_loop: impl Fn() + Send + Sync + 'static) -> Self {
        let (state, has_news) = (Mutex::new(state), AtomicBool::new(false));
        Self { state, has_news, wake_loop: Box::new(wake_loop) }
    }

    /// For whoever looks, or takes something away.
    pub fn lock(&self) -> MutexGuard<'_, T> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Something was put down under this lock: the first thing wakes the loop, and all others go
    /// with it. `on_loop`: whether this is the loop's thread, which need not be woken.
    pub fn announce(&self, state: MutexGuard<'_, T>, on_loop: bool) {
        let was_empty = !self.has_news.swap(true, Ordering::AcqRel);
        drop(state);
        if was_empty && !on_loop {
            (self.wake_loop)();
        }
    }

    /// Whether something waits.
    pub fn has_news(&self) -> bool {
        self.has_news.load(Ordering::Acquire)
    }

    /// Takes all that waits in `place`, where `empty` is left.
    pub fn take<B>(&self, empty: B, place: impl FnOnce(&mut T) -> &mut B) -> B {
        let mut state = self.lock();
        self.has_news.store(false, Ordering::Release);
        mem::replace(place(&mut state), empty)
    }
}
