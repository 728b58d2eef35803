//! The pace: owns what decides when a request is sent.

/// What decides when a request is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pace {
    /// A reply: every connection keeps its pipeline full. A slow server is asked less.
    Closed,
    /// The clock, so many requests a second in all. A slow server is asked no less, and the time
    /// that requests wait for it counts.
    Open {
        /// Requests a second.
        rate: u64,
    },
    /// Nothing: no request is ever sent.
    Idle,
}

const NANOS: u128 = 1_000_000_000;

/// How many requests are due `elapsed` nanoseconds after the start.
pub fn due(rate: u64, elapsed: u64) -> u64 {
    u64::try_from(u128::from(elapsed) * u128::from(rate) / NANOS).unwrap_or(u64::MAX)
}

/// The nanoseconds from the start to when request `index` is due: the first moment at which
/// [`due`] counts it.
pub fn intended(rate: u64, index: u64) -> u64 {
    let at = ((u128::from(index) + 1) * NANOS).div_ceil(u128::from(rate));
    u64::try_from(at).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_due_from_its_moment_on_and_not_before() {
        for rate in [1, 3, 7_000, 20_000, 999_999_937] {
            for index in [0, 1, 2, 1_000, 123_456_789] {
                let at = intended(rate, index);
                assert_eq!(due(rate, at - 1), index, "{rate}/s");
                assert!(due(rate, at) > index, "{rate}/s");
            }
        }
    }
}
