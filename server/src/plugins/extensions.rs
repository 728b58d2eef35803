//! Owns the tables of more functions that the host offers by their ids.
#![allow(unsafe_code)]
use std::ffi::c_void;
use std::ptr;

use hotframe_plugin_api::abi::{HF_METRICS, HF_PUSH, HF_TRACE, hf_host, hf_str};

use super::host_table::context;
use super::{metrics, push_table, tracing};

pub(super) unsafe extern "C" fn find(host: *const hf_host, id: hf_str) -> *const c_void {
    // SAFETY: the header asks the plugin to pass the table that it was given.
    let Some(context) = (unsafe { context(host) }) else {
        return ptr::null();
    };
    // SAFETY: the header asks for text that is readable during the call.
    match unsafe { id.as_slice() } {
        id if id == HF_PUSH.as_bytes() => {
            context.backroom.want_peers(context.is_on_loop());
            (&raw const push_table::TABLE).cast()
        }
        id if id == HF_METRICS.as_bytes() => ptr::from_ref(&metrics::TABLE).cast(),
        id if id == HF_TRACE.as_bytes() => ptr::from_ref(&tracing::TABLE).cast(),
        _ => ptr::null(),
    }
}
