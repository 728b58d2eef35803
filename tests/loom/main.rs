//! What threads share by rules of their own, in every order that the memory model allows.
//!
//! The very files of the server are compiled here with the locks and atomics of `loom` in the place
//! of the standard ones, which is why this is no ordinary test: theirs stay out. Each model runs as
//! often as there are orders; a wake-up that is lost shows as a deadlock.
// Of the files only a part is wanted, and their own tests are not.
#![allow(unused, missing_docs, clippy::unwrap_used)]

mod logging;
mod pulse_model;
mod tray_model;

#[path = "../../server/src/shell/pulse.rs"]
mod pulse;
#[path = "../../server/src/plugins/tray.rs"]
mod tray;

/// In the place of the server's own.
mod sync {
    pub use std::sync::PoisonError;

    pub use loom::sync::{Condvar, Mutex, MutexGuard};
    pub use loom::thread::{Thread, current, park};

    pub mod atomic {
        pub use loom::sync::atomic::{AtomicBool, AtomicU64, Ordering, fence};
    }
}

/// What is run, by name.
const MODELS: [(&str, fn()); 5] = [
    ("tray::whatever_is_put_down_is_taken", tray_model::whatever_is_put_down_is_taken),
    (
        "tray::what_the_loop_puts_down_hides_nothing",
        tray_model::what_the_loop_puts_down_hides_nothing,
    ),
    ("pulse::the_watchdog_is_woken", pulse_model::the_watchdog_is_woken),
    ("pulse::and_again_after_a_rest", pulse_model::and_again_after_a_rest),
    ("log::every_line_is_written_before_the_end", logging::every_line_is_written_before_the_end),
];

fn main() {
    let wanted: Vec<String> =
        std::env::args().skip(1).filter(|arg| !arg.starts_with('-')).collect();
    for (name, model) in MODELS {
        if wanted.is_empty() || wanted.iter().any(|part| name.contains(part.as_str())) {
            let began = std::time::Instant::now();
            let mut builder = loom::model::Builder::new();
            // More changes of thread than these find nothing that fewer do not, and take for ever.
            builder.preemption_bound = Some(3);
            let orders = std::sync::Arc::new(std::sync::atomic::AtomicU64::new(0));
            let counted = std::sync::Arc::clone(&orders);
            builder.check(move || {
                counted.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                model();
            });
            let orders = orders.load(std::sync::atomic::Ordering::Relaxed);
            println!("{name}: {orders} orders in {:.1} s", began.elapsed().as_secs_f64());
        }
    }
}
