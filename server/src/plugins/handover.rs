//! Owns one hand-over of state: which slice is next, and how large it may be so that the loop never
//! stands still for long.
use std::time::{Duration, Instant};

use hotframe_plugin_api::abi::hf_token;

use super::created::InstanceId;
use super::defect::{Defect, Fault};
use super::host::Host;
use super::state::{Claims, Keeper};

/// How long saving and loading one slice should take.
const SLICE: Duration = Duration::from_micros(1000);
/// What the first slice may have, in bytes; the others follow from how long it took.
pub(super) const FIRST: u64 = 64 << 10;
/// The bounds of a slice.
const LEAST: u64 = 4 << 10;
const MOST: u64 = 16 << 20;
/// After this time the rest goes over at once: the old generation changes more than goes over.
const PATIENCE: Duration = Duration::from_secs(10);

/// State on its way from one live instance to another.
#[derive(Debug)]
pub(super) struct Handover {
    from: InstanceId,
    to: InstanceId,
    version: u32,
    budget: u64,
    /// Bytes that may still go over.
    room: u64,
    began: Instant,
    /// Tokens that the new instance has claimed, if it may.
    claims: Option<Vec<hf_token>>,
    slices: u32,
    bytes: u64,
}

/// What a hand-over took.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Toll {
    /// Slices that went over.
    pub slices: u32,
    /// Bytes of state.
    pub bytes: u64,
    /// From the first slice to the last.
    pub took: Duration,
}

impl Handover {
    /// State goes over as of `version`, at most `room` bytes; with `adopts`, tokens with it.
    pub fn new(
        (from, to): (InstanceId, InstanceId),
        version: u32,
        room: u64,
        adopts: bool,
    ) -> Self {
        let (claims, began) = (adopts.then(Vec::new), Instant::now());
        Self { from, to, version, budget: FIRST, room, began, claims, slices: 0, bytes: 0 }
    }

    /// The tokens that were claimed.
    pub fn claimed(&self) -> &[hf_token] {
        self.claims.as_deref().unwrap_or_default()
    }

    /// What it took so far.
    pub fn toll(&self) -> Toll {
        Toll { slices: self.slices, bytes: self.bytes, took: self.began.elapsed() }
    }

    /// Lets the next slice go over; true if that was the last.
    ///
    /// # Errors
    /// Either side failed. The one that saves can serve on.
    pub fn step(&mut self, host: &Host) -> Result<bool, Fault> {
        let (from, to) = self.keepers(host)?;
        let begun = Instant::now();
        let budget = if self.began.elapsed() < PATIENCE { self.budget } else { u64::MAX };
        let saved = from.save(self.version, budget, self.room)?;
        let (inbox, of) = (host.inbox(), self.from.generation());
        let mut claims = self.claims.as_mut().map(|tokens| Claims { inbox, of, tokens });
        to.load(self.version, &saved.bytes, claims.as_mut())?;
        let bytes = u64::try_from(saved.bytes.len()).unwrap_or(u64::MAX);
        self.room = self.room.saturating_sub(bytes);
        self.bytes = self.bytes.saturating_add(bytes);
        self.slices += 1;
        self.budget = next_budget(self.budget, bytes, begun.elapsed());
        Ok(saved.is_all)
    }

    /// It is given up: the one that saves forgets what it has kept in mind.
    pub fn abort(&self, host: &Host) {
        if let Some(from) = host.instance(self.from).and_then(|from| from.keeper()) {
            from.abort();
        }
    }

    fn keepers(&self, host: &Host) -> Result<(Keeper, Keeper), Fault> {
        let keeper = |id| host.instance(id).and_then(|instance| instance.keeper());
        match (keeper(self.from), keeper(self.to)) {
            (Some(from), Some(to)) => Ok((from, to)),
            _ => Err(Defect::SaveFailed.because("the generation that served is gone")),
        }
    }
}

/// What the next slice may have, after one of `bytes` that took so long: at most twice as much as
/// before, and less as soon as one takes too long.
pub(super) fn next_budget(budget: u64, bytes: u64, took: Duration) -> u64 {
    let (took, wanted) = (took.as_nanos().max(1), SLICE.as_nanos());
    let fitting = u128::from(bytes.max(LEAST)) * wanted / took;
    u64::try_from(fitting).unwrap_or(u64::MAX).min(budget.saturating_mul(2)).clamp(LEAST, MOST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slices_grow_while_they_are_quick_and_shrink_when_they_are_not() {
        let quick = Duration::from_micros(10);
        assert_eq!(next_budget(FIRST, FIRST, quick), 2 * FIRST);
        assert_eq!(next_budget(FIRST, FIRST, SLICE * 4), FIRST / 4);
        assert_eq!(next_budget(LEAST, 100, Duration::from_secs(1)), LEAST);
        assert_eq!(next_budget(MOST, MOST, quick), MOST);
        assert_eq!(next_budget(FIRST, 0, Duration::ZERO), 2 * FIRST);
    }
}
