//! Owns who goes first where processors are short: the event loop, and what answers for it.

use rustix::process::{getpriority_process, setpriority_process};

/// How much nicer than the rest of the server those are for whom no device waits.
const NICER: i32 = 5;

/// Has the calling thread, and what it starts from now on, stand back behind the event loop.
///
/// Not for a thread on which a plugin's code runs in the server: what a plugin starts there would
/// stand back for ever, as niceness cannot be taken back.
pub fn stand_back() {
    // Of the calling thread alone, on Linux. Where it is not allowed, nothing is lost.
    let _as_it_was =
        getpriority_process(None).and_then(|niceness| setpriority_process(None, niceness + NICER));
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;

    #[test]
    fn only_who_stands_back_does() {
        let before = getpriority_process(None).unwrap();
        let inside = thread::spawn(|| {
            stand_back();
            getpriority_process(None).unwrap()
        });
        assert_eq!(inside.join().unwrap(), (before + NICER).min(19));
        assert_eq!(getpriority_process(None).unwrap(), before);
    }
}
