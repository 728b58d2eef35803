//! Extension `hotframe.peers/1`: who connects, which client is there, what pushes were answered.

use core::ffi::c_void;

use super::value::{hf_bytes, hf_conn, hf_str};

/// What the plugin's `extension` is asked for.
pub const HF_PEERS: &str = "hotframe.peers/1";

/// A client that said HELLO. Never given twice. 0 = none.
pub type hf_session = u64;
/// A request that was pushed. Never given twice. 0 = none.
pub type hf_ask = u64;

/// It was there before this instance.
pub const HF_CONN_PRESENT: u32 = 1;
/// It was let in.
pub const HF_CONN_OPENED: u32 = 2;
/// It is gone.
pub const HF_CONN_CLOSED: u32 = 3;

/// It was online before this instance.
pub const HF_SESSION_PRESENT: u32 = 1;
/// A client has a new session.
pub const HF_SESSION_UP: u32 = 2;
/// A client that was offline is back.
pub const HF_SESSION_RESUMED: u32 = 3;
/// A client is on another connection than before.
pub const HF_SESSION_TAKEN_OVER: u32 = 4;
/// A client is offline.
pub const HF_SESSION_DOWN: u32 = 5;

/// What is known of a connection.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct hf_conn_info {
    /// Bytes of this struct as its maker knows it.
    pub size: u32,
    /// Bytes of `peer`.
    pub peer_len: u8,
    /// Bytes of `listener`.
    pub listener_len: u8,
    /// Bytes of `client`; 0: it has not said HELLO.
    pub client_len: u8,
    /// Zero.
    pub reserved: u8,
    /// Which one.
    pub conn: hf_conn,
    /// 0: it has not said HELLO.
    pub session: hf_session,
    /// Who is at the other end.
    pub peer: [u8; 64],
    /// Where it came in.
    pub listener: [u8; 128],
    /// What the client calls itself.
    pub client: [u8; 64],
}

/// The plugin's table. Static. A function that is `None` is not provided.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct hf_peers {
    /// Bytes of this struct as the plugin knows it.
    pub size: u32,
    /// Zero.
    pub reserved: u32,
    /// Something happened to a connection. Loop thread.
    pub on_connection:
        Option<unsafe extern "C" fn(instance: *mut c_void, what: u32, info: *const hf_conn_info)>,
    /// Something happened to a session. Loop thread.
    pub on_session: Option<
        unsafe extern "C" fn(
            instance: *mut c_void,
            what: u32,
            session: hf_session,
            conn: hf_conn,
            client: hf_str,
        ),
    >,
    /// What became of a pushed request. Loop thread.
    pub on_answer: Option<
        unsafe extern "C" fn(instance: *mut c_void, ask: hf_ask, status: i32, data: hf_bytes),
    >,
    /// An event was dropped at a connection whose peer reads too slowly. Loop thread.
    pub on_push_refused: Option<
        unsafe extern "C" fn(instance: *mut c_void, conn: hf_conn, number: u16, status: i32),
    >,
}
