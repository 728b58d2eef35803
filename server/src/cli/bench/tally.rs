//! The tally: owns what is counted, and how long replies took.

use std::collections::BTreeMap;
use std::fmt;

use hdrhistogram::Histogram;

use super::samples::Samples;

/// The longest time that is told from longer ones.
const LONGEST_NANOS: u64 = 600_000_000_000;

/// What was counted over all connections.
#[derive(Clone)]
pub struct Tally {
    /// Requests released to the wire.
    pub sent: u64,
    /// Replies, good and wrong ones, and error replies.
    pub answered: u64,
    /// Error replies by their code.
    pub errors_by_code: BTreeMap<u16, u64>,
    /// Replies that are not what they must be, and frames that nobody asked for.
    pub mismatches: u64,
    /// Times that the server said it had lost synchronisation.
    pub bad_crc_notices: u64,
    /// Events that came.
    pub events: u64,
    /// Requests whose reply never came.
    pub unanswered: u64,
    /// Connections that the server closed.
    pub lost: u64,
    /// Nanoseconds from when a request should have been sent to its reply.
    pub latency: Histogram<u64>,
    /// Nanoseconds from when a request was sent to its reply.
    pub service: Histogram<u64>,
    /// Every reply by itself, where that is wanted.
    pub samples: Option<Samples>,
}

impl Tally {
    /// Nothing yet; whether every reply is kept by itself.
    pub fn new(keeps_samples: bool) -> Self {
        let empty = || {
            Histogram::new_with_bounds(1, LONGEST_NANOS, 3)
                .expect("the bounds lie a factor of two apart, with at most five digits")
        };
        Self {
            sent: 0,
            answered: 0,
            errors_by_code: BTreeMap::new(),
            mismatches: 0,
            bad_crc_notices: 0,
            events: 0,
            unanswered: 0,
            lost: 0,
            latency: empty(),
            service: empty(),
            samples: keeps_samples.then(Samples::default),
        }
    }

    /// Error replies in all.
    pub fn errors(&self) -> u64 {
        self.errors_by_code.values().sum()
    }

    /// Notes an error reply.
    pub fn add_error(&mut self, code: u16) {
        *self.errors_by_code.entry(code).or_default() += 1;
    }
}

impl fmt::Debug for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tally")
            .field("sent", &self.sent)
            .field("answered", &self.answered)
            .field("errors_by_code", &self.errors_by_code)
            .field("mismatches", &self.mismatches)
            .field("bad_crc_notices", &self.bad_crc_notices)
            .field("unanswered", &self.unanswered)
            .field("lost", &self.lost)
            .finish_non_exhaustive()
    }
}
