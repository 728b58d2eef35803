//! Threads that put something down, and the loop that sleeps until it is woken.

use loom::sync::{Arc, Condvar, Mutex};
use loom::thread;

use crate::tray::Tray;

/// Interrupts a sleep, or the next one: as the loop's waker does.
#[derive(Default)]
struct Alarm {
    rings: Mutex<bool>,
    told: Condvar,
}

impl Alarm {
    fn ring(&self) {
        *self.rings.lock().unwrap() = true;
        self.told.notify_one();
    }

    fn doze(&self) {
        let mut rings = self.rings.lock().unwrap();
        while !*rings {
            rings = self.told.wait(rings).unwrap();
        }
        *rings = false;
    }
}

fn tray() -> (Arc<Tray<Vec<u32>>>, Arc<Alarm>) {
    let alarm = Arc::new(Alarm::default());
    let rung = Arc::clone(&alarm);
    (Arc::new(Tray::new(Vec::new(), move || rung.ring())), alarm)
}

fn put(tray: &Tray<Vec<u32>>, what: u32, on_loop: bool) {
    let mut state = tray.lock();
    state.push(what);
    tray.announce(state, on_loop);
}

fn take(tray: &Tray<Vec<u32>>, taken: &mut Vec<u32>) {
    while tray.has_news() {
        taken.append(&mut tray.take(Vec::new(), |all| all));
    }
}

/// Two threads put down one thing each; the loop sleeps, and takes what there is.
pub fn whatever_is_put_down_is_taken() {
    let (tray, alarm) = tray();
    let threads = [1, 2].map(|what| {
        let tray = Arc::clone(&tray);
        thread::spawn(move || put(&tray, what, false))
    });
    let mut taken = Vec::new();
    while taken.len() < 2 {
        alarm.doze();
        take(&tray, &mut taken);
    }
    taken.sort_unstable();
    assert_eq!(taken, [1, 2]);
    threads.into_iter().for_each(|thread| thread.join().unwrap());
}

/// The loop puts something down itself, for which nobody wakes it, and looks before it sleeps.
pub fn what_the_loop_puts_down_hides_nothing() {
    let (tray, alarm) = tray();
    let other = Arc::clone(&tray);
    let thread = thread::spawn(move || put(&other, 1, false));
    let mut taken = Vec::new();
    put(&tray, 2, true);
    take(&tray, &mut taken);
    while taken.len() < 2 {
        alarm.doze();
        take(&tray, &mut taken);
    }
    assert!(taken.contains(&1) && taken.contains(&2));
    thread.join().unwrap();
}
