//! The extension `hotframe.trace/1` of the test host: ids are the numbers of the requests.

use super::context::{context_of, copied, level_of};
use super::later::Later;
use crate::abi::{
    HF_OK, HF_STALE, HF_WRONG_THREAD, hf_host, hf_str, hf_token, hf_trace, hf_trace_id, table_size,
};

/// The table.
pub(super) static TRACE: hf_trace =
    hf_trace { size: table_size::<hf_trace>(), reserved: 0, of_request, of_token, log };

impl Later {
    /// The number of the request that a handler is answering.
    fn lent_number(&self) -> Option<u64> {
        let state = self.lock();
        (state.lent != 0).then_some(state.number)
    }

    /// The number of the request behind a good token.
    fn number_of(&self, token: hf_token) -> Option<u64> {
        self.lock().good.get(&token).map(|promise| promise.number)
    }
}

/// The id of the request with that number: easily told from another, and not all zeros.
fn id_of(number: u64) -> hf_trace_id {
    hf_trace_id { bytes: (1 << 120 | u128::from(number)).to_be_bytes() }
}

fn put(number: Option<u64>, place: *mut hf_trace_id) -> i32 {
    let Some(number) = number else { return HF_STALE };
    // SAFETY: the plugin lends the place for this call, or passes null.
    if let Some(place) = unsafe { place.as_mut() } {
        *place = id_of(number);
    }
    HF_OK
}

unsafe extern "C" fn of_request(host: *const hf_host, id: *mut hf_trace_id) -> i32 {
    // SAFETY: the plugin passes its host.
    let context = unsafe { context_of(host) };
    match context.is_on_loop() {
        true => put(context.later.lent_number(), id),
        false => HF_WRONG_THREAD,
    }
}

unsafe extern "C" fn of_token(host: *const hf_host, token: hf_token, id: *mut hf_trace_id) -> i32 {
    // SAFETY: the plugin passes its host.
    put(unsafe { context_of(host) }.later.number_of(token), id)
}

unsafe extern "C" fn log(host: *const hf_host, _: hf_token, level: u32, text: hf_str) {
    // SAFETY: the plugin passes its host.
    let context = unsafe { context_of(host) };
    // SAFETY: the plugin lends the text for this call.
    context.push(level_of(level), unsafe { copied(text) });
}
