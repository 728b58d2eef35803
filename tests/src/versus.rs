//! How long replies take in two states of the world, taken in turn: what else the machine does at
//! the time is the same for both.

use std::time::Duration;

use crate::quiet::Latencies;

/// Slices of two states, pair by pair.
#[derive(Debug, Default)]
pub struct Versus(Vec<[Latencies; 2]>);

impl Versus {
    /// One more slice of each.
    pub fn note(&mut self, without: Latencies, with: Latencies) {
        self.0.push([without, with]);
    }

    /// The time within which so many of a thousand replies came, without and with: the median of
    /// the slices.
    #[must_use]
    pub fn permille(&self, permille: usize) -> [Duration; 2] {
        [0, 1].map(|state| median(self.0.iter().map(|pair| pair[state].permille(permille))))
    }

    /// How many times longer that time is with: the median of the pairs.
    #[must_use]
    pub fn times(&self, permille: usize) -> f64 {
        let times = self.0.iter().map(|pair| {
            let [without, with] = [0, 1].map(|state| pair[state].permille(permille));
            ordered(with.as_secs_f64() / without.as_secs_f64())
        });
        f64::from_bits(median(times))
    }

    /// How many replies there were in each state.
    #[must_use]
    pub fn counts(&self) -> [usize; 2] {
        [0, 1].map(|state| self.0.iter().map(|pair| pair[state].count()).sum())
    }
}

/// Positive numbers have the order of their bits.
const fn ordered(times: f64) -> u64 {
    times.to_bits()
}

fn median<T: Ord + Copy>(values: impl Iterator<Item = T>) -> T {
    let mut values: Vec<T> = values.collect();
    values.sort_unstable();
    *values.get(values.len() / 2).expect("a slice of each was taken")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(ms: u64) -> Latencies {
        Latencies::from(vec![Duration::from_millis(ms); 3])
    }

    #[test]
    fn one_slow_minute_changes_nothing() {
        let mut versus = Versus::default();
        versus.note(all(10), all(11));
        versus.note(all(70), all(20));
        versus.note(all(10), all(12));
        let ms = Duration::from_millis;
        assert_eq!(versus.permille(990), [ms(10), ms(12)]);
        assert!((versus.times(990) - 1.1).abs() < 1e-9, "{}", versus.times(990));
        assert_eq!(versus.counts(), [9, 9]);
    }
}
