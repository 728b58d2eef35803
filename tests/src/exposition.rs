//! What Prometheus reads: a strict reader of its text format, for machines without its own tool.

use std::collections::BTreeMap;

/// The samples of a scrape, by name and labels as they are spelled, in the order of their text.
#[derive(Debug, Default)]
pub struct Scrape {
    kinds: BTreeMap<String, String>,
    samples: BTreeMap<String, f64>,
}

impl Scrape {
    /// Reads a scrape; panics, with the line, on anything that the format does not allow.
    #[must_use]
    pub fn read(text: &str) -> Self {
        assert!(text.ends_with('\n'), "the last line has its end");
        let mut scrape = Self::default();
        let mut family = String::new();
        let mut helped = String::new();
        for line in text.lines() {
            if let Some(help) = line.strip_prefix("# HELP ") {
                let (name, words) = help.split_once(' ').expect("a help has its words");
                assert!(is_name(name) && words.ends_with('.'), "{line}");
                helped = name.to_owned();
            } else if let Some(kind) = line.strip_prefix("# TYPE ") {
                let (name, kind) = kind.split_once(' ').expect("a type has its kind");
                assert_eq!(name, helped, "the help of a metric stands before its type");
                assert!(["counter", "gauge", "histogram", "summary"].contains(&kind), "{line}");
                assert_eq!(name.ends_with("_total"), kind == "counter", "{line}");
                assert!(name.starts_with("hotframe_"), "{line}");
                let twice = scrape.kinds.insert(name.to_owned(), kind.to_owned());
                assert_eq!(twice, None, "{name} has one block");
                family = name.to_owned();
            } else {
                scrape.take_sample(line, &family);
            }
        }
        scrape
    }

    fn take_sample(&mut self, line: &str, family: &str) {
        let (series, value) = line.rsplit_once(' ').expect("a sample has a value");
        let value: f64 = value.parse().unwrap_or_else(|_| panic!("no number: {line}"));
        let (name, labels) = series.split_once('{').unwrap_or((series, "}"));
        let behind = name.strip_prefix(family);
        let behind = behind.unwrap_or_else(|| panic!("not below its type: {line}"));
        let allowed: &[&str] = match self.kinds[family].as_str() {
            "histogram" => &["_bucket", "_sum", "_count"],
            "summary" => &["_sum", "_count"],
            _ => &[""],
        };
        assert!(allowed.contains(&behind), "{line}");
        check_labels(labels, line);
        let twice = self.samples.insert(series.to_owned(), value);
        assert_eq!(twice, None, "{series} is there twice");
    }

    /// The names of all metrics, with their kinds.
    #[must_use]
    pub fn kinds(&self) -> &BTreeMap<String, String> {
        &self.kinds
    }

    /// How many samples there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.samples.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.samples.is_empty()
    }

    /// The value of one series, spelled as in the scrape: `a{b="c"}`.
    #[must_use]
    pub fn value(&self, series: &str) -> f64 {
        let found = self.samples.get(series);
        *found.unwrap_or_else(|| panic!("no series {series} in {:?}", self.samples.keys()))
    }
}

fn is_name(name: &str) -> bool {
    let first = name.starts_with(|c: char| c.is_ascii_lowercase());
    first && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
}

/// `labels` is what follows the opening brace.
fn check_labels(labels: &str, line: &str) {
    let mut rest = labels;
    while rest != "}" {
        let (name, behind) = rest.split_once("=\"").unwrap_or_else(|| panic!("labels: {line}"));
        assert!(is_name(name.trim_start_matches(',')), "{line}");
        let mut escaped = false;
        let end = behind.find(|c: char| {
            let ends = c == '"' && !escaped;
            assert!(!escaped || ['\\', '"', 'n'].contains(&c), "an escape that is none: {line}");
            escaped = c == '\\' && !escaped;
            ends
        });
        rest = &behind[end.unwrap_or_else(|| panic!("a label is not closed: {line}")) + 1..];
        assert!(rest.starts_with(['}', ',']), "{line}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "# HELP hotframe_a_total A.\n# TYPE hotframe_a_total counter\n\
        hotframe_a_total{x=\"say \\\"hi\\\"\\n\",y=\"}\"} 3\n";

    #[test]
    fn a_good_scrape_is_read() {
        let scrape = Scrape::read(GOOD);
        assert_eq!(scrape.len(), 1);
        assert_eq!(scrape.kinds()["hotframe_a_total"], "counter");
    }

    #[test]
    fn what_the_format_does_not_allow_is_refused() {
        for (from, to) in [
            ("counter", "gauge"),
            ("# HELP", "#HELP"),
            (" 3\n", " three\n"),
            (" 3\n", " 3"),
            ("y=", "Y="),
            ("\\n", "\\t"),
            ("y=\"}\"}", "y=\"}}"),
            ("TYPE hotframe_a", "TYPE hotframe_b"),
        ] {
            let bad = GOOD.replacen(from, to, 1);
            assert!(std::panic::catch_unwind(|| Scrape::read(&bad)).is_err(), "{bad}");
        }
        let twice = format!("{GOOD}{}", GOOD.lines().last().unwrap());
        assert!(std::panic::catch_unwind(|| Scrape::read(&format!("{twice}\n"))).is_err());
    }
}
