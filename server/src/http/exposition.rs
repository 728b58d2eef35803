//! The exposition: owns the text format of Prometheus, version 0.0.4, and its escapes.

use std::fmt::{Display, Write as _};

use crate::shell::histogram::Distribution;

/// What the text is, for its `Content-Type`.
pub(super) const CONTENT_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// A text of metrics in the making.
#[derive(Debug, Default)]
pub(super) struct Exposition {
    text: String,
}

/// One metric, to which samples are added.
#[derive(Debug)]
pub(super) struct Family<'a> {
    text: &'a mut String,
    name: &'static str,
}

impl Exposition {
    /// A metric that only grows; its name ends in `_total`.
    pub(super) fn counter(&mut self, name: &'static str, help: &str) -> Family<'_> {
        debug_assert!(name.ends_with("_total"), "{name} is a counter");
        self.family(name, help, "counter")
    }

    /// A metric that goes up and down.
    pub(super) fn gauge(&mut self, name: &'static str, help: &str) -> Family<'_> {
        debug_assert!(!name.ends_with("_total"), "{name} is a gauge");
        self.family(name, help, "gauge")
    }

    /// Times as a histogram in seconds.
    pub(super) fn histogram(&mut self, name: &'static str, help: &str, times: &Distribution) {
        let family = self.family(name, help, "histogram");
        let text = family.text;
        for (end, below) in &times.below {
            put(text, format_args!("{name}_bucket{{le=\"{}\"}} {below}", seconds(*end)));
        }
        put(text, format_args!("{name}_bucket{{le=\"+Inf\"}} {}", times.count));
        put(text, format_args!("{name}_sum {}", seconds(times.sum_ns)));
        put(text, format_args!("{name}_count {}", times.count));
    }

    /// The names of the metrics so far.
    pub(super) fn names(&self) -> impl Iterator<Item = String> {
        let heads = self.text.lines().filter_map(|line| line.strip_prefix("# TYPE "));
        heads.filter_map(|head| head.split(' ').next().map(str::to_owned))
    }

    /// The head of a metric that somebody else has named; its help may be any text.
    pub(super) fn open(&mut self, name: &str, help: &str, kind: &str) {
        let help = help.replace('\\', "\\\\").replace('\n', "\\n");
        put(&mut self.text, format_args!("# HELP {name} {help}"));
        put(&mut self.text, format_args!("# TYPE {name} {kind}"));
    }

    /// One sample of such a metric.
    pub(super) fn sample(&mut self, name: &str, labels: &[(&str, &str)], value: impl Display) {
        add_sample(&mut self.text, name, labels, value);
    }

    /// The whole text.
    pub(super) fn finish(self) -> String {
        self.text
    }

    fn family(&mut self, name: &'static str, help: &str, kind: &str) -> Family<'_> {
        put(&mut self.text, format_args!("# HELP {name} {help}"));
        put(&mut self.text, format_args!("# TYPE {name} {kind}"));
        Family { text: &mut self.text, name }
    }
}

impl Family<'_> {
    /// The only sample of a metric without labels.
    pub(super) fn is(self, value: impl Display) {
        put(self.text, format_args!("{} {value}", self.name));
    }

    /// One sample. No two of a metric have the same labels.
    pub(super) fn add(&mut self, labels: &[(&str, &str)], value: impl Display) {
        add_sample(self.text, self.name, labels, value);
    }
}

fn add_sample(text: &mut String, name: &str, labels: &[(&str, &str)], value: impl Display) {
    text.push_str(name);
    for (index, (label, content)) in labels.iter().enumerate() {
        text.push(if index == 0 { '{' } else { ',' });
        text.push_str(label);
        text.push_str("=\"");
        escape(text, content);
        text.push('"');
    }
    let end = if labels.is_empty() { "" } else { "}" };
    put(text, format_args!("{end} {value}"));
}

fn put(text: &mut String, line: std::fmt::Arguments<'_>) {
    // Writing into a text cannot fail.
    let _ = writeln!(text, "{line}");
}

fn escape(text: &mut String, content: &str) {
    for letter in content.chars() {
        match letter {
            '\\' => text.push_str("\\\\"),
            '"' => text.push_str("\\\""),
            '\n' => text.push_str("\\n"),
            other => text.push(other),
        }
    }
}

/// Nanoseconds as seconds, without loss: a `f64` would round what has counted for years.
fn seconds(ns: u64) -> String {
    let text = format!("{}.{:09}", ns / 1_000_000_000, ns % 1_000_000_000);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn families_read_as_the_format_says() {
        let mut exposition = Exposition::default();
        exposition.gauge("a", "What a is.").is(7);
        let mut family = exposition.counter("b_total", "What b is.");
        family.add(&[("x", "1"), ("y", "say \"hi\"\\\n")], 2);
        family.add(&[("x", "2"), ("y", "")], 3);
        let below = vec![(1024, 1), (1536, 2)];
        let turns = Distribution { below, count: 3, sum_ns: 2_500_000_000 };
        exposition.histogram("c_seconds", "What c is.", &turns);
        let expected = r#"# HELP a What a is.
# TYPE a gauge
a 7
# HELP b_total What b is.
# TYPE b_total counter
b_total{x="1",y="say \"hi\"\\\n"} 2
b_total{x="2",y=""} 3
# HELP c_seconds What c is.
# TYPE c_seconds histogram
c_seconds_bucket{le="0.000001024"} 1
c_seconds_bucket{le="0.000001536"} 2
c_seconds_bucket{le="+Inf"} 3
c_seconds_sum 2.5
c_seconds_count 3
"#;
        assert_eq!(exposition.finish(), expected);
    }

    #[test]
    fn seconds_lose_nothing() {
        for (ns, text) in
            [(0, "0"), (1, "0.000000001"), (10_000_000_000, "10"), (1_500, "0.0000015")]
        {
            assert_eq!(seconds(ns), text);
        }
    }
}
