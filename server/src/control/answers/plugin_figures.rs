//! What is measured of one plugin, and what it measures itself.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::plugins::{HandlerReading, Kind, Reading, Series};

/// What is counted of one handler since the server's start, over reloads.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct HandlerRow {
    /// Its name, without the plugin's.
    pub name: String,
    /// Calls.
    pub calls: u64,
    /// Those that it answered with an error, at once or later.
    pub errors: u64,
    /// Those of the errors that were panics.
    pub panics: u64,
    /// Those whose answer was of no use any more before it came: timed out, or the client gone.
    pub cancelled: u64,
    /// Those whose answer is owed.
    pub in_flight: u64,
    /// Calls that were timed: the first ones, then one of 1024.
    pub sampled: u64,
    /// How long those took, in the mean, in nanoseconds.
    pub mean_ns: u64,
    /// So long half of them took at most, in nanoseconds; at most a quarter too high.
    pub p50_ns: u64,
    /// The same for 99 of 100.
    pub p99_ns: u64,
}

/// One figure that a plugin has defined.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct MetricRow {
    /// Its name, without what stands before it in `/metrics`.
    pub name: String,
    /// `counter`, `gauge` or `histogram`.
    pub kind: String,
    /// Names and values of its labels.
    pub labels: BTreeMap<String, String>,
    /// Where it is; of a histogram the sum of all observations.
    pub value: f64,
    /// The observations of a histogram; `null` for others.
    pub count: Option<u64>,
}

impl From<&HandlerReading> for HandlerRow {
    fn from(reading: &HandlerReading) -> Self {
        let (sampled, sum) = reading.sampled;
        Self {
            name: reading.handler.clone(),
            calls: reading.calls,
            errors: reading.errors,
            panics: reading.panics,
            cancelled: reading.cancelled,
            in_flight: reading.in_flight,
            sampled,
            mean_ns: sum.checked_div(sampled).unwrap_or(0),
            p50_ns: reading.quantiles.0,
            p99_ns: reading.quantiles.1,
        }
    }
}

impl From<&Series> for MetricRow {
    fn from(series: &Series) -> Self {
        let definition = series.definition();
        let kind = match definition.kind {
            Kind::Counter => "counter",
            Kind::Gauge => "gauge",
            Kind::Histogram => "histogram",
        };
        let (value, count) = match series.read() {
            #[expect(clippy::cast_precision_loss, reason = "JSON has no other numbers")]
            Reading::Counter(count) => (count as f64, None),
            Reading::Gauge(value) => (value, None),
            Reading::Histogram(_, count, sum) => (sum, Some(count)),
        };
        let (name, labels) = (definition.name.clone(), definition.labels.iter().cloned());
        Self { name, kind: kind.to_owned(), labels: labels.collect(), value, count }
    }
}
