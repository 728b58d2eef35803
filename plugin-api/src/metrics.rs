//! Figures of a plugin, shown with the server's own.
#![allow(unsafe_code, reason = "calls the host's functions")]

use core::ptr;

use crate::abi::{
    HF_COUNTER, HF_GAUGE, HF_HISTOGRAM, HF_METRICS, hf_host, hf_label, hf_metric, hf_metric_def,
    hf_metrics, hf_str, table_size,
};
use crate::{Error, Host};

/// What a figure is: its name, without what the server puts in front, one sentence about it, and
/// labels, where several have one name.
///
/// ```
/// # use hotframe_plugin_api::Metric;
/// const LOST: Metric<'_> = Metric::new("frames_total", "Frames handled.").label("kind", "lost");
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Metric<'a> {
    name: &'a str,
    help: &'a str,
    labels: [(&'a str, &'a str); MOST_LABELS],
    label_count: usize,
}

/// The most labels of a figure.
const MOST_LABELS: usize = 4;

impl<'a> Metric<'a> {
    /// A figure without labels. Names are made of `a-z 0-9 _` and end in a base unit where there
    /// is one: `answer_seconds`, `stored_bytes`; that of a counter ends in `_total`.
    pub const fn new(name: &'a str, help: &'a str) -> Self {
        Self { name, help, labels: [("", ""); MOST_LABELS], label_count: 0 }
    }

    /// With one label more.
    ///
    /// # Panics
    /// If it has four already; in a constant, when it is compiled.
    #[must_use]
    pub const fn label(mut self, name: &'a str, value: &'a str) -> Self {
        assert!(self.label_count < MOST_LABELS, "at most 4 labels");
        self.labels[self.label_count] = (name, value);
        self.label_count += 1;
        self
    }
}

/// One series: what all three kinds are made of.
#[derive(Clone, Debug)]
struct Series {
    host: Host,
    id: hf_metric,
}

/// Counts what only grows. Cheap to clone, for any thread.
#[derive(Clone, Debug)]
pub struct Counter(Series);

/// Shows what goes up and down. Cheap to clone, for any thread.
#[derive(Clone, Debug)]
pub struct Gauge(Series);

/// Shows how observations are spread. Cheap to clone, for any thread.
#[derive(Clone, Debug)]
pub struct Histogram(Series);

impl Counter {
    /// One more.
    pub fn increment(&self) {
        self.add(1);
    }

    /// `n` more.
    pub fn add(&self, n: u64) {
        self.0.with(|host, metrics, id| {
            // SAFETY: the table is alive while `with` runs. The same below.
            unsafe { (metrics.add)(host, id, n) }
        });
    }
}

impl Gauge {
    /// It is at `value` now. What is not finite is passed over.
    pub fn set(&self, value: f64) {
        self.0.with(|host, metrics, id| {
            // SAFETY: as above.
            unsafe { (metrics.set)(host, id, value) }
        });
    }
}

impl Histogram {
    /// One observation. What is not finite is passed over.
    pub fn observe(&self, value: f64) {
        self.0.with(|host, metrics, id| {
            // SAFETY: as above.
            unsafe { (metrics.observe)(host, id, value) }
        });
    }
}

impl Series {
    fn with(&self, call: impl FnOnce(*const hf_host, &hf_metrics, hf_metric)) {
        self.host.with_metrics(|host, metrics| call(host, metrics, self.id));
    }
}

impl Host {
    /// Defines a counter; best in `create`. One that the version before has defined alike goes on
    /// where it is.
    ///
    /// # Errors
    /// The server does not take it, and says in its log why; or it has no figures of plugins.
    pub fn counter(&self, metric: Metric<'_>) -> Result<Counter, Error> {
        self.define(HF_COUNTER, metric, &[]).map(Counter)
    }

    /// Defines a gauge; best in `create`.
    ///
    /// # Errors
    /// As for [`Host::counter`].
    pub fn gauge(&self, metric: Metric<'_>) -> Result<Gauge, Error> {
        self.define(HF_GAUGE, metric, &[]).map(Gauge)
    }

    /// Defines a histogram with these upper bounds, ascending; best in `create`. One that the
    /// version before has defined alike goes on where it is.
    ///
    /// # Errors
    /// As for [`Host::counter`].
    pub fn histogram(&self, metric: Metric<'_>, bounds: &[f64]) -> Result<Histogram, Error> {
        self.define(HF_HISTOGRAM, metric, bounds).map(Histogram)
    }

    fn define(&self, kind: u32, metric: Metric<'_>, bounds: &[f64]) -> Result<Series, Error> {
        let label = |(name, value): (&str, &str)| hf_label {
            name: hf_str::new(name),
            value: hf_str::new(value),
        };
        let labels = metric.labels.map(label);
        let def = hf_metric_def {
            size: table_size::<hf_metric_def>(),
            kind,
            name: hf_str::new(metric.name),
            help: hf_str::new(metric.help),
            labels: labels.as_ptr(),
            bounds: if bounds.is_empty() { ptr::null() } else { bounds.as_ptr() },
            label_count: u32::try_from(metric.label_count).unwrap_or(u32::MAX),
            bound_count: u32::try_from(bounds.len()).unwrap_or(u32::MAX),
        };
        let id = self.with_metrics(|host, metrics| {
            // SAFETY: the table is alive while this runs, and copies what it is lent.
            unsafe { (metrics.define)(host, &raw const def) }
        });
        match id {
            None => Err(Error::unsupported("this server shows no figures of plugins")),
            Some(0) => {
                let name = metric.name;
                Err(Error::invalid(format_args!("the server does not take the metric {name}")))
            }
            Some(id) => Ok(Series { host: self.clone(), id }),
        }
    }

    fn with_metrics<R>(&self, call: impl FnOnce(*const hf_host, &hf_metrics) -> R) -> Option<R> {
        let called = self.with(|host, functions| {
            // SAFETY: the table is alive while `with` runs.
            let table = unsafe { (functions.extension)(host, hf_str::new(HF_METRICS)) };
            // SAFETY: null, or the table that the header gives for this id, as alive as the host.
            let table = unsafe { table.cast::<hf_metrics>().as_ref() }?;
            Some(call(host, table))
        });
        called.flatten()
    }
}
