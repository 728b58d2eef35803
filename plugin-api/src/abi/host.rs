//! What the host offers to a generation of a plugin.

use core::ffi::c_void;

use super::value::hf_str;

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
}
