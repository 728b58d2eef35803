//! Waiting: for a condition, or for as long as a thing is to go on.

use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::{Duration, Instant};

/// Far longer than anything a test waits for takes, on a busy machine too: who reaches it failed.
pub const DEADLINE: Duration = Duration::from_secs(30);

/// Between two looks at a condition that nothing announces.
const LOOK: Duration = Duration::from_millis(2);

/// What a look and the wait behind it may take; longer than that the whole machine stood still, or
/// this process did, and time in which nobody could do anything does not count.
const MOST: Duration = Duration::from_secs(5);

/// Looks at `condition` until it holds and returns what it yields; panics, saying `what` was
/// waited for, when [`DEADLINE`] has passed.
pub fn wait_until<T>(what: &str, mut condition: impl FnMut() -> Option<T>) -> T {
    let (mut waited, mut looked) = (Duration::ZERO, Instant::now());
    // Nobody sends: the channel is there for its timeout, which gives the processor away.
    let (_open, silence) = mpsc::channel::<()>();
    loop {
        if let Some(value) = condition() {
            return value;
        }
        let now = Instant::now();
        waited += now.duration_since(looked).min(MOST);
        looked = now;
        assert!(waited < DEADLINE, "waited {DEADLINE:?} in vain for {what}");
        assert_eq!(silence.recv_timeout(LOOK), Err(RecvTimeoutError::Timeout));
    }
}

/// Lets `time` pass, however long: for what is to happen over a while, or not to happen in it.
pub fn pass(time: Duration) {
    let begun = Instant::now();
    let (_open, silence) = mpsc::channel::<()>();
    while let Some(left) = time.checked_sub(begun.elapsed()).filter(|left| !left.is_zero()) {
        assert_eq!(silence.recv_timeout(left), Err(RecvTimeoutError::Timeout));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn yields_what_the_condition_yields() {
        let mut looks = 0;
        let found = wait_until("three looks", || {
            looks += 1;
            (looks == 3).then_some(looks)
        });
        assert_eq!(found, 3);
    }
}
