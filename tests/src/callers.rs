//! Callers: clients that connect, ask once and leave, over and over, and note who failed them.

use std::io::{self, ErrorKind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};

use crate::endpoint::Endpoint;
use crate::wire::{Wire, request};

/// Running callers.
#[derive(Debug)]
pub struct Callers {
    stop: Arc<AtomicBool>,
    threads: Vec<JoinHandle<Calls>>,
}

/// What became of the calls.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Calls {
    /// Calls that got their reply.
    pub answered: u64,
    /// Calls that found nobody listening.
    pub refused: u64,
    /// Calls that got in and no reply.
    pub lost: u64,
}

impl Callers {
    /// Starts one caller for each endpoint, that asks `command`.
    #[must_use]
    pub fn start<'a>(endpoints: impl IntoIterator<Item = &'a Endpoint>, command: u16) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let threads = endpoints.into_iter().map(|endpoint| {
            let (stop, endpoint) = (Arc::clone(&stop), endpoint.clone());
            thread::spawn(move || call(&endpoint, command, &stop))
        });
        Self { threads: threads.collect(), stop }
    }

    /// Lets the calls under way end, and says what became of all.
    #[must_use]
    pub fn stop(self) -> Calls {
        self.stop.store(true, Ordering::Relaxed);
        let mut sum = Calls::default();
        for thread in self.threads {
            let calls = thread.join().expect("a caller notes what fails");
            sum.answered += calls.answered;
            sum.refused += calls.refused;
            sum.lost += calls.lost;
        }
        sum
    }
}

fn call(endpoint: &Endpoint, command: u16, stop: &AtomicBool) -> Calls {
    let mut calls = Calls::default();
    while !stop.load(Ordering::Relaxed) {
        let nonce = calls.answered.to_be_bytes();
        match once(endpoint, command, &nonce) {
            Ok(true) => calls.answered += 1,
            Ok(false) => calls.lost += 1,
            Err(_) => calls.refused += 1,
        }
    }
    calls
}

/// One call; whether it got its reply. An error: it did not get in.
fn once(endpoint: &Endpoint, command: u16, nonce: &[u8]) -> io::Result<bool> {
    let stream = endpoint.try_connect()?;
    let mut wire = Wire::over(stream);
    if wire.try_send(&request(command, nonce)).is_err() {
        return Ok(false);
    }
    match wire.try_receive() {
        Ok(Some(reply)) => Ok(reply.error_code().is_none() && reply.data == nonce),
        Ok(None) => Ok(false),
        Err(error) => {
            assert_eq!(error.kind(), ErrorKind::ConnectionReset, "{error}");
            Ok(false)
        }
    }
}
