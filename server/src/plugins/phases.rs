//! Owns how long the steps from a file to a running generation and back take, summed up since the
//! process has started. Any thread adds, any thread reads.
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// A step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    /// A file is opened, hashed and looked into; only of those that are tried out.
    Check,
    /// The private copy is made, and the file read once more.
    Copy,
    /// It is tried out in a process of its own.
    Trial,
    /// It is mapped and shows its table.
    Load,
    /// Its instance is made, on the loop.
    Create,
    /// State goes over, from the first slice to the last.
    State,
    /// Requests are its own from now on.
    Switch,
    /// What was replaced gives the answers that it owes.
    Drain,
    /// A library is closed and seen to be unmapped.
    Unload,
}

/// How long one step has taken.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PhaseReading {
    /// The step's name.
    pub name: &'static str,
    /// How often it was taken, in vain or not.
    pub count: u64,
    /// How long that took in all.
    pub total: Duration,
    /// How long the newest one took.
    pub newest: Duration,
}

struct Sum {
    count: AtomicU64,
    total_ns: AtomicU64,
    newest_ns: AtomicU64,
}

const PHASES: [(Phase, &str); 9] = [
    (Phase::Check, "check"),
    (Phase::Copy, "copy"),
    (Phase::Trial, "trial"),
    (Phase::Load, "load"),
    (Phase::Create, "create"),
    (Phase::State, "state"),
    (Phase::Switch, "switch"),
    (Phase::Drain, "drain"),
    (Phase::Unload, "unload"),
];

static SUMS: [Sum; PHASES.len()] = [const {
    Sum { count: AtomicU64::new(0), total_ns: AtomicU64::new(0), newest_ns: AtomicU64::new(0) }
}; PHASES.len()];

impl Phase {
    /// It was taken, and has begun then.
    pub fn record(self, begun: Instant) {
        let ns = u64::try_from(begun.elapsed().as_nanos()).unwrap_or(u64::MAX);
        let sum = &SUMS[self as usize];
        sum.count.fetch_add(1, Ordering::Relaxed);
        sum.total_ns.fetch_add(ns, Ordering::Relaxed);
        sum.newest_ns.store(ns, Ordering::Relaxed);
    }

    /// Takes it.
    pub fn during<R>(self, work: impl FnOnce() -> R) -> R {
        let begun = Instant::now();
        let returned = work();
        self.record(begun);
        returned
    }
}

/// All steps, in their order.
#[must_use]
pub fn phases() -> Vec<PhaseReading> {
    let read = |sum: &AtomicU64| sum.load(Ordering::Relaxed);
    let readings = PHASES.iter().map(|(phase, name)| {
        let sum = &SUMS[*phase as usize];
        PhaseReading {
            name,
            count: read(&sum.count),
            total: Duration::from_nanos(read(&sum.total_ns)),
            newest: Duration::from_nanos(read(&sum.newest_ns)),
        }
    });
    readings.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_taken_is_counted_under_its_name() {
        let count = |name| phases().iter().find(|it| it.name == name).unwrap().count;
        assert!(PHASES.iter().enumerate().all(|(place, (phase, _))| *phase as usize == place));
        let before = count("unload");
        assert_eq!(Phase::Unload.during(|| 7), 7);
        assert!(count("unload") > before);
        let reading = phases().into_iter().find(|it| it.name == "unload").unwrap();
        assert!(reading.newest <= reading.total);
    }
}
