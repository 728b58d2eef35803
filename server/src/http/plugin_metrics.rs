//! The figures that plugins define: owns what they are called, and the bound on their number.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::exposition::Exposition;
use crate::plugins::{Kind, Reading, Series};

/// At most so many series of plugins are shown.
const MOST: usize = 5_000;
/// What stands in front of the names of plugins' figures.
const PREFIX: &str = "hotframe_plugin_";

/// Adds what plugins have defined. A name that another metric has already is passed over.
pub(super) fn render(out: &mut Exposition, all: &[(String, Arc<Series>)]) {
    let taken: BTreeSet<String> = out.names().filter(|name| name.starts_with(PREFIX)).collect();
    let mut families: BTreeMap<String, (&str, Vec<&Series>)> = BTreeMap::new();
    for (plugin, series) in all.iter().take(MOST) {
        let name = full_name(plugin, &series.definition().name);
        let family = families.entry(name).or_insert_with(|| (plugin, Vec::new()));
        // `a-b` and `a_b` are called alike.
        if family.0 == plugin {
            family.1.push(series);
        }
    }
    for (name, (_, family)) in families.iter().filter(|(name, _)| !taken.contains(*name)) {
        add_family(out, name, family);
    }
}

fn full_name(plugin: &str, name: &str) -> String {
    format!("{PREFIX}{}_{name}", plugin.replace('-', "_"))
}

fn add_family(out: &mut Exposition, name: &str, family: &[&Series]) {
    let Some(first) = family.first().map(|series| series.definition()) else {
        return;
    };
    let kind = match first.kind {
        Kind::Counter => "counter",
        Kind::Gauge => "gauge",
        Kind::Histogram => "histogram",
    };
    out.open(name, &first.help, kind);
    for series in family {
        let labels = &series.definition().labels;
        let labels: Vec<_> = labels.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        match series.read() {
            Reading::Counter(value) => out.sample(name, &labels, value),
            Reading::Gauge(value) => out.sample(name, &labels, value),
            Reading::Histogram(below, count, sum) => {
                let bucket = format!("{name}_bucket");
                let ends = below.into_iter().map(|(bound, count)| (bound.to_string(), count));
                for (end, count) in ends.chain([("+Inf".to_owned(), count)]) {
                    let end = [("le", end.as_str())];
                    out.sample(&bucket, &[&labels[..], &end].concat(), count);
                }
                out.sample(&format!("{name}_sum"), &labels, sum);
                out.sample(&format!("{name}_count"), &labels, count);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plugins::Definition;

    fn series(kind: Kind, name: &str, labels: &[(&str, &str)], bounds: &[f64]) -> Arc<Series> {
        let labels = labels.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
        let (name, help, bounds) = (name.to_owned(), "What\n\\ it is.".to_owned(), bounds.into());
        Arc::new(Series::new(Definition { kind, name, help, labels, bounds }))
    }

    #[test]
    fn they_read_as_the_format_says() {
        let good = series(Kind::Counter, "frames_total", &[("kind", "good")], &[]);
        let bad = series(Kind::Counter, "frames_total", &[("kind", "a \"bad\" one")], &[]);
        let wait = series(Kind::Histogram, "wait_seconds", &[], &[0.5]);
        good.add(7);
        wait.observe(0.25);
        wait.observe(2.0);
        let other = series(Kind::Counter, "frames_total", &[], &[]);
        let taken = series(Kind::Counter, "calls_total", &[], &[]);
        let all = [("a-b", good), ("a-b", bad), ("a-b", wait), ("a_b", other), ("x", taken)];
        let all = all.map(|(plugin, series)| (plugin.to_owned(), series));
        let mut out = Exposition::default();
        out.counter("hotframe_plugin_x_calls_total", "The server's own.").is(1);
        render(&mut out, &all);
        let expected = r#"# HELP hotframe_plugin_x_calls_total The server's own.
# TYPE hotframe_plugin_x_calls_total counter
hotframe_plugin_x_calls_total 1
# HELP hotframe_plugin_a_b_frames_total What\n\\ it is.
# TYPE hotframe_plugin_a_b_frames_total counter
hotframe_plugin_a_b_frames_total{kind="good"} 7
hotframe_plugin_a_b_frames_total{kind="a \"bad\" one"} 0
# HELP hotframe_plugin_a_b_wait_seconds What\n\\ it is.
# TYPE hotframe_plugin_a_b_wait_seconds histogram
hotframe_plugin_a_b_wait_seconds_bucket{le="0.5"} 1
hotframe_plugin_a_b_wait_seconds_bucket{le="+Inf"} 2
hotframe_plugin_a_b_wait_seconds_sum 2.25
hotframe_plugin_a_b_wait_seconds_count 2
"#;
        assert_eq!(out.finish(), expected);
    }
}
