//! The metrics: owns their names, what they mean, and the bound on how many series there are.

use hotframe_core::CloseReason;

use super::exposition::Exposition;
use super::{Phase, Snapshot, handler_metrics, plugin_families, plugin_metrics};
use crate::control::answers::RouteState;

/// All metrics as text.
pub(super) fn render(snapshot: &Snapshot) -> String {
    let mut out = Exposition::default();
    server(&mut out, snapshot);
    frames(&mut out, snapshot);
    errors(&mut out, snapshot);
    connections(&mut out, snapshot);
    deferred(&mut out, snapshot);
    pushes(&mut out, snapshot);
    shed(&mut out, snapshot);
    requests(&mut out, snapshot);
    event_loop(&mut out, snapshot);
    config(&mut out, snapshot);
    plugin_families::render(&mut out, snapshot);
    routes(&mut out, snapshot);
    handler_metrics::render(&mut out, &snapshot.handlers);
    plugin_metrics::render(&mut out, &snapshot.plugin_metrics);
    out.finish()
}

fn server(out: &mut Exposition, snapshot: &Snapshot) {
    let version = snapshot.status.version.as_str();
    out.gauge("hotframe_build_info", "The running version, as a label; always 1.")
        .add(&[("version", version)], 1);
    out.gauge("hotframe_uptime_seconds", "Time since the server's start.")
        .is(snapshot.at.as_secs_f64());
    let mut state = out.gauge("hotframe_state", "1 for the state that the server is in.");
    for phase in [Phase::Opening, Phase::Running, Phase::Draining] {
        state.add(&[("state", phase.name())], u8::from(phase == snapshot.phase));
    }
    out.counter("hotframe_log_lines_dropped_total", "Log lines lost because nobody read them.")
        .is(snapshot.log_lines_dropped);
}

fn frames(out: &mut Exposition, snapshot: &Snapshot) {
    let counters = &snapshot.counters;
    let mut count = |name, help, value: u64| out.counter(name, help).is(value);
    count("hotframe_frames_received_total", "Good frames taken.", counters.frames_in);
    count("hotframe_frames_sent_total", "Replies and errors made.", counters.frames_out);
    count("hotframe_received_bytes_total", "Bytes received.", counters.bytes_in);
    count("hotframe_sent_bytes_total", "Bytes sent.", counters.bytes_out);
    count("hotframe_events_received_total", "Events among the frames taken.", counters.events_in);
    count("hotframe_events_unrouted_total", "Events no handler took.", counters.events_unrouted);
    count(
        "hotframe_frames_ignored_total",
        "Reply and error frames taken that answer nothing, or too late.",
        counters.replies_dropped,
    );
    count(
        "hotframe_errors_unsent_total",
        "Errors in the raw dialect that were not sent, for want of an error_command.",
        counters.errors_kept,
    );
    count("hotframe_lost_sync_total", "Times that bytes stopped being frames.", counters.lost_sync);
    count("hotframe_skipped_bytes_total", "Bytes of no frame.", counters.skipped_bytes);
}

fn errors(out: &mut Exposition, snapshot: &Snapshot) {
    let mut errors = out.counter("hotframe_errors_total", "Error replies made, by code.");
    for kind in snapshot.counters.errors() {
        let code = kind.status.map(|status| status.code().to_string());
        let code = code.as_deref().unwrap_or(kind.range);
        errors.add(&[("code", code), ("status", kind.name)], kind.count);
    }
}

fn connections(out: &mut Exposition, snapshot: &Snapshot) {
    let (counters, traffic) = (&snapshot.counters, &snapshot.traffic);
    let mut open = out.gauge("hotframe_connections", "Open connections, by state.");
    for (state, count) in &traffic.states {
        open.add(&[("state", state.name())], count);
    }
    out.gauge("hotframe_sessions", "Open sessions.").is(snapshot.status.sessions);
    out.counter("hotframe_credentials_checked_total", "Credentials that clients have shown.")
        .is(counters.claims);
    out.counter("hotframe_credentials_refused_total", "Those that were refused.")
        .is(counters.claims_refused);
    out.counter("hotframe_credentials_unjudged_total", "Those that nobody could judge.")
        .is(counters.claims_unjudged);
    let help = "Requests and events of clients that had shown no credential.";
    out.counter("hotframe_unauthenticated_total", help).is(counters.barred);
    out.counter("hotframe_connections_accepted_total", "Connections let in.").is(counters.accepted);
    let mut refused =
        out.counter("hotframe_connections_refused_total", "Connections not let in, by reason.");
    refused.add(&[("reason", "max_connections")], counters.refused);
    refused.add(&[("reason", "max_per_source")], snapshot.refused_by_source);
    let mut closed =
        out.counter("hotframe_connections_closed_total", "Connections ended, by reason.");
    for reason in CloseReason::ALL {
        closed.add(&[("reason", reason.name())], counters.closed(*reason));
    }
    out.gauge("hotframe_outbound_bytes", "Bytes that wait for peers to read.")
        .is(traffic.outbound_bytes);
    out.gauge("hotframe_buffered_bytes", "Bytes that peers keep.").is(traffic.buffered_bytes);
    out.gauge("hotframe_buffers_tight", "1 while they are many.").is(u64::from(traffic.is_tight));
}

fn deferred(out: &mut Exposition, snapshot: &Snapshot) {
    let counters = &snapshot.counters;
    out.gauge("hotframe_requests_in_flight", "Requests whose answer a handler owes.")
        .is(snapshot.traffic.in_flight);
    out.counter("hotframe_deferred_total", "Requests that a handler put off.")
        .is(counters.deferred);
    let mut ended = out.counter("hotframe_deferred_ended_total", "What became of them.");
    ended.add(&[("how", "completed")], counters.completed);
    ended.add(&[("how", "timed_out")], counters.timed_out);
    ended.add(&[("how", "abandoned")], counters.abandoned);
    ended.add(&[("how", "forsaken")], counters.forsaken);
    out.counter("hotframe_retries_total", "Failed requests that were tried again.")
        .is(counters.retried);
    let mut ended = out.counter("hotframe_retried_requests_total", "What came of them in the end.");
    ended.add(&[("result", "replied")], counters.retried_well);
    ended.add(&[("result", "failed")], counters.retried_in_vain);
    out.counter("hotframe_stale_completions_total", "Answers that nobody waited for any more.")
        .is(counters.stale_completions);
}

fn pushes(out: &mut Exposition, snapshot: &Snapshot) {
    let counters = &snapshot.counters;
    out.counter("hotframe_pushed_total", "Frames that plugins pushed to connections.")
        .is(counters.pushed);
    out.counter("hotframe_pushes_refused_total", "Frames that could not be pushed.")
        .is(counters.pushes_refused);
    out.counter("hotframe_questions_total", "Pushed requests, which a peer is to answer.")
        .is(counters.asked);
    let mut ended = out.counter("hotframe_questions_ended_total", "What became of them.");
    ended.add(&[("how", "answered")], counters.answers_in);
    ended.add(&[("how", "timed_out")], counters.questions_timed_out);
    ended.add(&[("how", "gone")], counters.questions_gone);
}

fn shed(out: &mut Exposition, snapshot: &Snapshot) {
    out.gauge("hotframe_overloaded", "1 while load is shed.").is(u8::from(snapshot.is_overloaded));
    let mut shed = out.counter("hotframe_shed_total", "Requests and events refused, by reason.");
    shed.add(&[("reason", "rate")], snapshot.counters.over_rate);
    shed.add(&[("reason", "overload")], snapshot.counters.shed);
}

fn requests(out: &mut Exposition, snapshot: &Snapshot) {
    let help = "How long sampled requests took until their answer was ready.";
    out.histogram("hotframe_request_duration_seconds", help, &snapshot.requests);
    let help = "Sampled requests without a line or figure, because too many came at once.";
    out.counter("hotframe_sightings_dropped_total", help).is(snapshot.counters.sightings_dropped);
}

fn event_loop(out: &mut Exposition, snapshot: &Snapshot) {
    let help = "How long turns of the loop took; what happens meanwhile waits that long.";
    out.histogram("hotframe_loop_turn_seconds", help, &snapshot.turns);
    let help = "Turns of the last 10 to 20 seconds.";
    let mut lag = out.gauge("hotframe_loop_lag_seconds", help);
    let recent = &snapshot.status.loop_lag_us;
    for (stat, us) in [("p50", recent.p50), ("p99", recent.p99), ("max", recent.max)] {
        lag.add(&[("stat", stat)], std::time::Duration::from_micros(us).as_secs_f64());
    }
    out.gauge("hotframe_loop_answer_seconds", "How long the loop let these figures wait.")
        .is(snapshot.answered_in.as_secs_f64());
    out.gauge("hotframe_snapshot_seconds", "What the loop spent on these figures.")
        .is(snapshot.cost.as_secs_f64());
}

fn config(out: &mut Exposition, snapshot: &Snapshot) {
    let status = &snapshot.status;
    out.gauge("hotframe_config_generation", "Number of the configuration that serves.")
        .is(status.generation);
    out.gauge("hotframe_config_ok", "1 when the files on disk are the ones that serve.")
        .is(u8::from(status.config.ok));
    out.gauge("hotframe_config_errors", "Errors in the files on disk.")
        .is(status.config.errors.len());
    let reads = &snapshot.config_reads;
    let mut family = out.counter("hotframe_config_reads_total", "Files read again, by outcome.");
    family.add(&[("result", "taken")], reads.taken);
    family.add(&[("result", "unchanged")], reads.unchanged);
    family.add(&[("result", "refused")], reads.refused);
}

fn routes(out: &mut Exposition, snapshot: &Snapshot) {
    let rows = &snapshot.routes;
    let mut calls = out.counter("hotframe_route_calls_total", "Calls by this route.");
    for row in rows {
        calls.add(&[("command", &row.command)], row.calls);
    }
    if let Some((more, _)) = snapshot.more_routes {
        calls.add(&[("command", "more")], more);
    }
    let help = "Requests of this route that were answered with an error.";
    let mut errors = out.counter("hotframe_route_errors_total", help);
    for row in rows {
        errors.add(&[("command", &row.command)], row.errors);
    }
    if let Some((_, more)) = snapshot.more_routes {
        errors.add(&[("command", "more")], more);
    }
    let help = "1 when the route's handler is there.";
    let mut good = out.gauge("hotframe_route_ok", help);
    for row in rows {
        let labels = [("command", row.command.as_str()), ("handler", row.handler.as_str())];
        good.add(&labels, u8::from(row.state == RouteState::Ok));
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::plugin_families::MAX_PLUGINS;
    use super::*;
    use crate::control::answers::{PluginRow, RouteRow};

    fn series(text: &str) -> Vec<&str> {
        let samples = text.lines().filter(|line| !line.starts_with('#'));
        samples.map(|line| line.rsplit_once(' ').unwrap().0).collect()
    }

    #[test]
    fn no_series_is_there_twice_whatever_files_call_themselves() {
        let names = ["echo", "echo", "a\"} 1\nhotframe_uptime_seconds", "\\", ""];
        let plugins = names.map(|name| PluginRow { name: name.into(), ..PluginRow::default() });
        let mut snapshot = Snapshot { plugins: plugins.to_vec(), ..Snapshot::default() };
        snapshot.more_routes = Some((3, 4));
        snapshot.routes = vec![RouteRow { command: "0x0100".into(), ..RouteRow::default() }];
        let text = render(&snapshot);
        let all = series(&text);
        assert_eq!(all.len(), all.iter().collect::<BTreeSet<_>>().len());
        assert_eq!(all.iter().filter(|one| **one == "hotframe_uptime_seconds").count(), 1);
        assert!(text.contains("hotframe_plugin_calls_total{plugin=\"a\\\"} 1\\nhotframe"));
        assert!(text.contains("\nhotframe_route_errors_total{command=\"more\"} 4\n"));
    }

    #[test]
    fn the_number_of_series_has_a_bound() {
        let rows = (0..10_000).map(|n| PluginRow { name: n.to_string(), ..PluginRow::default() });
        let snapshot = Snapshot { plugins: rows.collect(), ..Snapshot::default() };
        let bound = series(&render(&Snapshot::default())).len() + MAX_PLUGINS * 11;
        assert!(series(&render(&snapshot)).len() <= bound);
    }
}
