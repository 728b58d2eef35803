//! The plan: owns what is to be done, in the types that doing it needs.

use std::path::PathBuf;
use std::time::Duration;

use hotframe_client::Url;

use super::faults::Faults;
use super::pace::Pace;
use crate::cli::login::Hello;

/// What is to be done.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Where the server listens.
    pub url: Url,
    /// The device's address in every request.
    pub address: u8,
    /// The command's number in every request.
    pub number: u16,
    /// Connections to open.
    pub connections: usize,
    /// Requests that one connection has in flight at most.
    pub pipeline: usize,
    /// Bytes of data, in turn.
    pub sizes: Vec<u8>,
    /// The data of every request, where it is not to be random.
    pub data: Option<Vec<u8>>,
    /// How long to measure.
    pub duration: Duration,
    /// What decides when a request is sent.
    pub pace: Pace,
    /// What is done wrong on purpose.
    pub faults: Faults,
    /// Whether replies are compared with what they must be.
    pub verify: bool,
    /// Whom to say HELLO as first.
    pub hello: Option<Hello>,
    /// Where each reply's moment and latency are written.
    pub samples: Option<PathBuf>,
}

impl Plan {
    /// Whether nothing is sent at all.
    pub fn is_idle(&self) -> bool {
        matches!(self.pace, Pace::Idle)
    }
}
