//! The metrics of plugins that the server keeps itself: owns how many series there are, and what
//! loading and replacing costs.

use std::collections::BTreeMap;
use std::time::Duration;

use super::Snapshot;
use super::exposition::Exposition;
use crate::control::answers::PluginRow;
use crate::plugins::PhaseReading;

/// At most so many plugins have series of their own.
pub(super) const MAX_PLUGINS: usize = 500;

/// Adds one sample a plugin.
fn each<'a>(
    out: &mut Exposition,
    rows: &BTreeMap<&'a str, &'a PluginRow>,
    is_counter: bool,
    (name, help): (&'static str, &str),
    value: impl Fn(&PluginRow) -> u64,
) {
    let mut family = if is_counter { out.counter(name, help) } else { out.gauge(name, help) };
    for (plugin, row) in rows {
        family.add(&[("plugin", plugin)], value(row));
    }
}

/// Adds them.
pub(super) fn render(out: &mut Exposition, snapshot: &Snapshot) {
    // A refused file may bear the name of a plugin that serves; the one that serves is listed.
    let mut rows = BTreeMap::new();
    for row in snapshot.plugins.iter().take(MAX_PLUGINS) {
        rows.entry(row.name.as_str()).or_insert(row);
    }
    let mut info = out.gauge("hotframe_plugin_info", "What each plugin is; always 1.");
    for (name, row) in &rows {
        let (version, state) = (row.version.as_str(), row.state.name());
        info.add(&[("plugin", name), ("version", version), ("state", state)], 1);
    }
    let told = ("hotframe_plugin_generation", "Number of the generation that serves; 0: none.");
    each(out, &rows, false, told, |row| row.generation);
    let told = ("hotframe_plugin_calls_total", "Calls of the plugin's handlers.");
    each(out, &rows, true, told, |row| row.calls);
    let told = ("hotframe_plugin_errors_total", "Calls that ended in an error reply.");
    each(out, &rows, true, told, |row| row.errors);
    let told = ("hotframe_plugin_in_flight", "Requests whose answer the plugin owes.");
    each(out, &rows, false, told, |row| row.in_flight);
    let told = ("hotframe_plugin_reloads_total", "Times that it was replaced by another file.");
    each(out, &rows, true, told, |row| row.reloads);
    let told = ("hotframe_plugin_resident_generations", "Its generations still in memory.");
    each(out, &rows, false, told, |row| row.resident_generations);
    let told = ("hotframe_plugin_draining_generations", "Those of them that have work left.");
    each(out, &rows, false, told, |row| row.draining_generations);
    let told = ("hotframe_plugin_lingering_generations", "Those that could not be unloaded.");
    each(out, &rows, false, told, |row| row.lingering_generations);
    let help = "Bytes that the plugin has on the heap, of plugins that say so.";
    let mut heap = out.gauge("hotframe_plugin_heap_bytes", help);
    for (name, row) in &rows {
        if let Some(bytes) = row.heap_bytes {
            heap.add(&[("plugin", name)], bytes);
        }
    }
    out.counter("hotframe_plugin_refusals_total", "Plugin files that were refused.")
        .is(snapshot.plugin_refusals);
    let help = "Times that the server went back to a plugin's version before, by itself.";
    out.counter("hotframe_plugin_switched_back_total", help).is(snapshot.switched_back);
    let help = "Stretches of the loop that replacing a plugin took; what happens meanwhile waits.";
    out.histogram("hotframe_reload_pause_seconds", help, &snapshot.reload_pauses);
    phases(out, &snapshot.reload_phases);
    let help = "How long loading what serves took, from its file to its table.";
    let mut load = out.gauge("hotframe_plugin_load_seconds", help);
    for (name, row) in rows.iter().filter(|(_, row)| row.state.serves()) {
        load.add(&[("plugin", name)], Duration::from_micros(row.load_us).as_secs_f64());
    }
}

/// The steps of loading, replacing and unloading plugins: a summary without quantiles.
fn phases(out: &mut Exposition, phases: &[PhaseReading]) {
    let name = "hotframe_reload_phase_seconds";
    out.open(name, "How long each step of loading, replacing and unloading took.", "summary");
    for PhaseReading { name: phase, count, total, .. } in phases {
        let labels = [("phase", *phase)];
        out.sample("hotframe_reload_phase_seconds_sum", &labels, total.as_secs_f64());
        out.sample("hotframe_reload_phase_seconds_count", &labels, count);
    }
    let help = "How long the newest of each step took.";
    let mut newest = out.gauge("hotframe_reload_phase_newest_seconds", help);
    for PhaseReading { name: phase, newest: took, .. } in phases {
        newest.add(&[("phase", *phase)], took.as_secs_f64());
    }
}
