//! Latencies of one kind of time, and the quantiles of them.

/// In microseconds.
#[derive(Clone, Debug, Default)]
pub struct Latencies(Vec<u64>);

impl Latencies {
    /// Takes them in any order.
    pub fn of(mut latencies: Vec<u64>) -> Self {
        latencies.sort_unstable();
        Self(latencies)
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.0.len()
    }

    /// The latency that this share of them does not exceed; not a number if there is none.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "far fewer than 2^52 samples, and a share of 0 to 1"
    )]
    pub fn at(&self, share: f64) -> f64 {
        let place = (self.0.len() as f64 * share).ceil() as usize;
        self.0.get(place.max(1) - 1).map_or(f64::NAN, |latency| *latency as f64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_of_them_is_no_slower() {
        let latencies = Latencies::of(vec![9, 7]);
        assert_eq!([0.0, 0.5, 0.51, 1.0].map(|share| latencies.at(share)), [7.0, 7.0, 9.0, 9.0]);
        assert_eq!(latencies.count(), 2);
        assert!(Latencies::of(vec![]).at(0.5).is_nan());
    }
}
