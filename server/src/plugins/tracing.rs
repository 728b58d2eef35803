//! Owns the extension `hotframe.trace/1`: how a plugin learns the names of its requests.
#![allow(unsafe_code)]
use hotframe_plugin_api::abi::{
    HF_INVALID, HF_OK, HF_STALE, HF_WRONG_THREAD, hf_host, hf_str, hf_token, hf_trace, hf_trace_id,
    table_size,
};

use super::host_table::context;
use super::lines::level_of;
use crate::trace::TraceId;

/// The table, the same for every generation.
pub(super) static TABLE: hf_trace =
    hf_trace { size: table_size::<hf_trace>(), reserved: 0, of_request, of_token, log };

/// Tells the id of the request of that number.
///
/// # Safety
/// `place` may be written to, or is null.
unsafe fn tell(request: Option<u64>, place: *mut hf_trace_id) -> i32 {
    // SAFETY: the caller's promise.
    match (request, unsafe { place.as_mut() }) {
        (_, None) => HF_INVALID,
        (None, _) => HF_STALE,
        (Some(request), Some(place)) => {
            place.bytes = TraceId::of(request).to_bytes();
            HF_OK
        }
    }
}

unsafe extern "C" fn of_request(host: *const hf_host, id: *mut hf_trace_id) -> i32 {
    // SAFETY: the header asks the plugin to pass the table that it was given.
    match unsafe { context(host) } {
        None => HF_INVALID,
        Some(context) if !context.is_on_loop() => HF_WRONG_THREAD,
        Some(context) => {
            let request = context.lent().map(|lent| lent.asked.request_id);
            // SAFETY: the header asks for a place for the id.
            unsafe { tell(request, id) }
        }
    }
}

unsafe extern "C" fn of_token(host: *const hf_host, token: hf_token, id: *mut hf_trace_id) -> i32 {
    // SAFETY: as in `of_request`.
    let Some(context) = (unsafe { context(host) }) else {
        return HF_INVALID;
    };
    // SAFETY: as in `of_request`.
    unsafe { tell(context.backroom.request_of(token), id) }
}

unsafe extern "C" fn log(host: *const hf_host, token: hf_token, level: u32, text: hf_str) {
    // SAFETY: as in `of_request`.
    let (Some(context), Some(level)) = (unsafe { context(host) }, level_of(level)) else {
        return;
    };
    let request = context.backroom.request_of(token);
    // SAFETY: the header asks for text that is readable during the call; null is taken as empty.
    context.log(level, unsafe { text.as_slice() }, request);
}
