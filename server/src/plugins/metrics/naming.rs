//! Owns what a definition must keep to, so that no collector complains of what a plugin calls its
//! figures. Pure.
use super::{Definition, Kind};

const MOST_NAME: usize = 64;
const MOST_HELP: usize = 256;
const MOST_LABELS: usize = 4;
const MOST_VALUE: usize = 128;
const MOST_BOUNDS: usize = 32;

/// The ends of the samples of a histogram.
const HISTOGRAM_ENDS: [&str; 3] = ["_bucket", "_count", "_sum"];
/// Words for units that are not base units, and for kinds.
const NO_WORDS: [&str; 38] = [
    "s",
    "ms",
    "us",
    "ns",
    "sec",
    "msec",
    "usec",
    "milliseconds",
    "microseconds",
    "nanoseconds",
    "minutes",
    "mins",
    "min",
    "m",
    "hours",
    "h",
    "days",
    "d",
    "weeks",
    "b",
    "bits",
    "kb",
    "mb",
    "gb",
    "tb",
    "kilobytes",
    "megabytes",
    "gigabytes",
    "kib",
    "mib",
    "gib",
    "km",
    "cm",
    "mm",
    "counter",
    "gauge",
    "histogram",
    "summary",
];

/// What is wrong with a definition.
pub(super) fn check(definition: &Definition) -> Result<(), String> {
    let Definition { kind, name, help, labels, bounds } = definition;
    if !is_word(name) || name.len() > MOST_NAME {
        return Err(format!("a name is 1 to {MOST_NAME} of a-z 0-9 _, and begins with a letter"));
    }
    let is_total = name.ends_with("_total");
    match kind {
        Kind::Counter if !is_total => return Err("the name of a counter ends in _total".into()),
        Kind::Gauge | Kind::Histogram if is_total => {
            return Err("only the name of a counter ends in _total".into());
        }
        _ => {}
    }
    if let Some(end) = HISTOGRAM_ENDS.iter().find(|end| name.ends_with(*end)) {
        return Err(format!("{end} at the end belongs to the samples of histograms"));
    }
    if let Some(word) = name.split('_').find(|word| NO_WORDS.contains(word)) {
        return Err(format!("`{word}` in a name: use base units (seconds, bytes), and no kinds"));
    }
    if help.trim().is_empty() || help.len() > MOST_HELP {
        return Err(format!("the help is a sentence of at most {MOST_HELP} bytes"));
    }
    check_labels(labels)?;
    let is_ascending = bounds.is_sorted_by(|one, next| one < next);
    let are_good = bounds.iter().all(|bound| bound.is_finite()) && is_ascending;
    match kind {
        Kind::Histogram if bounds.is_empty() || bounds.len() > MOST_BOUNDS || !are_good => {
            Err(format!("a histogram has 1 to {MOST_BOUNDS} bounds, finite and ascending"))
        }
        Kind::Counter | Kind::Gauge if !bounds.is_empty() => {
            Err("only a histogram has bounds".into())
        }
        _ => Ok(()),
    }
}

fn check_labels(labels: &[(String, String)]) -> Result<(), String> {
    if labels.len() > MOST_LABELS {
        return Err(format!("at most {MOST_LABELS} labels"));
    }
    for (at, (name, value)) in labels.iter().enumerate() {
        if !is_word(name) || name.len() > MOST_NAME || ["le", "quantile"].contains(&name.as_str()) {
            return Err(format!("`{name}` is no name for a label"));
        }
        if labels.iter().skip(at + 1).any(|(other, _)| other == name) {
            return Err(format!("the label `{name}` is there twice"));
        }
        if value.len() > MOST_VALUE {
            return Err(format!("the value of a label has at most {MOST_VALUE} bytes"));
        }
    }
    Ok(())
}

fn is_word(name: &str) -> bool {
    let is_letter = |letter: u8| matches!(letter, b'a'..=b'z' | b'0'..=b'9' | b'_');
    name.starts_with(|first: char| first.is_ascii_lowercase()) && name.bytes().all(is_letter)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(kind: Kind, name: &str, bounds: &[f64]) -> Definition {
        let labels = vec![("a".into(), "1".into())];
        let bounds = bounds.into();
        Definition { kind, name: name.into(), help: "It is.".into(), labels, bounds }
    }

    #[test]
    fn what_a_collector_likes_is_taken() {
        let good = [
            of(Kind::Counter, "frames_total", &[]),
            of(Kind::Gauge, "stored_bytes", &[]),
            of(Kind::Histogram, "answer_seconds", &[-1.0, 0.5, 2.0]),
        ];
        for definition in good {
            assert_eq!(check(&definition), Ok(()), "{definition:?}");
        }
    }

    #[test]
    fn each_other_is_refused_with_its_reason() {
        let base = of(Kind::Gauge, "stored_bytes", &[]);
        let label = |name: &str, value: String| vec![(name.to_owned(), value)];
        let twins = |count| vec![("a".to_owned(), String::new()); count];
        let bad = [
            (of(Kind::Counter, "frames", &[]), "_total"),
            (of(Kind::Gauge, "frames_total", &[]), "_total"),
            (of(Kind::Gauge, "frames_count", &[]), "_count"),
            (of(Kind::Gauge, "wait_ms", &[]), "`ms`"),
            (of(Kind::Gauge, "", &[]), "a name is"),
            (of(Kind::Gauge, "Frames", &[]), "a name is"),
            (of(Kind::Gauge, "1st", &[]), "a name is"),
            (of(Kind::Gauge, &"x".repeat(65), &[]), "a name is"),
            (of(Kind::Gauge, "frames", &[1.0]), "bounds"),
            (of(Kind::Histogram, "wait_seconds", &[]), "bounds"),
            (of(Kind::Histogram, "wait_seconds", &[1.0, 1.0]), "ascending"),
            (of(Kind::Histogram, "wait_seconds", &[f64::NAN]), "finite"),
            (Definition { help: " ".into(), ..base.clone() }, "help"),
            (Definition { labels: label("le", "1".into()), ..base.clone() }, "`le`"),
            (Definition { labels: label("a", "x".repeat(129)), ..base.clone() }, "bytes"),
            (Definition { labels: twins(2), ..base.clone() }, "twice"),
            (Definition { labels: twins(5), ..base }, "at most 4"),
        ];
        for (definition, reason) in bad {
            let refused = check(&definition).unwrap_err();
            assert!(refused.contains(reason), "{definition:?}: {refused}");
        }
    }
}
