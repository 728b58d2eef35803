//! What the host offers to a generation of a plugin.

use core::ffi::c_void;

use super::frame::hf_request;
use super::value::{hf_bytes, hf_str, hf_timer, hf_token};

/// Something failed.
pub const HF_LOG_ERROR: u32 = 1;
/// Something is odd.
pub const HF_LOG_WARN: u32 = 2;
/// Something worth knowing.
pub const HF_LOG_INFO: u32 = 3;
/// For whoever hunts a fault.
pub const HF_LOG_DEBUG: u32 = 4;
/// Every step.
pub const HF_LOG_TRACE: u32 = 5;

/// Work that may block, on a worker thread of the host's.
pub type hf_job_fn = unsafe extern "C" fn(arg: *mut c_void);
/// What follows it, on the loop thread.
pub type hf_done_fn = unsafe extern "C" fn(instance: *mut c_void, arg: *mut c_void);

/// The host's table: one for each generation, valid until `destroy` has returned. Functions may
/// be called from any thread unless said otherwise.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct hf_host {
    /// Bytes of this struct as the host knows it.
    pub size: u32,
    /// The host's major.
    pub abi_major: u16,
    /// The host's minor.
    pub abi_minor: u16,
    /// The host's own.
    pub context: *mut c_void,
    /// Writes one line to the log. Copied; never waits.
    pub log: unsafe extern "C" fn(host: *const hf_host, level: u32, text: hf_str),
    /// 1 if a line of this level would be written.
    pub log_enabled: unsafe extern "C" fn(host: *const hf_host, level: u32) -> i32,
    /// Says what the error is that the running function is about to return. Loop thread, inside
    /// `create` or a handler. `HF_OK`, `HF_INVALID` for a code that is no plugin's, or
    /// `HF_WRONG_THREAD`.
    pub set_error: unsafe extern "C" fn(host: *const hf_host, code: u32, text: hf_str) -> i32,
    /// Monotonic time now, ns.
    pub now_ns: unsafe extern "C" fn(host: *const hf_host) -> u64,
    /// 1 on the loop thread.
    pub is_loop_thread: unsafe extern "C" fn(host: *const hf_host) -> i32,
    /// A table of more functions by id; null if unknown.
    pub extension: unsafe extern "C" fn(host: *const hf_host, id: hf_str) -> *const c_void,
    /// Takes the right to answer a request later. Loop thread, inside its handler. 0 if there is
    /// none.
    pub defer: unsafe extern "C" fn(
        host: *const hf_host,
        request: *const hf_request,
        timeout_ns: u64,
    ) -> hf_token,
    /// Answers what was deferred. `HF_OK`, `HF_STALE`, `HF_TOO_LARGE` or `HF_INVALID`.
    pub complete: unsafe extern "C" fn(
        host: *const hf_host,
        token: hf_token,
        status: i32,
        data: hf_bytes,
    ) -> i32,
    /// Has `on_timer` called. Loop thread. 0 if it does not run.
    pub timer_start: unsafe extern "C" fn(
        host: *const hf_host,
        delay_ns: u64,
        period_ns: u64,
        user: u64,
    ) -> hf_timer,
    /// Ends a timer. Loop thread. `HF_OK`, `HF_STALE` or `HF_WRONG_THREAD`.
    pub timer_stop: unsafe extern "C" fn(host: *const hf_host, timer: hf_timer) -> i32,
    /// Has `on_wake` called soon. `HF_OK` or `HF_SHUTDOWN`.
    pub wake: unsafe extern "C" fn(host: *const hf_host) -> i32,
    /// Has `job` called on a worker thread, then `done` on the loop. `HF_OK`, `HF_BUSY`,
    /// `HF_INVALID`, `HF_NO_MEMORY` or `HF_SHUTDOWN`.
    pub run_blocking: unsafe extern "C" fn(
        host: *const hf_host,
        job: Option<hf_job_fn>,
        job_arg: *mut c_void,
        done: Option<hf_done_fn>,
        done_arg: *mut c_void,
    ) -> i32,
}
