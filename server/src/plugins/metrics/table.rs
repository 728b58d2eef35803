//! Owns the host's extension `hotframe.metrics/1`: the C view of a generation's figures.
//!
//! As with the others of the host table, every argument is checked, and nothing unwinds into the
//! plugin.
#![allow(unsafe_code)]
use std::ptr;

use hotframe_plugin_api::abi::{
    HF_COUNTER, HF_GAUGE, HF_HISTOGRAM, hf_host, hf_metric, hf_metric_def, hf_metrics, hf_str,
    table_size,
};

use super::{Definition, Kind};
use crate::diagnostics::codes::plugins::METRIC_REFUSED;
use crate::plugins::host_table::context;

/// The table; its functions find out whose it is by the host that they are passed.
pub(in crate::plugins) static TABLE: hf_metrics =
    hf_metrics { size: table_size::<hf_metrics>(), reserved: 0, define, add, set, observe };

/// Lists and texts beyond these sizes are not read.
const MOST_ITEMS: u32 = 64;
const MOST_TEXT: usize = 1024;

unsafe extern "C" fn define(host: *const hf_host, def: *const hf_metric_def) -> hf_metric {
    // SAFETY: the header asks the plugin to pass the table that it was given.
    let Some(context) = (unsafe { context(host) }) else {
        return 0;
    };
    // SAFETY: the header asks for a definition that is readable during the call, or null.
    let definition = unsafe { read(def) };
    let name = definition.as_ref().map_or("?", |definition| &definition.name).to_owned();
    let defined = match definition {
        _ if !context.is_on_loop() => Err("it is defined on another thread than the loop's".into()),
        None => Err("its definition cannot be read".into()),
        Some(definition) => {
            let make = |definition| context.backroom.series(context.plugin(), definition);
            context.metrics().define(definition, make)
        }
    };
    defined.unwrap_or_else(|reason| {
        let plugin = context.plugin();
        log::warn!(
            plugin, code = METRIC_REFUSED.as_str();
            "plugin {plugin}: the metric {name} is not shown: {reason}"
        );
        0
    })
}

unsafe extern "C" fn add(host: *const hf_host, counter: hf_metric, n: u64) {
    // SAFETY: as in `define`. The same below.
    let context = unsafe { context(host) };
    if let Some(series) = context.and_then(|context| context.metrics().at(counter)) {
        series.add(n);
    }
}

unsafe extern "C" fn set(host: *const hf_host, gauge: hf_metric, value: f64) {
    // SAFETY: as above.
    let context = unsafe { context(host) };
    if let Some(series) = context.and_then(|context| context.metrics().at(gauge)) {
        series.set(value);
    }
}

unsafe extern "C" fn observe(host: *const hf_host, histogram: hf_metric, value: f64) {
    // SAFETY: as above.
    let context = unsafe { context(host) };
    if let Some(series) = context.and_then(|context| context.metrics().at(histogram)) {
        series.observe(value);
    }
}

/// What a plugin wants to define, copied.
///
/// # Safety
/// `def` is null, or points at a definition whose texts and lists are readable.
unsafe fn read(def: *const hf_metric_def) -> Option<Definition> {
    if def.is_null() {
        return None;
    }
    // SAFETY: not null, readable by the caller's promise; every revision starts with its size.
    let size = unsafe { def.cast::<u32>().read_unaligned() };
    if size < table_size::<hf_metric_def>() {
        return None;
    }
    // SAFETY: it has at least the fields of 1.0.
    let def = unsafe { ptr::read_unaligned(def) };
    let kind = match def.kind {
        HF_COUNTER => Kind::Counter,
        HF_GAUGE => Kind::Gauge,
        HF_HISTOGRAM => Kind::Histogram,
        _ => return None,
    };
    let mut labels = Vec::new();
    // SAFETY: the caller's promise.
    for label in unsafe { list(def.labels, def.label_count) }? {
        // SAFETY: the caller's promise. The same below.
        let name = unsafe { text(label.name) }?;
        // SAFETY: as above.
        labels.push((name, unsafe { text(label.value) }?));
    }
    // SAFETY: as above.
    let bounds = unsafe { list(def.bounds, def.bound_count) }?;
    // SAFETY: as above.
    let name = unsafe { text(def.name) }?;
    // SAFETY: as above.
    let help = unsafe { text(def.help) }?;
    Some(Definition { kind, name, help, labels, bounds: bounds.into() })
}

/// # Safety
/// The text is readable, or null.
unsafe fn text(text: hf_str) -> Option<String> {
    if text.len > MOST_TEXT {
        return None;
    }
    // SAFETY: the caller's promise.
    let bytes = unsafe { text.as_slice() };
    std::str::from_utf8(bytes).ok().map(str::to_owned)
}

/// # Safety
/// `count` items are readable behind `first`, which may be null if there are none.
unsafe fn list<T: Copy>(first: *const T, count: u32) -> Option<Vec<T>> {
    if count == 0 {
        return Some(Vec::new());
    }
    if first.is_null() || count > MOST_ITEMS {
        return None;
    }
    let item = |index| {
        // SAFETY: one of `count` by the caller's promise.
        let place = unsafe { first.add(index) };
        // SAFETY: as above.
        unsafe { place.read_unaligned() }
    };
    Some((0..usize::try_from(count).ok()?).map(item).collect())
}
