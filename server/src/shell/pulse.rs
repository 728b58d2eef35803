//! The pulse: owns what the loop leaves of itself for the watchdog to see.
//!
//! The loop beats whenever it turns to something else, and says when it goes to sleep. The watchdog
//! sleeps as long as the loop does: then one wake of the loop, and no other, wakes it.

use std::sync::OnceLock;

use crate::sync::atomic::{AtomicBool, AtomicU64, Ordering, fence};
use crate::sync::{Thread, current, park};

/// Written by the loop, read by the watchdog.
#[derive(Debug, Default)]
pub struct Pulse {
    beats: AtomicU64,
    is_awake: AtomicBool,
    has_ended: AtomicBool,
    /// Whether the watchdog sleeps until the loop wakes it.
    is_parked: AtomicBool,
    watchdog: OnceLock<Thread>,
}

impl Pulse {
    /// The loop turns to something else.
    #[inline]
    pub fn beat(&self) {
        // One thread alone writes it.
        self.beats.store(self.beats.load(Ordering::Relaxed).wrapping_add(1), Ordering::Relaxed);
    }

    /// The loop has woken.
    pub fn wake(&self) {
        self.beat();
        // Either this is seen by who is about to park, or that it has parked is seen here.
        self.is_awake.store(true, Ordering::Relaxed);
        fence(Ordering::SeqCst);
        if self.is_parked.load(Ordering::Relaxed)
            && let Some(watchdog) = self.watchdog.get()
        {
            watchdog.unpark();
        }
    }

    /// The loop is about to sleep.
    pub fn rest(&self) {
        self.is_awake.store(false, Ordering::Relaxed);
    }

    /// The loop is over.
    pub fn end(&self) {
        self.has_ended.store(true, Ordering::Relaxed);
    }

    /// Whether the loop is over.
    pub(super) fn has_ended(&self) -> bool {
        self.has_ended.load(Ordering::Relaxed)
    }

    /// The beats so far, while the loop is awake; `None` while it sleeps.
    pub(super) fn read(&self) -> Option<u64> {
        let beats = self.beats.load(Ordering::Relaxed);
        self.is_awake.load(Ordering::Relaxed).then_some(beats)
    }

    /// The calling thread is the watchdog.
    pub(super) fn watch(&self) {
        // Fails only if there is one already.
        let _is_first = self.watchdog.set(current());
    }

    /// Lets the watchdog sleep until the loop wakes, or somebody unparks it.
    pub(super) fn park(&self) {
        self.is_parked.store(true, Ordering::Relaxed);
        fence(Ordering::SeqCst);
        if !self.is_awake.load(Ordering::Relaxed) {
            park();
        }
        self.is_parked.store(false, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::mpsc;
    use std::time::Duration;

    use super::*;

    #[test]
    fn the_watchdog_sleeps_until_the_loop_wakes() {
        let pulse = Arc::new(Pulse::default());
        let (sender, woken) = mpsc::channel();
        let watched = Arc::clone(&pulse);
        let watchdog = std::thread::spawn(move || {
            watched.watch();
            while watched.read().is_none() {
                watched.park();
                sender.send(()).unwrap();
            }
        });
        assert!(woken.recv_timeout(Duration::from_millis(50)).is_err(), "nobody wakes it");
        let before = pulse.beats.load(Ordering::Relaxed);
        pulse.wake();
        woken.recv_timeout(Duration::from_secs(20)).unwrap();
        watchdog.join().unwrap();
        assert_eq!(pulse.read(), Some(before + 1));
        pulse.rest();
        assert_eq!(pulse.read(), None);
    }
}
