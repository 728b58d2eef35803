//! Impatience: owns the thread that ends a process which was told to end more than once, and whose
//! loop does not even hear it.
//!
//! The loop answers the first signal by stopping and the second by waiting for nobody any more. A
//! plugin that holds the loop, or does not come back from being destroyed, would keep it from both.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::iterator::{Handle, Signals};
use signal_hook::low_level::exit;

use super::pulse::Pulse;
use crate::diagnostics::codes::runtime::ENDED_AT_ONCE;
use crate::plugins::on_duty;

/// For so long the loop has to stand still after the second signal.
const PATIENCE: Duration = Duration::from_secs(1);

/// For so long what follows the loop may take: plugins are destroyed and files written.
const PATIENCE_AT_THE_END: Duration = Duration::from_secs(10);

/// From one look at the loop to the next.
const LOOK: Duration = Duration::from_millis(50);

/// The exit code of a server that could not do what it was asked for.
const FAILED: i32 = 1;

/// The thread. Told to end when dropped, and not waited for: whoever ends the process is not to
/// wait for what wakes that thread.
#[derive(Debug)]
pub struct Impatience {
    signals: Handle,
    is_over: Arc<AtomicBool>,
}

impl Impatience {
    /// Starts to listen for signals, beside the loop whose pulse this is.
    ///
    /// # Errors
    /// The system lets no more signals be heard, or no thread be started.
    pub fn start(pulse: Arc<Pulse>) -> io::Result<Self> {
        let mut signals = Signals::new([SIGTERM, SIGINT])?;
        let (handle, is_over) = (signals.handle(), Arc::<AtomicBool>::default());
        let told = Arc::clone(&is_over);
        let listen = move || {
            for _again in signals.forever().skip(1) {
                if stands_still(&pulse, &told, PATIENCE) {
                    end();
                }
            }
        };
        thread::Builder::new().name("hotframe-end".to_owned()).spawn(listen)?;
        Ok(Self { signals: handle, is_over })
    }
}

impl Drop for Impatience {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::SeqCst);
        self.signals.close();
    }
}

/// Whether the loop is awake and turns to nothing else for `patience`, or what follows it takes too
/// long; not if it `is_over` before.
fn stands_still(pulse: &Pulse, is_over: &AtomicBool, patience: Duration) -> bool {
    let (before, begun) = (pulse.read(), Instant::now());
    while before.is_some() && pulse.read() == before && !is_over.load(Ordering::SeqCst) {
        let patience = if pulse.has_ended() { PATIENCE_AT_THE_END } else { patience };
        match patience.checked_sub(begun.elapsed()) {
            Some(rest) if !rest.is_zero() => thread::park_timeout(rest.min(LOOK)),
            _ => return true,
        }
    }
    false
}

fn end() -> ! {
    let holder = on_duty().map_or_else(|| "the server".to_owned(), |duty| duty.what);
    log::error!(
        code = ENDED_AT_ONCE.as_str();
        "told to stop once more while {holder} does not return: ended at once, what is owed is lost"
    );
    log::logger().flush();
    // Nothing of a plugin runs any more, as what it registered for the end might not return either.
    exit(FAILED)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_loop_that_is_awake_and_does_nothing_stands_still() {
        let (pulse, moment) = (Pulse::default(), Duration::from_millis(20));
        let (lives, over) = (AtomicBool::new(false), AtomicBool::new(true));
        assert!(!stands_still(&pulse, &lives, moment), "it sleeps");
        pulse.wake();
        assert!(stands_still(&pulse, &lives, moment));
        assert!(!stands_still(&pulse, &over, Duration::MAX), "nobody waits for its end any more");
        let is_done = AtomicBool::new(false);
        thread::scope(|scope| {
            scope.spawn(|| {
                while !is_done.load(Ordering::SeqCst) {
                    pulse.beat();
                }
            });
            // Forever, if it did not beat.
            assert!(!stands_still(&pulse, &lives, Duration::from_secs(3600)));
            is_done.store(true, Ordering::SeqCst);
        });
    }

    #[test]
    fn it_ends_at_once_when_nobody_is_impatient() {
        let (pulse, begun) = (Arc::<Pulse>::default(), Instant::now());
        pulse.wake();
        pulse.end();
        drop(Impatience::start(Arc::clone(&pulse)).unwrap());
        assert!(begun.elapsed() < PATIENCE_AT_THE_END);
    }
}
