//! The table of `hotframe.peers/1`, and the C functions in front of [`Peers`].

use core::ffi::c_void;

use super::instance::Instance;
use super::{Extension, panics};
use crate::abi::{
    HF_BUSY, HF_INTERNAL, HF_OK, HF_PEERS, HF_TIMEOUT, hf_ask, hf_bytes, hf_conn, hf_conn_info,
    hf_peers, hf_session, hf_str, table_size,
};
use crate::{
    AskId, ConnectionEvent, ConnectionId, ConnectionInfo, NoAnswer, Peers, Session, SessionEvent,
    SessionId,
};

/// The extension of a plugin that names it.
pub const fn extension<P: Peers>() -> Extension {
    Extension::new(HF_PEERS, P::TABLE)
}

/// The table of a plugin.
trait Table {
    const TABLE: &'static hf_peers;
}

impl<P: Peers> Table for P {
    const TABLE: &'static hf_peers = &hf_peers {
        size: table_size::<hf_peers>(),
        reserved: 0,
        on_connection: Some(on_connection::<P>),
        on_session: Some(on_session::<P>),
        on_answer: Some(on_answer::<P>),
        on_push_refused: Some(on_push_refused::<P>),
    };
}

/// # Safety
/// As for [`super::instance::cancel`], with what is known of the connection, which lives for the
/// call.
unsafe extern "C" fn on_connection<P: Peers>(
    instance: *mut c_void,
    what: u32,
    info: *const hf_conn_info,
) {
    // SAFETY: the caller's promise; so this is the only reference. The same below.
    let instance = unsafe { &mut *instance.cast::<Instance<P>>() };
    // SAFETY: the caller's promise: at least what is known to 1.0 is there.
    let info = ConnectionInfo::from_raw(unsafe { *info });
    // A panic has been logged by the hook. The same below.
    let _ = panics::guarded(|| {
        instance.plugin.on_connection(ConnectionEvent::of(what), &info);
    });
}

/// # Safety
/// As for [`super::instance::cancel`], with a text that lives for the call.
unsafe extern "C" fn on_session<P: Peers>(
    instance: *mut c_void,
    what: u32,
    session: hf_session,
    conn: hf_conn,
    client: hf_str,
) {
    // SAFETY: as above.
    let instance = unsafe { &mut *instance.cast::<Instance<P>>() };
    // SAFETY: the caller's promise.
    let client = core::str::from_utf8(unsafe { client.as_slice() }).unwrap_or_default();
    let (id, connection) = (SessionId(session), ConnectionId::from_bits(conn));
    let session = Session { id, connection, client };
    let _ = panics::guarded(|| instance.plugin.on_session(SessionEvent::of(what), &session));
}

/// # Safety
/// As for [`super::instance::cancel`], with bytes that live for the call.
unsafe extern "C" fn on_answer<P: Peers>(
    instance: *mut c_void,
    ask: hf_ask,
    status: i32,
    data: hf_bytes,
) {
    // SAFETY: as above.
    let instance = unsafe { &mut *instance.cast::<Instance<P>>() };
    // SAFETY: the caller's promise.
    let data = unsafe { data.as_slice() };
    let answer = match (status, u16::try_from(status)) {
        (HF_OK, _) => Ok(data),
        (_, Ok(code)) => Err(NoAnswer::Error { code, text: data }),
        (HF_INTERNAL, _) => Err(NoAnswer::Error { code: 0, text: data }),
        (HF_TIMEOUT, _) => Err(NoAnswer::TimedOut),
        (HF_BUSY, _) => Err(NoAnswer::Busy),
        _ => Err(NoAnswer::Gone),
    };
    let _ = panics::guarded(|| instance.plugin.on_answer(AskId(ask), answer));
}

/// # Safety
/// As for [`super::instance::cancel`].
unsafe extern "C" fn on_push_refused<P: Peers>(
    instance: *mut c_void,
    conn: hf_conn,
    number: u16,
    _status: i32,
) {
    // SAFETY: as above.
    let instance = unsafe { &mut *instance.cast::<Instance<P>>() };
    let connection = ConnectionId::from_bits(conn);
    let _ = panics::guarded(|| instance.plugin.on_push_refused(connection, number));
}
