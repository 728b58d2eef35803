//! Extension `hotframe.metrics/1` of the host: figures of a plugin.

use super::host::hf_host;
use super::value::hf_str;

/// What the host's `extension` is asked for.
pub const HF_METRICS: &str = "hotframe.metrics/1";

/// One series of an instance. 0 = none.
pub type hf_metric = u32;

/// Only grows.
pub const HF_COUNTER: u32 = 1;
/// Goes up and down.
pub const HF_GAUGE: u32 = 2;
/// How many observations were at most so much.
pub const HF_HISTOGRAM: u32 = 3;

/// Text of a label.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct hf_label {
    /// Its name.
    pub name: hf_str,
    /// Its value.
    pub value: hf_str,
}

/// What a series is. Owned by the plugin, borrowed for the call.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct hf_metric_def {
    /// Bytes of this struct as the plugin knows it.
    pub size: u32,
    /// `HF_COUNTER` and the others.
    pub kind: u32,
    /// Without what the host puts in front.
    pub name: hf_str,
    /// One sentence.
    pub help: hf_str,
    /// `label_count` of them.
    pub labels: *const hf_label,
    /// `bound_count` of them, for a histogram.
    pub bounds: *const f64,
    /// How many labels.
    pub label_count: u32,
    /// How many bounds.
    pub bound_count: u32,
}

/// The host's table.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct hf_metrics {
    /// Bytes of this struct as the host knows it.
    pub size: u32,
    /// Zero.
    pub reserved: u32,
    /// Defines a series. Loop thread. 0 if something is wrong with it.
    pub define: unsafe extern "C" fn(host: *const hf_host, def: *const hf_metric_def) -> hf_metric,
    /// A counter grows.
    pub add: unsafe extern "C" fn(host: *const hf_host, counter: hf_metric, n: u64),
    /// A gauge is at a value.
    pub set: unsafe extern "C" fn(host: *const hf_host, gauge: hf_metric, value: f64),
    /// One observation of a histogram.
    pub observe: unsafe extern "C" fn(host: *const hf_host, histogram: hf_metric, value: f64),
}
