//! Extension `hotframe.lifecycle/1`: configuration, health, begin and end.

use core::ffi::c_void;

use super::value::hf_str;

/// What the plugin's `extension` is asked for.
pub const HF_LIFECYCLE: &str = "hotframe.lifecycle/1";

/// Where to say what is wrong with a configuration. Owned by the host, borrowed for the call.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct hf_findings {
    /// Bytes of this struct as the host knows it.
    pub size: u32,
    /// Zero.
    pub reserved: u32,
    /// The host's own.
    pub context: *mut c_void,
    /// One mistake: the dotted key that is meant, and what is wrong with it.
    pub wrong: unsafe extern "C" fn(findings: *const hf_findings, key: hf_str, text: hf_str),
}

/// The plugin's table. Static. A function that is `None` is not provided.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct hf_lifecycle {
    /// Bytes of this struct as the plugin knows it.
    pub size: u32,
    /// Zero.
    pub reserved: u32,
    /// Judges a configuration. Pure, on any one thread, with or without an instance.
    pub validate_config:
        Option<unsafe extern "C" fn(config: hf_str, findings: *const hf_findings) -> i32>,
    /// Whether a fresh instance would serve. Loop thread.
    pub self_test: Option<unsafe extern "C" fn(instance: *mut c_void) -> i32>,
    /// Takes another configuration while it serves. Loop thread.
    pub reconfigure: Option<unsafe extern "C" fn(instance: *mut c_void, config: hf_str) -> i32>,
    /// Requests come next. Loop thread.
    pub start: Option<unsafe extern "C" fn(instance: *mut c_void) -> i32>,
    /// No new request comes. Loop thread.
    pub quiesce: Option<unsafe extern "C" fn(instance: *mut c_void)>,
}
