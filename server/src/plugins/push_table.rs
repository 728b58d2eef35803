//! Owns the host's extension `hotframe.push/1`: the C view of what plugins send to peers.
//!
//! As with the others of the host table, every argument is checked, and nothing unwinds into the
//! plugin.
#![allow(unsafe_code)]
use std::ptr;
use std::time::Duration;

use hotframe_core::ROUTABLE;
use hotframe_plugin_api::abi::{
    HF_BUSY, HF_INVALID, HF_OK, HF_PUSH_AHEAD, HF_SHUTDOWN, HF_STALE, HF_TO_ALL, HF_TO_CLIENT,
    HF_TO_CLIENTS, HF_TO_CONN, HF_TO_SESSION, HF_TOO_LARGE, HF_UNSUPPORTED, hf_ask, hf_conn,
    hf_conn_info, hf_host, hf_push, hf_push_host, hf_str, table_size,
};
use hotframe_protocol::MAX_DATA;

use super::host_table::{Context, context};
use super::parcel::{Content, Frame, To};

/// The table; its functions find out whose it is by the host that they are passed.
pub(super) static TABLE: hf_push_host = hf_push_host {
    size: table_size::<hf_push_host>(),
    reserved: 0,
    event,
    request,
    conn_info,
    conn_close,
};

/// The longest name of a client.
const MAX_CLIENT: usize = 64;
/// How long an answer is waited for where the plugin does not say.
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(10);

unsafe extern "C" fn event(host: *const hf_host, push: *const hf_push) -> i32 {
    // SAFETY: the header asks the plugin to pass the table that it was given.
    let Some(context) = (unsafe { context(host) }) else {
        return HF_INVALID;
    };
    // SAFETY: the header asks for a push that is readable during the call, or null.
    match unsafe { read(push) } {
        Ok((to, frame)) => send(context, to, Content::Event(frame)),
        Err(returned) => returned,
    }
}

unsafe extern "C" fn request(
    host: *const hf_host,
    push: *const hf_push,
    timeout_ns: u64,
    ask: *mut hf_ask,
) -> i32 {
    // SAFETY: as in `event`.
    let Some(context) = (unsafe { context(host) }).filter(|_| !ask.is_null()) else {
        return HF_INVALID;
    };
    // SAFETY: as in `event`.
    let (to, frame) = match unsafe { read(push) } {
        Ok((To::Clients(_) | To::All, _)) => return HF_UNSUPPORTED,
        Ok(read) => read,
        Err(returned) => return returned,
    };
    let timeout = if timeout_ns == 0 { DEFAULT_TIMEOUT } else { Duration::from_nanos(timeout_ns) };
    let Some(number) = context.backroom.next_ask() else {
        return HF_SHUTDOWN;
    };
    let returned = send(context, to, Content::Request(frame, number, timeout));
    if returned == HF_OK {
        // SAFETY: not null, and a place for the number by the header.
        unsafe { ask.write_unaligned(number) };
    }
    returned
}

unsafe extern "C" fn conn_info(
    host: *const hf_host,
    conn: hf_conn,
    info: *mut hf_conn_info,
) -> i32 {
    // SAFETY: as in `event`.
    let Some(context) = (unsafe { context(host) }).filter(|_| !info.is_null()) else {
        return HF_INVALID;
    };
    // SAFETY: not null, and the header asks for a size that is set.
    let size = unsafe { info.cast::<u32>().read_unaligned() };
    if size < table_size::<hf_conn_info>() {
        return HF_INVALID;
    }
    let Some(known) = context.backroom.conn_info(conn) else {
        return HF_STALE;
    };
    // SAFETY: not null, and as large as its size says by the header.
    unsafe { info.write_unaligned(known) };
    HF_OK
}

unsafe extern "C" fn conn_close(host: *const hf_host, conn: hf_conn) -> i32 {
    // SAFETY: as in `event`.
    match unsafe { context(host) } {
        Some(context) => send(context, To::Connection(conn), Content::Farewell),
        None => HF_INVALID,
    }
}

/// What a plugin wants pushed, copied.
///
/// # Safety
/// `push` is null, or points at a push whose texts are readable.
unsafe fn read(push: *const hf_push) -> Result<(To, Frame), i32> {
    if push.is_null() {
        return Err(HF_INVALID);
    }
    // SAFETY: not null, readable by the caller's promise; every revision starts with its size.
    let size = unsafe { push.cast::<u32>().read_unaligned() };
    if size < table_size::<hf_push>() {
        return Err(HF_INVALID);
    }
    // SAFETY: it has at least the fields of 1.0.
    let push = unsafe { ptr::read_unaligned(push) };
    // SAFETY: the caller's promise.
    let data = unsafe { push.data.as_slice() };
    if data.len() > MAX_DATA {
        return Err(HF_TOO_LARGE);
    }
    let to = match push.to {
        HF_TO_CONN => To::Connection(push.id),
        HF_TO_SESSION => To::Session(push.id),
        // SAFETY: the caller's promise.
        HF_TO_CLIENT => To::Client(unsafe { client(push.client) }?),
        // SAFETY: the caller's promise.
        HF_TO_CLIENTS => To::Clients(unsafe { client(push.client) }?),
        HF_TO_ALL => To::All,
        _ => return Err(HF_INVALID),
    };
    if !ROUTABLE.contains(&push.number) || push.flags & !HF_PUSH_AHEAD != 0 {
        return Err(HF_INVALID);
    }
    let ahead = push.flags & HF_PUSH_AHEAD != 0;
    Ok((to, Frame { address: push.address, number: push.number, ahead, data: data.into() }))
}

/// The name of a client.
///
/// # Safety
/// The text is readable, or null.
unsafe fn client(text: hf_str) -> Result<Box<str>, i32> {
    if text.len > MAX_CLIENT {
        return Err(HF_INVALID);
    }
    // SAFETY: the caller's promise.
    let text = std::str::from_utf8(unsafe { text.as_slice() }).map_err(|_| HF_INVALID)?;
    Ok(text.into())
}

fn send(context: &Context, to: To, content: Content) -> i32 {
    match context.backroom.send(to, content, context.is_on_loop()) {
        Ok(()) => HF_OK,
        Err(Unsent::Gone) => HF_STALE,
        Err(Unsent::Full) => HF_BUSY,
        Err(Unsent::Closed) => HF_SHUTDOWN,
    }
}

/// Why the loop is not given a parcel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unsent {
    /// There is no such connection.
    Gone,
    /// Too many wait already.
    Full,
    /// There is no instance.
    Closed,
}
