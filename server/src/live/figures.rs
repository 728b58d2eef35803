//! What the HTTP thread is told: owns how the loop's facts become one snapshot.

use std::time::Instant;

use hotframe_core::{ConnectionId, ConnectionView};

use super::Live;
use super::answers::{connection_row, route_row, state_of};
use crate::control::answers::{ConnectionRow, ConnectionState};
use crate::http::{MAX_CONNECTIONS, MAX_ROUTES, Phase, Snapshot, Traffic};
use crate::plugins;
use crate::shell::loop_core::LoopCore;

impl Live {
    /// How everything is. Looks at every connection once and tells of the busiest only, so that
    /// its cost stays small however many there are.
    pub(super) fn snapshot(&self, core: &mut LoopCore) -> Snapshot {
        let began = Instant::now();
        let (traffic, busiest) = traffic(core);
        let listed: Vec<_> = core.engine.routes().take(MAX_ROUTES).map(|r| route_row(&r)).collect();
        let more_routes = core.engine.routes().skip(MAX_ROUTES);
        let snapshot = Snapshot {
            at: self.start.elapsed(),
            phase: match (core.is_stopping(), self.open) {
                (true, _) => Phase::Draining,
                (false, true) => Phase::Running,
                (false, false) => Phase::Opening,
            },
            status: self.status(core),
            plugins: self.roster.rows_in_full(&core.engine),
            routes: listed,
            more_routes: more_routes.fold(None, |sum, route| {
                let (calls, errors) = sum.unwrap_or((0, 0));
                Some((calls + route.calls, errors + route.errors))
            }),
            connections: rows(core, &busiest),
            traffic,
            counters: core.engine.counters().clone(),
            refused_by_source: core.sources.refused(),
            is_overloaded: core.engine.shedding().is_some(),
            turns: core.lag.turns(),
            requests: self.witness.took(),
            config_reads: self.config_reads,
            handlers: core.engine.handlers().figures(),
            plugin_metrics: core.engine.handlers().metrics(),
            plugin_refusals: self.plugin_refusals,
            switched_back: self.roster.switched_back(),
            reload_pauses: self.roster.pauses(),
            reload_phases: plugins::phases(),
            log_lines_dropped: self.logging.dropped(),
            ..Snapshot::default()
        };
        Snapshot { cost: began.elapsed(), ..snapshot }
    }
}

/// What all connections are and owe, and which of them have the most frames.
fn traffic(core: &LoopCore) -> (Traffic, Vec<ConnectionId>) {
    let states = ConnectionState::ALL.iter().map(|state| (*state, 0)).collect();
    let (buffered_bytes, is_tight) = (super::bytes(core.engine.buffered()), core.engine.is_tight());
    let mut traffic = Traffic { states, buffered_bytes, is_tight, ..Traffic::default() };
    let mut busy: Vec<(u64, ConnectionId)> = Vec::new();
    for view in core.engine.connections() {
        let state = state_of(view.state);
        traffic.states.iter_mut().filter(|(known, _)| *known == state).for_each(|s| s.1 += 1);
        traffic.in_flight += u64::from(view.in_flight);
        traffic.outbound_bytes += view.outbound_bytes as u64;
        busy.push((view.frames_in, view.id));
    }
    if busy.len() > MAX_CONNECTIONS {
        busy.select_nth_unstable_by(MAX_CONNECTIONS, |one, other| other.0.cmp(&one.0));
        busy.truncate(MAX_CONNECTIONS);
    }
    let mut busiest: Vec<_> = busy.into_iter().map(|(_, id)| id).collect();
    busiest.sort_unstable();
    (traffic, busiest)
}

fn rows(core: &mut LoopCore, listed: &[ConnectionId]) -> Vec<ConnectionRow> {
    let listeners: Vec<String> = core.listeners.endpoints().map(ToString::to_string).collect();
    let (engine, sockets, now) = (&core.engine, &mut core.sockets, core.now);
    let views = engine.connections().filter(|view| listed.binary_search(&view.id).is_ok());
    let row = |view: ConnectionView| {
        let client = view.session.and_then(|id| Some(engine.session(id)?.client));
        Some(connection_row(&view, client, sockets.find(view.id)?, &listeners, now))
    };
    views.filter_map(row).collect()
}
