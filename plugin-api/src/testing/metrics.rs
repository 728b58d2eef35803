//! The figures of a plugin in a test.

use std::sync::{Mutex, MutexGuard, PoisonError};

use super::Loaded;
use super::context::context_of;
use crate::abi::{
    HF_COUNTER, HF_GAUGE, HF_HISTOGRAM, hf_host, hf_metric, hf_metric_def, hf_metrics, table_size,
};

/// What was defined, and where it is.
#[derive(Debug, Default)]
pub(super) struct Metrics(Mutex<Vec<Series>>);

#[derive(Debug)]
struct Series {
    kind: u32,
    name: String,
    labels: Vec<(String, String)>,
    /// The counter's sum, the gauge's value, or every observation.
    values: Vec<f64>,
}

/// The test host's `hotframe.metrics/1`.
pub(super) static TABLE: hf_metrics =
    hf_metrics { size: table_size::<hf_metrics>(), reserved: 0, define, add, set, observe };

impl Metrics {
    fn lock(&self) -> MutexGuard<'_, Vec<Series>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<P> Loaded<P> {
    /// The sum of a counter, the value of a gauge, or every observation of a histogram. Of several
    /// with one name, that whose labels have these values.
    ///
    /// # Panics
    /// If the plugin has defined no such metric.
    #[track_caller]
    pub fn metric(&self, name: &str, labels: &[&str]) -> Vec<f64> {
        let all = self.context.metrics.lock();
        let is_it = |series: &&Series| {
            series.name == name && series.labels.iter().map(|(_, value)| value).eq(labels)
        };
        let found = all.iter().find(is_it);
        found.unwrap_or_else(|| panic!("no metric {name} {labels:?} among {all:?}")).values.clone()
    }
}

unsafe extern "C" fn define(host: *const hf_host, def: *const hf_metric_def) -> hf_metric {
    // SAFETY: the plugin passes its host.
    let context = unsafe { context_of(host) };
    // SAFETY: the SDK lends it for this call.
    let def = unsafe { &*def };
    let text = |text: crate::abi::hf_str| {
        // SAFETY: as above.
        String::from_utf8_lossy(unsafe { text.as_slice() }).into_owned()
    };
    let label = |index: u32| {
        // SAFETY: the SDK lends as many labels as it says.
        let label = unsafe { def.labels.add(index as usize) };
        // SAFETY: as above.
        let label = unsafe { *label };
        (text(label.name), text(label.value))
    };
    let (name, labels): (String, Vec<_>) =
        (text(def.name), (0..def.label_count).map(label).collect());
    let is_good = match def.kind {
        HF_COUNTER => name.ends_with("_total"),
        HF_HISTOGRAM => def.bound_count > 0 && !name.ends_with("_total"),
        _ => !name.ends_with("_total"),
    };
    if !is_good || def.help.len == 0 || !context.is_on_loop() {
        return 0;
    }
    let mut all = context.metrics.lock();
    let values = if def.kind == HF_HISTOGRAM { Vec::new() } else { vec![0.0] };
    all.push(Series { kind: def.kind, name, labels, values });
    hf_metric::try_from(all.len()).unwrap_or(0)
}

/// Calls with a series of that kind.
///
/// # Safety
/// `host` is the plugin's.
unsafe fn with(host: *const hf_host, id: hf_metric, kind: u32, call: impl FnOnce(&mut Vec<f64>)) {
    // SAFETY: the caller's promise.
    let context = unsafe { context_of(host) };
    let mut all = context.metrics.lock();
    let series = (id as usize).checked_sub(1).and_then(|index| all.get_mut(index));
    if let Some(series) = series.filter(|series| series.kind == kind) {
        call(&mut series.values);
    }
}

unsafe extern "C" fn add(host: *const hf_host, id: hf_metric, n: u64) {
    #[expect(clippy::cast_precision_loss, reason = "a test counts no further")]
    let add = |values: &mut Vec<f64>| values[0] += n as f64;
    // SAFETY: the plugin passes its host. The same below.
    unsafe { with(host, id, HF_COUNTER, add) }
}

unsafe extern "C" fn set(host: *const hf_host, id: hf_metric, value: f64) {
    // SAFETY: as above.
    unsafe { with(host, id, HF_GAUGE, |values| values[0] = value) }
}

unsafe extern "C" fn observe(host: *const hf_host, id: hf_metric, value: f64) {
    // SAFETY: as above.
    unsafe { with(host, id, HF_HISTOGRAM, |values| values.push(value)) }
}
