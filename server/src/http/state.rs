//! `/api/state`: owns the JSON that the page polls.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{Snapshot, tables};

/// The snapshot as JSON: the keys `status`, `plugins`, `routes` and `connections` are those of
/// `hotframe ctl … --json`; `html` is the page's own tables, as it was delivered with them.
pub(super) fn json(snapshot: &Snapshot) -> Value {
    let counters = &snapshot.counters;
    let states = snapshot.traffic.states.iter();
    let states: serde_json::Map<String, Value> =
        states.map(|(state, count)| (state.name().to_owned(), json!(count))).collect();
    let kinds = counters.errors().filter(|kind| kind.count > 0);
    let errors: serde_json::Map<String, Value> =
        kinds.map(|kind| (kind.name.to_owned(), json!(kind.count))).collect();
    json!({
        "at_ms": u64::try_from(snapshot.at.as_millis()).unwrap_or(u64::MAX),
        "answered_in_us": u64::try_from(snapshot.answered_in.as_micros()).unwrap_or(u64::MAX),
        "phase": snapshot.phase,
        "status": snapshot.status,
        "plugins": snapshot.plugins,
        "routes": snapshot.routes,
        "more_routes": snapshot.more_routes.is_some(),
        "connections": snapshot.connections,
        "totals": {
            "connections": states,
            "in_flight": snapshot.traffic.in_flight,
            "outbound_bytes": snapshot.traffic.outbound_bytes,
            "bytes_in": counters.bytes_in,
            "bytes_out": counters.bytes_out,
            "errors": errors,
            "config_reads": snapshot.config_reads,
            "plugin_refusals": snapshot.plugin_refusals,
        },
        "turns": {
            "below_ns": snapshot.turns.below,
            "count": snapshot.turns.count,
            "sum_ns": snapshot.turns.sum_ns,
        },
        "html": tables::all(snapshot).into_iter().collect::<BTreeMap<_, _>>(),
    })
}
