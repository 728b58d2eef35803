//! The figures of handlers: owns their names in `/metrics`, and the bound on their number.

use super::exposition::Exposition;
use crate::plugins::HandlerReading;

/// At most so many handlers have series of their own.
pub(super) const MOST: usize = 500;

/// Adds what is counted of each handler.
pub(super) fn render(out: &mut Exposition, all: &[HandlerReading]) {
    let count = |reading: &HandlerReading| reading.calls.to_string();
    each(out, all, "calls_total", "counter", "Calls of the handler.", count);
    let help = "Calls that the handler answered with an error, at once or later.";
    each(out, all, "errors_total", "counter", help, |reading| reading.errors.to_string());
    let help = "Calls that panicked.";
    each(out, all, "panics_total", "counter", help, |reading| reading.panics.to_string());
    let help = "Deferred requests that timed out, or whose client went, before their answer.";
    each(out, all, "cancelled_total", "counter", help, |reading| reading.cancelled.to_string());
    let help = "Requests whose answer the handler owes.";
    each(out, all, "in_flight", "gauge", help, |reading| reading.in_flight.to_string());
    let help = "Calls that were timed: the first ones, then one of 1024.";
    each(out, all, "sampled_calls_total", "counter", help, |reading| reading.sampled.0.to_string());
    let help = "How long the calls that were timed took all together.";
    each(out, all, "sampled_seconds_total", "counter", help, |reading| seconds(reading.sampled.1));
}

fn each(
    out: &mut Exposition,
    all: &[HandlerReading],
    what: &str,
    kind: &str,
    help: &str,
    value: impl Fn(&HandlerReading) -> String,
) {
    let name = format!("hotframe_handler_{what}");
    out.open(&name, help, kind);
    for reading in all.iter().take(MOST) {
        let (plugin, handler) = (reading.plugin.as_str(), reading.handler.as_str());
        out.sample(&name, &[("plugin", plugin), ("handler", handler)], value(reading));
    }
}

fn seconds(ns: u64) -> String {
    std::time::Duration::from_nanos(ns).as_secs_f64().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_handler_has_its_series_and_their_number_has_a_bound() {
        let reading = |number: usize| HandlerReading {
            plugin: "p".into(),
            handler: number.to_string(),
            sampled: (2, 1_500),
            ..HandlerReading::default()
        };
        let mut out = Exposition::default();
        render(&mut out, &(0..2 * MOST).map(reading).collect::<Vec<_>>());
        let text = out.finish();
        assert_eq!(text.lines().filter(|line| !line.starts_with('#')).count(), 7 * MOST);
        let line = "hotframe_handler_sampled_seconds_total{plugin=\"p\",handler=\"0\"} 0.0000015\n";
        assert!(text.contains(line), "{text}");
    }
}
