//! The outcome: owns what a run came to, and what follows from it.

use std::time::Duration;

use hdrhistogram::Histogram;

use super::tally::Tally;

/// From this share of a core on, the client may be what limits the rate.
const BOTTLENECK: f64 = 0.9;

/// From this share of waiting on, the machine is too busy to measure on.
const BUSY: f64 = 0.1;

/// What a run came to.
#[derive(Debug)]
pub struct Outcome {
    /// What was counted, replies after the deadline included.
    pub tally: Tally,
    /// Replies up to the deadline.
    pub frames: u64,
    /// The time up to the deadline.
    pub elapsed: Duration,
    /// The share of one core that the work of this thread took.
    pub client_cpu: f64,
    /// The share of the time in which this thread had to wait for a core.
    pub client_waited: f64,
    /// Connections that stood in the end.
    pub standing: usize,
}

impl Outcome {
    /// Whether other programs kept the client from its core, so that the figures are not the
    /// server's.
    pub fn is_machine_busy(&self) -> bool {
        self.client_waited > BUSY
    }

    /// Whether the server could perhaps do more than it was asked for.
    pub fn is_client_bottleneck(&self) -> bool {
        self.client_cpu > BOTTLENECK
    }

    /// The times from the sending itself, which are the latencies where nothing was sent late.
    pub fn service(&self) -> &Histogram<u64> {
        let tally = &self.tally;
        if tally.service.is_empty() { &tally.latency } else { &tally.service }
    }
}
