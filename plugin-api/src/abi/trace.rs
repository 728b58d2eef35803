//! The extension `hotframe.trace/1` of the host.

use super::host::hf_host;
use super::value::{hf_str, hf_token};

/// The extension's id.
pub const HF_TRACE: &str = "hotframe.trace/1";

/// The trace id of W3C Trace Context; never all zeros.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct hf_trace_id {
    /// In the order of its digits.
    pub bytes: [u8; 16],
}

/// How a request is named in logs and tools.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct hf_trace {
    /// Bytes of this struct as the host knows it.
    pub size: u32,
    /// 0.
    pub reserved: u32,
    /// The id of the request that is being answered. Loop thread, inside a handler. `HF_OK`,
    /// `HF_STALE` or `HF_WRONG_THREAD`.
    pub of_request: unsafe extern "C" fn(host: *const hf_host, id: *mut hf_trace_id) -> i32,
    /// The id of the request behind a token. `HF_OK` or `HF_STALE`.
    pub of_token:
        unsafe extern "C" fn(host: *const hf_host, token: hf_token, id: *mut hf_trace_id) -> i32,
    /// Writes a line for the request behind a token.
    pub log: unsafe extern "C" fn(host: *const hf_host, token: hf_token, level: u32, text: hf_str),
}
