//! `/api/state`: owns the JSON that the page polls, and the overview in it.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Serialize;

use super::{Snapshot, tables};
use crate::control::answers::{Overview, PhaseTimes, Totals, TurnTimes};
use crate::plugins::PhaseReading;
use crate::shell::histogram::Distribution;

/// What the page polls: the overview, and the page's own tables as it was delivered with them.
#[derive(Serialize)]
struct State {
    #[serde(flatten)]
    overview: Overview,
    html: BTreeMap<&'static str, String>,
}

/// The snapshot as JSON; the keys `status`, `plugins`, `routes` and `connections` are those of
/// `hotframe ctl … --json`.
pub(super) fn json(snapshot: &Snapshot) -> String {
    let html = tables::all(snapshot).into_iter().collect();
    let state = State { overview: Overview::from(snapshot.clone()), html };
    serde_json::to_string(&state).expect("all keys are texts")
}

impl From<Snapshot> for Overview {
    fn from(snapshot: Snapshot) -> Self {
        let counters = &snapshot.counters;
        let states = snapshot.traffic.states.iter();
        let kinds = counters.errors().filter(|kind| kind.count > 0);
        Self {
            at_ms: u64::try_from(snapshot.at.as_millis()).unwrap_or(u64::MAX),
            answered_in_us: u64::try_from(snapshot.answered_in.as_micros()).unwrap_or(u64::MAX),
            phase: snapshot.phase.name().to_owned(),
            totals: Totals {
                connections: states.map(|(state, n)| (state.name().to_owned(), *n)).collect(),
                in_flight: snapshot.traffic.in_flight,
                outbound_bytes: snapshot.traffic.outbound_bytes,
                bytes_in: counters.bytes_in,
                bytes_out: counters.bytes_out,
                errors: kinds.map(|kind| (kind.name.to_owned(), kind.count)).collect(),
                config_reads: snapshot.config_reads,
                plugin_refusals: snapshot.plugin_refusals,
                reload_phases: snapshot.reload_phases.iter().map(phase).collect(),
            },
            turns: times(snapshot.turns),
            requests: times(snapshot.requests),
            status: snapshot.status,
            plugins: snapshot.plugins,
            routes: snapshot.routes,
            more_routes: snapshot.more_routes.is_some(),
            connections: snapshot.connections,
        }
    }
}

fn phase(reading: &PhaseReading) -> (String, PhaseTimes) {
    let us = |time: Duration| u64::try_from(time.as_micros()).unwrap_or(u64::MAX);
    let PhaseReading { name, count, total, newest } = *reading;
    (name.to_owned(), PhaseTimes { count, total_us: us(total), newest_us: us(newest) })
}

fn times(all: Distribution) -> TurnTimes {
    TurnTimes { below_ns: all.below, count: all.count, sum_ns: all.sum_ns }
}
