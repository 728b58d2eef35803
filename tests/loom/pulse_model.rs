//! The loop that wakes, and the watchdog that sleeps as long as the loop does.

use loom::sync::Arc;
use loom::thread;

use crate::pulse::Pulse;

/// The loop wakes once, while the watchdog looks and goes to sleep.
pub fn the_watchdog_is_woken() {
    let pulse = Arc::new(Pulse::default());
    let watched = Arc::clone(&pulse);
    let watchdog = thread::spawn(move || watch_until(&watched, 1));
    pulse.wake();
    watchdog.join().unwrap();
}

/// The same, when the loop has slept in between.
pub fn and_again_after_a_rest() {
    let pulse = Arc::new(Pulse::default());
    let watched = Arc::clone(&pulse);
    let watchdog = thread::spawn(move || watch_until(&watched, 2));
    pulse.wake();
    pulse.rest();
    pulse.wake();
    watchdog.join().unwrap();
}

fn watch_until(pulse: &Pulse, beats: u64) {
    pulse.watch();
    while pulse.read().is_none_or(|seen| seen < beats) {
        if pulse.read().is_none() {
            pulse.park();
        } else {
            thread::yield_now();
        }
    }
}
