//! Owns the lines that plugins write to the log.
#![allow(unsafe_code)]
use std::panic::{AssertUnwindSafe, catch_unwind};

use hotframe_plugin_api::abi::{
    HF_LOG_DEBUG, HF_LOG_ERROR, HF_LOG_INFO, HF_LOG_TRACE, HF_LOG_WARN, hf_host, hf_str,
};
use log::Level;

use super::host_table::{Context, context};
use crate::trace::TraceId;

/// The longest line that a plugin may log.
const MAX_LINE: usize = 4096;

impl Context {
    /// Writes a line of the plugin's, about the request of that number.
    pub(super) fn log(&self, level: Level, text: &[u8], request: Option<u64>) {
        let line = String::from_utf8_lossy(text.get(..MAX_LINE).unwrap_or(text));
        let (plugin, generation) = (self.plugin.as_str(), self.generation);
        // A logger that panics must not unwind into the plugin. Nothing of ours is left half done.
        let _ = catch_unwind(AssertUnwindSafe(|| match request.map(TraceId::of) {
            Some(trace_id) => log::log!(
                target: &self.target, level, trace_id:% = trace_id, plugin, generation; "{line}"
            ),
            None => log::log!(target: &self.target, level, plugin, generation; "{line}"),
        }));
    }
}

/// The level of that number.
pub(super) const fn level_of(level: u32) -> Option<Level> {
    match level {
        HF_LOG_ERROR => Some(Level::Error),
        HF_LOG_WARN => Some(Level::Warn),
        HF_LOG_INFO => Some(Level::Info),
        HF_LOG_DEBUG => Some(Level::Debug),
        HF_LOG_TRACE => Some(Level::Trace),
        _ => None,
    }
}

pub(super) unsafe extern "C" fn write_log(host: *const hf_host, level: u32, text: hf_str) {
    // SAFETY: the header asks the plugin to pass the table that it was given.
    let (Some(context), Some(level)) = (unsafe { context(host) }, level_of(level)) else {
        return;
    };
    let answering = context.lent_here().map(|lent| lent.asked.request_id);
    // SAFETY: the header asks for text that is readable during the call; null is taken as empty.
    context.log(level, unsafe { text.as_slice() }, answering);
}

pub(super) unsafe extern "C" fn log_enabled(host: *const hf_host, level: u32) -> i32 {
    // SAFETY: as in `write_log`.
    let (Some(context), Some(level)) = (unsafe { context(host) }, level_of(level)) else {
        return 0;
    };
    let is_enabled = || log::log_enabled!(target: &context.target, level);
    i32::from(catch_unwind(AssertUnwindSafe(is_enabled)).unwrap_or(false))
}
