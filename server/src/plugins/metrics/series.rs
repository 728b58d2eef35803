//! Owns one series: what it is, and where it is. Written from any thread without a lock.
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// What a series is.
#[derive(Debug, Clone, PartialEq)]
pub struct Definition {
    /// How it is read.
    pub kind: Kind,
    /// Without what stands before it in the exposition.
    pub name: String,
    /// One sentence.
    pub help: String,
    /// Names and values.
    pub labels: Vec<(String, String)>,
    /// The upper bounds of a histogram, ascending.
    pub bounds: Box<[f64]>,
}

/// How a series is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Only grows.
    Counter,
    /// Goes up and down.
    Gauge,
    /// How many observations were at most so much.
    Histogram,
}

/// Where a series is at a moment.
#[derive(Debug, Clone, PartialEq)]
pub enum Reading {
    /// The sum.
    Counter(u64),
    /// The value.
    Gauge(f64),
    /// How many observations were at most the bound, for each bound; how many there were; their
    /// sum.
    Histogram(Vec<(f64, u64)>, u64, f64),
}

/// One series.
#[derive(Debug)]
pub struct Series {
    definition: Definition,
    /// The count of a counter; the bits of a gauge's value, or of a histogram's sum.
    value: AtomicU64,
    /// Observations up to each bound and above the one before; the last: above all.
    counts: Box<[AtomicU64]>,
}

impl Definition {
    /// Whether both may be in one family: they differ in their labels alone.
    pub fn goes_with(&self, other: &Self) -> bool {
        (self.kind, &self.name, &self.help) == (other.kind, &other.name, &other.help)
            && self.bounds == other.bounds
    }
}

impl Series {
    /// A series at nothing.
    pub fn new(definition: Definition) -> Self {
        let is_histogram = definition.kind == Kind::Histogram;
        let count = if is_histogram { definition.bounds.len() + 1 } else { 0 };
        let counts = (0..count).map(|_| AtomicU64::new(0)).collect();
        // The bits of 0.0 are those of 0.
        Self { definition, value: AtomicU64::new(0), counts }
    }

    /// What it is.
    pub const fn definition(&self) -> &Definition {
        &self.definition
    }

    /// A counter grows.
    pub fn add(&self, n: u64) {
        if self.definition.kind == Kind::Counter {
            self.value.fetch_add(n, Relaxed);
        }
    }

    /// A gauge is there.
    pub fn set(&self, value: f64) {
        if self.definition.kind == Kind::Gauge && value.is_finite() {
            self.value.store(value.to_bits(), Relaxed);
        }
    }

    /// One observation of a histogram.
    pub fn observe(&self, value: f64) {
        let place = self.definition.bounds.partition_point(|bound| *bound < value);
        if let Some(count) = self.counts.get(place).filter(|_| value.is_finite()) {
            count.fetch_add(1, Relaxed);
            let add = |bits| Some((f64::from_bits(bits) + value).to_bits());
            let _always = self.value.fetch_update(Relaxed, Relaxed, add);
        }
    }

    /// Where it is.
    pub fn read(&self) -> Reading {
        let value = self.value.load(Relaxed);
        match self.definition.kind {
            Kind::Counter => Reading::Counter(value),
            Kind::Gauge => Reading::Gauge(f64::from_bits(value)),
            Kind::Histogram => {
                let mut sum = 0;
                let mut counts = self.counts.iter().map(|count| {
                    sum += count.load(Relaxed);
                    sum
                });
                let below = self.definition.bounds.iter().copied().zip(&mut counts).collect();
                let count = counts.next().unwrap_or(0);
                Reading::Histogram(below, count, f64::from_bits(value))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn histogram() -> Series {
        Series::new(Definition {
            kind: Kind::Histogram,
            name: "wait_seconds".into(),
            help: "Waits.".into(),
            labels: Vec::new(),
            bounds: [0.5, 1.0].into(),
        })
    }

    #[test]
    fn observations_are_counted_up_to_their_bound() {
        let series = histogram();
        for value in [0.25, 0.5, 0.75, 9.0, f64::NAN, f64::INFINITY] {
            series.observe(value);
        }
        let expected = Reading::Histogram(vec![(0.5, 2), (1.0, 3)], 4, 10.5);
        assert_eq!(series.read(), expected);
    }

    #[test]
    fn nothing_is_lost_among_threads() {
        let series = histogram();
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| (0..1000).for_each(|_| series.observe(1.0)));
            }
        });
        let expected = Reading::Histogram(vec![(0.5, 0), (1.0, 4000)], 4000, 4000.0);
        assert_eq!(series.read(), expected);
    }
}
