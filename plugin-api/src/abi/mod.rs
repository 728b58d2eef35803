//! The plugin ABI 1.0 as Rust sees it: `include/hotframe_plugin.h`, type for type and name for
//! name.
//!
//! The header is the specification: owner, lifetime and thread of everything are said there. This
//! mirror is for the SDK and for hosts; a plugin's author needs neither. Tests compare both with
//! the offsets recorded in `layout/1.0.txt`.
#![allow(non_camel_case_types, reason = "the names of the C header, so that one search finds both")]
#![allow(unsafe_code, reason = "tables of pointers to static data are shared between threads")]

mod auth;
mod frame;
mod host;
mod lifecycle;
mod memory;
mod metrics;
pub mod note;
mod peers;
mod plugin;
mod push;
mod state;
mod trace;
mod value;

pub use self::auth::{HF_AUTH, hf_auth, hf_credential};
pub use self::frame::{
    HF_CLOSE, HF_DEFERRED, HF_NEXT, HF_NO_REPLY, HF_REPLY, HF_REQ_EVENT, HF_REQ_ISOLATED,
    HF_REQ_REPLAYED, HF_REQ_TRACE, hf_handler, hf_handler_fn, hf_reply, hf_request,
};
pub use self::host::{
    HF_LOG_DEBUG, HF_LOG_ERROR, HF_LOG_INFO, HF_LOG_TRACE, HF_LOG_WARN, hf_done_fn, hf_host,
    hf_job_fn,
};
pub use self::lifecycle::{HF_LIFECYCLE, hf_findings, hf_lifecycle};
pub use self::memory::{HF_MEMORY, hf_memory};
pub use self::metrics::{
    HF_COUNTER, HF_GAUGE, HF_HISTOGRAM, HF_METRICS, hf_label, hf_metric, hf_metric_def, hf_metrics,
};
pub use self::peers::{
    HF_CONN_CLOSED, HF_CONN_OPENED, HF_CONN_PRESENT, HF_PEERS, HF_SESSION_DOWN, HF_SESSION_PRESENT,
    HF_SESSION_RESUMED, HF_SESSION_TAKEN_OVER, HF_SESSION_UP, hf_ask, hf_conn_info, hf_peers,
    hf_session,
};
pub use self::plugin::{
    HF_CREATE_FIRST, HF_CREATE_PROBE, HF_CREATE_RELOAD, HF_CREATE_ROLLBACK,
    HF_PLUGIN_CANNOT_UNLOAD, HF_PLUGIN_PANIC_ABORT, HF_PLUGIN_STATEFUL, HF_PLUGIN_THREADS,
    HF_PLUGIN_WANTS_ISOLATION, hf_create, hf_entry_fn, hf_plugin,
};
pub use self::push::{
    HF_PUSH, HF_PUSH_AHEAD, HF_TO_ALL, HF_TO_CLIENT, HF_TO_CLIENTS, HF_TO_CONN, HF_TO_SESSION,
    hf_push, hf_push_host,
};
pub use self::state::{HF_MORE, HF_STATE, hf_sink, hf_source, hf_state};
pub use self::trace::{HF_TRACE, hf_trace, hf_trace_id};
pub use self::value::{
    HF_BUSY, HF_CONFIG, HF_DENIED, HF_INTERNAL, HF_INVALID, HF_NO_MEMORY, HF_OK, HF_PANICKED,
    HF_SHUTDOWN, HF_STALE, HF_STATE_VERSION, HF_TIMEOUT, HF_TOO_LARGE, HF_UNSUPPORTED,
    HF_WRONG_THREAD, hf_bytes, hf_conn, hf_str, hf_timer, hf_token,
};

/// Major of this ABI: the entry's name carries it, another major is another ABI.
pub const HF_ABI_MAJOR: u16 = 1;
/// Minor of this ABI: counts what was appended since `.0`.
pub const HF_ABI_MINOR: u16 = 0;
/// The most data bytes that a frame carries.
pub const HF_MAX_DATA: u32 = 255;
/// Bytes of the smallest host table: that of 1.0.
pub const HF_HOST_SIZE: u32 = table_size::<hf_host>();
/// Name of the one exported function.
pub const HF_ENTRY: &core::ffi::CStr = c"hotframe_plugin_v1";

/// The size of `T` as tables carry it.
///
/// # Panics
/// If `T` has 64 KiB or more, which no table has.
pub const fn table_size<T>() -> u32 {
    let size = size_of::<T>();
    assert!(size <= 0xffff, "a table is small");
    #[expect(clippy::cast_possible_truncation, reason = "asserted just above")]
    let size = size as u32;
    size
}
