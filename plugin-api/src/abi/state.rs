//! Extension `hotframe.state/1`: how a plugin's state outlives its code.

use core::ffi::c_void;

use super::value::{hf_bytes, hf_token};

/// What the plugin's `extension` is asked for.
pub const HF_STATE: &str = "hotframe.state/1";
/// `save_state`: this was a slice, call again for the next.
pub const HF_MORE: i32 = 1;

/// Where state is written to. Owned by the host, borrowed for the call.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct hf_sink {
    /// Bytes of this struct as the host knows it.
    pub size: u32,
    /// Zero.
    pub reserved: u32,
    /// The host's own.
    pub context: *mut c_void,
    /// Appends a copy of the bytes. `HF_OK`, or `HF_TOO_LARGE`.
    pub write: unsafe extern "C" fn(sink: *const hf_sink, bytes: hf_bytes) -> i32,
}

/// Where state is read from. Owned by the host, borrowed for the call.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct hf_source {
    /// Bytes of this struct as the host knows it.
    pub size: u32,
    /// Zero.
    pub reserved: u32,
    /// The host's own.
    pub context: *mut c_void,
    /// Bytes of this slice.
    pub len: u64,
    /// Copies the next bytes to `buf`; fewer than `len` only at the end.
    pub read: unsafe extern "C" fn(source: *const hf_source, buf: *mut u8, len: usize) -> usize,
    /// Claims a token of the old generation. `HF_OK`, `HF_STALE` or `HF_DENIED`.
    pub adopt: unsafe extern "C" fn(source: *const hf_source, token: hf_token) -> i32,
}

/// The plugin's table. Static. Only `save_abort` may be `None`.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct hf_state {
    /// Bytes of this struct as the plugin knows it.
    pub size: u32,
    /// The author's number for what this state is.
    pub schema: u32,
    /// The newest version that it writes and reads.
    pub version: u32,
    /// The oldest.
    pub version_min: u32,
    /// Writes its state, or a slice of about `budget` bytes. Loop thread. `HF_OK`, `HF_MORE` or a
    /// negative code.
    pub save_state: Option<
        unsafe extern "C" fn(
            instance: *mut c_void,
            version: u32,
            budget: u64,
            sink: *const hf_sink,
        ) -> i32,
    >,
    /// Takes over one slice. Loop thread.
    pub load_state: Option<
        unsafe extern "C" fn(instance: *mut c_void, version: u32, source: *const hf_source) -> i32,
    >,
    /// What was saved in slices so far is not wanted any more. Loop thread.
    pub save_abort: Option<unsafe extern "C" fn(instance: *mut c_void)>,
}
