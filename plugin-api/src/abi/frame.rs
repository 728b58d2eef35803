//! The data path: a request, its reply, and the handler between them.

use core::ffi::c_void;

use super::value::{hf_conn, hf_str};

/// Send `buf[..len]`.
pub const HF_REPLY: i32 = 0;
/// Send nothing: right for an event.
pub const HF_NO_REPLY: i32 = 1;
/// `complete` answers later.
pub const HF_DEFERRED: i32 = 2;
/// Go on as if this route did not exist.
pub const HF_NEXT: i32 = 3;
/// Send `buf[..len]`, then close the connection.
pub const HF_CLOSE: i32 = 4;

/// Reserved: the plugin runs in a process of its own.
pub const HF_REQ_ISOLATED: u32 = 1;
/// Reserved: an earlier process of the plugin ended before it began this request.
pub const HF_REQ_REPLAYED: u32 = 2;
/// Reserved: the request is being traced.
pub const HF_REQ_TRACE: u32 = 4;
/// One-way: nothing is sent back, whatever the handler returns.
pub const HF_REQ_EVENT: u32 = 8;

/// A request. Owned by the host, borrowed for the call, read only.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct hf_request {
    /// Bytes of this struct as the host knows it.
    pub size: u32,
    /// `HF_REQ_…`; unknown bits are to be ignored.
    pub flags: u32,
    /// The connection it came on.
    pub conn: hf_conn,
    /// Unique while the server runs.
    pub request_id: u64,
    /// Monotonic, ns, taken once per turn of the loop.
    pub now_ns: u64,
    /// Points into the receive buffer; may be null where `len` is 0.
    pub data: *const u8,
    /// 0 to 255.
    pub len: u32,
    /// The whole command word, as it came.
    pub command: u16,
    /// Device address, as it came.
    pub address: u8,
    /// Zero.
    pub reserved: u8,
    /// An answer after this moment is useless; 0 = none.
    pub deadline_ns: u64,
}

/// A reply to be filled. Owned by the host, borrowed for the call.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct hf_reply {
    /// Bytes of this struct as the host knows it.
    pub size: u32,
    /// Bytes that fit in `buf`, never below 255.
    pub cap: u32,
    /// Points into the connection's send buffer.
    pub buf: *mut u8,
    /// 0 at first; the handler sets it to the bytes written.
    pub len: u32,
    /// Preset for the reply of this request; may be changed.
    pub command: u16,
    /// The request's; may be changed.
    pub address: u8,
    /// Zero.
    pub reserved: u8,
}

/// Answers one request, on the loop thread: `HF_REPLY` … `HF_CLOSE`, or a negative code.
pub type hf_handler_fn = unsafe extern "C" fn(
    instance: *mut c_void,
    request: *const hf_request,
    reply: *mut hf_reply,
) -> i32;

/// One handler of a plugin. Static.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct hf_handler {
    /// Without the plugin's name; unique in the plugin.
    pub name: hf_str,
    /// Must be there.
    pub call: Option<hf_handler_fn>,
    /// None in 1.0: zero.
    pub flags: u32,
    /// Suggestion that tools show, `0x0100` to `0x3FFF`; 0 = none.
    pub default_command: u16,
    /// Zero.
    pub rsv: u16,
    /// Shorter data never reaches the handler: 1001.
    pub min_len: u32,
    /// Longer data never reaches the handler: 1001. Above 255 means 255.
    pub max_len: u32,
    /// Calls that take longer are reported; 0 = the server's own limit.
    pub soft_deadline_us: u32,
    /// Zero.
    pub reserved: u32,
}

// SAFETY: a handler is immutable and all its pointers lead to static data and code.
unsafe impl Sync for hf_handler {}
// SAFETY: as above, nothing in it belongs to a thread.
unsafe impl Send for hf_handler {}
