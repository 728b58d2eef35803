//! Durations, sizes and rates as they are written in files: owns their grammar.

use std::time::Duration;

/// So many per so long, written `"1000/s"`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// How many, at least 1.
    pub count: u64,
    /// In how long: a second, a minute or an hour.
    pub per: Duration,
}
