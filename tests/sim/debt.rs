//! The shadow of a rate: what was let through is a debt that time pays off.

use std::time::Duration;

use hotframe_core::{Moment, Rate};

/// The rates that there are: so many per so many milliseconds.
pub const RATES: [(u64, u64); 4] = [(1, 1_000), (3, 50), (20, 1_000), (700, 60_000)];

/// The rate as the engine takes it.
pub fn rate((count, per): (u64, u64)) -> Rate {
    Rate::new(count, Duration::from_millis(per))
}

/// What is owed, in nanoseconds, and since when that is so.
#[derive(Clone, Copy, Default)]
pub struct Debt {
    owed: u64,
    at: Moment,
}

impl Debt {
    /// Whether one more passes at `now`.
    pub fn passes(&mut self, limit: Option<Rate>, now: Moment) -> bool {
        let Some(limit) = limit else {
            return true;
        };
        let known = RATES.into_iter().find(|&known| rate(known) == limit);
        let (count, per) = known.expect("the rate is one of ours");
        let cost = (per * 1_000_000).div_ceil(count);
        let paid = u64::try_from(now.since(self.at).as_nanos()).unwrap();
        self.owed = self.owed.saturating_sub(paid);
        self.at = now;
        let passes = self.owed <= cost * (count - 1);
        // A debt from a slower rate is forgiven as far as it is above the most of this one.
        self.owed = if passes { self.owed + cost } else { self.owed.min(cost * count) };
        passes
    }
}
