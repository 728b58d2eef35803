//! A histogram of times: owns the buckets, which are the same for all of them.

/// Four buckets per power of two of nanoseconds: a quantile is at most a quarter too high.
const PER_DOUBLING: usize = 4;
const BUCKETS: usize = 64 * PER_DOUBLING;
/// The least and the greatest end that [`Distribution::below`] has: 1 µs and 1.6 s, about.
const FIRST_END: u64 = 1 << 10;
const LAST_END: u64 = 3 << 29;

/// Times by how long they were, since the start of the process.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Distribution {
    /// Ends of buckets in nanoseconds, ascending, each with the times below it: two a doubling,
    /// from 1 µs to 1.6 s.
    pub below: Vec<(u64, u64)>,
    /// All times.
    pub count: u64,
    /// Their sum in nanoseconds.
    pub sum_ns: u64,
}

/// Times, counted in buckets.
#[derive(Clone, Debug)]
pub struct Histogram {
    counts: Box<[u64; BUCKETS]>,
    sum_ns: u64,
}

impl Default for Histogram {
    fn default() -> Self {
        Self { counts: Box::new([0; BUCKETS]), sum_ns: 0 }
    }
}

impl Histogram {
    /// Takes in one time of `ns` nanoseconds.
    pub fn record(&mut self, ns: u64) {
        self.counts[bucket(ns)] += 1;
        self.sum_ns += ns;
    }

    /// Takes in all times of another one.
    pub fn absorb(&mut self, other: &Self) {
        for (count, more) in self.counts.iter_mut().zip(other.counts.iter()) {
            *count += more;
        }
        self.sum_ns += other.sum_ns;
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        self.counts.fill(0);
        self.sum_ns = 0;
    }

    /// A time, in nanoseconds, that `percent` of 100 do not exceed; at most a quarter too high.
    #[must_use]
    pub fn quantile(&self, percent: u64) -> u64 {
        let total: u64 = self.counts.iter().sum();
        let rank = (total * percent).div_ceil(100).max(1);
        let mut seen = 0;
        for (index, count) in self.counts.iter().enumerate() {
            seen += count;
            if seen >= rank {
                return upper(index);
            }
        }
        0
    }

    /// All of it, in coarser buckets.
    #[must_use]
    pub fn distribution(&self) -> Distribution {
        let mut all = Distribution { sum_ns: self.sum_ns, ..Distribution::default() };
        for (index, count) in self.counts.iter().enumerate() {
            if index >= bucket(FIRST_END) && index <= bucket(LAST_END) && index % 2 == 0 {
                all.below.push((start(index), all.count));
            }
            all.count += count;
        }
        all
    }
}

fn bucket(ns: u64) -> usize {
    if ns < 4 {
        return usize::try_from(ns).unwrap_or(0);
    }
    let doubling = ns.ilog2();
    let quarter = (ns >> (doubling - 2)) & 3;
    (doubling as usize - 1) * PER_DOUBLING + usize::try_from(quarter).unwrap_or(0)
}

/// The first value of `index`'s bucket.
fn start(index: usize) -> u64 {
    index.checked_sub(1).map_or(0, upper)
}

/// The first value past `index`'s bucket.
fn upper(index: usize) -> u64 {
    if index < PER_DOUBLING {
        return index as u64;
    }
    let (doubling, quarter) = (index / PER_DOUBLING + 1, index % PER_DOUBLING);
    (5 + quarter as u64).saturating_mul(
        1u64.checked_shl(u32::try_from(doubling).unwrap_or(u32::MAX) - 2).unwrap_or(u64::MAX),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_lies_below_the_end_of_its_bucket() {
        for shift in 0..63 {
            for ns in [(1u64 << shift) - 1, 1 << shift, (1 << shift) + 1] {
                let index = bucket(ns);
                assert!(index < BUCKETS && ns <= upper(index), "{ns} in {index}");
                assert!(upper(index) <= ns.saturating_add(ns / 4 + 1), "{ns} in {index}");
            }
        }
    }
}
