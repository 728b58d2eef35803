//! Extension `hotframe.push/1` of the host: frames that nobody asked for.

use super::host::hf_host;
use super::peers::{hf_ask, hf_conn_info};
use super::value::{hf_bytes, hf_conn, hf_str};

/// What the host's `extension` is asked for.
pub const HF_PUSH: &str = "hotframe.push/1";

/// The connection `id`.
pub const HF_TO_CONN: u32 = 1;
/// The client that has the session `id`.
pub const HF_TO_SESSION: u32 = 2;
/// The client `client`.
pub const HF_TO_CLIENT: u32 = 3;
/// Every client online whose name begins with `client`.
pub const HF_TO_CLIENTS: u32 = 4;
/// Every connection.
pub const HF_TO_ALL: u32 = 5;

/// Need not wait behind replies that are held back.
pub const HF_PUSH_AHEAD: u8 = 1;

/// A frame to push. Owned by the plugin, borrowed for the call.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct hf_push {
    /// Bytes of this struct as the plugin knows it.
    pub size: u32,
    /// `HF_TO_…`.
    pub to: u32,
    /// A connection or a session, else 0.
    pub id: u64,
    /// A client, or how its name begins.
    pub client: hf_str,
    /// At most 255 bytes.
    pub data: hf_bytes,
    /// The command without its kind.
    pub number: u16,
    /// Device address.
    pub address: u8,
    /// `HF_PUSH_…`.
    pub flags: u8,
    /// Zero.
    pub reserved: u32,
}

/// The host's table. Functions may be called from any thread.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct hf_push_host {
    /// Bytes of this struct as the host knows it.
    pub size: u32,
    /// Zero.
    pub reserved: u32,
    /// Pushes an event.
    pub event: unsafe extern "C" fn(host: *const hf_host, push: *const hf_push) -> i32,
    /// Pushes a request; `on_answer` is called once for it.
    pub request: unsafe extern "C" fn(
        host: *const hf_host,
        push: *const hf_push,
        timeout_ns: u64,
        ask: *mut hf_ask,
    ) -> i32,
    /// What is known of a connection. `HF_OK` or `HF_STALE`.
    pub conn_info:
        unsafe extern "C" fn(host: *const hf_host, conn: hf_conn, info: *mut hf_conn_info) -> i32,
    /// Closes a connection soon.
    pub conn_close: unsafe extern "C" fn(host: *const hf_host, conn: hf_conn) -> i32,
}
