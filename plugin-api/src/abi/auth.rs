//! Extension `hotframe.auth/1`: a plugin judges the credentials that clients show.

use core::ffi::c_void;

use super::value::{hf_bytes, hf_conn, hf_str, hf_token};

/// What the plugin's `extension` is asked for.
pub const HF_AUTH: &str = "hotframe.auth/1";

/// What a client has shown. Owner: the host; borrowed for the call.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct hf_credential {
    /// Bytes of this struct as its maker knows it.
    pub size: u32,
    /// Zero.
    pub reserved: u32,
    /// The connection that shows it.
    pub conn: hf_conn,
    /// Who it wants to be.
    pub client: hf_str,
    /// What it shows for that; empty if nothing.
    pub credential: hf_bytes,
    /// Where it comes from.
    pub peer: hf_str,
    /// A verdict after this moment is useless.
    pub deadline_ns: u64,
}

/// The plugin's table. Static.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct hf_auth {
    /// Bytes of this struct as the plugin knows it.
    pub size: u32,
    /// Zero.
    pub reserved: u32,
    /// Whether a credential is good. Loop thread.
    pub judge: Option<
        unsafe extern "C" fn(
            instance: *mut c_void,
            shown: *const hf_credential,
            token: hf_token,
        ) -> i32,
    >,
}
