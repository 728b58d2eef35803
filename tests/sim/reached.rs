//! What the runs reached: a simulation in which something never happens proves nothing of it.

use hotframe_core::CloseReason;

use crate::run::Tale;

/// Counters of all runs together.
#[derive(Default, Debug)]
pub struct Reached {
    frames: u64,
    errors: u64,
    errors_kept: u64,
    events: u64,
    lost_sync: u64,
    refused: u64,
    turned_away: u64,
    passed_on: u64,
    deferred: u64,
    completed: u64,
    barred: u64,
    claims: u64,
    claims_failed: u64,
    retried_well: u64,
    retried_in_vain: u64,
    timed_out: u64,
    abandoned: u64,
    stale: u64,
    retired: u64,
    bequeathed: u64,
    forsaken: u64,
    reinstated: u64,
    over_rate: u64,
    shed: u64,
    probes: u64,
    probes_answered: u64,
    pushed: u64,
    pushes_refused: u64,
    answers_in: u64,
    questions_timed_out: u64,
    questions_gone: u64,
    opened: u64,
    resumed: u64,
    expired: u64,
    closed: [u64; CloseReason::ALL.len()],
}

impl Reached {
    pub fn add(&mut self, tale: &Tale) {
        let run = &tale.counters;
        self.turned_away += tale.turned_away;
        self.passed_on += tale.passed_on;
        self.frames += run.frames_in;
        self.errors += run.errors_out;
        self.errors_kept += run.errors_kept;
        self.events += run.events_in;
        self.lost_sync += run.lost_sync;
        self.refused += run.refused;
        self.deferred += run.deferred;
        self.completed += run.completed;
        self.barred += run.barred;
        self.claims += run.claims;
        self.claims_failed += run.claims_refused + run.claims_unjudged;
        self.retried_well += run.retried_well;
        self.retried_in_vain += run.retried_in_vain;
        self.timed_out += run.timed_out;
        self.abandoned += run.abandoned;
        self.stale += run.stale_completions;
        self.retired += run.retired;
        self.bequeathed += run.bequeathed;
        self.forsaken += run.forsaken;
        self.reinstated += run.reinstated;
        self.over_rate += run.over_rate;
        self.shed += run.shed;
        self.probes += run.probes;
        self.probes_answered += run.probes_answered;
        self.pushed += run.pushed;
        self.pushes_refused += run.pushes_refused;
        self.answers_in += run.answers_in;
        self.questions_timed_out += run.questions_timed_out;
        self.questions_gone += run.questions_gone;
        self.opened += run.sessions_opened;
        self.resumed += run.sessions_resumed;
        self.expired += run.sessions_expired;
        for (closed, reason) in self.closed.iter_mut().zip(CloseReason::ALL) {
            *closed += run.closed(*reason);
        }
    }

    /// Asserts that each of these things happened often.
    pub fn is_everything(&self) {
        let often = [
            self.frames,
            self.errors,
            self.errors_kept,
            self.events,
            self.lost_sync,
            self.refused,
            self.turned_away,
            self.passed_on,
            self.deferred,
            self.completed,
            self.barred,
            self.claims,
            self.claims_failed,
            self.retried_well,
            self.retried_in_vain,
            self.timed_out,
            self.abandoned,
            self.stale,
            self.retired,
            self.bequeathed,
            self.forsaken,
            self.reinstated,
            self.over_rate,
            self.shed,
            self.probes,
            self.probes_answered,
            self.pushed,
            self.pushes_refused,
            self.answers_in,
            self.questions_timed_out,
            self.questions_gone,
            self.opened,
            self.resumed,
            self.expired,
        ];
        assert!(often.iter().all(|&times| times > 200), "{self:?}");
        assert!(self.closed.iter().all(|&times| times > 10), "{self:?}");
    }
}
