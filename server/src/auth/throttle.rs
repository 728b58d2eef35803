//! The throttle: owns how many bad credentials each source may show.

use std::collections::HashMap;
use std::net::IpAddr;

use hotframe_core::{Bucket, Moment, Rate};

/// So many sources are kept in mind; above that, those that have shown nothing bad for the longest
/// make way.
const MOST_SOURCES: usize = 4096;

/// Where a claim comes from: an address, or this machine.
type Source = Option<IpAddr>;

/// What each source has left.
#[derive(Debug, Default)]
pub struct Throttle {
    sources: HashMap<Source, (Bucket, Moment)>,
}

impl Throttle {
    /// Whether one more attempt of `source` is looked at.
    pub fn admits(&mut self, source: Source, rate: Option<Rate>, now: Moment) -> bool {
        match (rate, self.sources.get_mut(&source)) {
            (Some(rate), Some((bucket, _))) => bucket.has(rate, now),
            _ => true,
        }
    }

    /// An attempt of `source` was bad.
    pub fn note(&mut self, source: Source, rate: Option<Rate>, now: Moment) {
        let Some(rate) = rate else {
            return;
        };
        if self.sources.len() >= MOST_SOURCES && !self.sources.contains_key(&source) {
            let oldest = self.sources.iter().min_by_key(|(_, (_, last))| *last);
            if let Some(oldest) = oldest.map(|(source, _)| *source) {
                self.sources.remove(&oldest);
            }
        }
        let (bucket, last) = self.sources.entry(source).or_default();
        bucket.take(rate, now);
        *last = now;
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn source(n: u32) -> Source {
        Some(IpAddr::from(n.to_be_bytes()))
    }

    #[test]
    fn a_source_has_so_many_failures_and_others_theirs() {
        let rate = Some(Rate::new(3, Duration::from_secs(60)));
        let (mut throttle, now) = (Throttle::default(), Moment::from_nanos(1));
        for _ in 0..3 {
            assert!(throttle.admits(source(1), rate, now));
            throttle.note(source(1), rate, now);
        }
        assert!(!throttle.admits(source(1), rate, now));
        assert!(throttle.admits(source(2), rate, now) && throttle.admits(None, rate, now));
        assert!(throttle.admits(source(1), rate, now.after(Duration::from_secs(20))));
        assert!(throttle.admits(source(1), None, now), "no rate is no bound");
    }

    #[test]
    fn the_table_is_bounded() {
        let rate = Some(Rate::new(1, Duration::from_secs(60)));
        let mut throttle = Throttle::default();
        for n in 0..10_000 {
            throttle.note(source(n), rate, Moment::from_nanos(u64::from(n)));
        }
        assert_eq!(throttle.sources.len(), MOST_SOURCES);
        assert!(!throttle.admits(source(9_999), rate, Moment::from_nanos(10_000)));
    }
}
