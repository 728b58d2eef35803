//! Owns the calls of a plugin's extension `hotframe.peers/1`: what it is told of its peers.
#![allow(unsafe_code)]
use std::ffi::c_void;

use hotframe_core::PeerAnswer;
use hotframe_plugin_api::abi::{
    HF_BUSY, HF_CONN_PRESENT, HF_INTERNAL, HF_OK, HF_SESSION_PRESENT, HF_STALE, HF_TIMEOUT, hf_ask,
    hf_bytes, hf_conn, hf_conn_info, hf_peers, hf_session, hf_str,
};

use super::directory::Entry;
use super::duty::{Act, BadgeRef};

/// The functions of one live instance that has the extension.
#[derive(Debug, Clone, Copy)]
pub(super) struct Peers {
    table: hf_peers,
    instance: *mut c_void,
    badge: BadgeRef,
}

impl Peers {
    /// Those of `table`, of the plugin whose `create` stored `instance`. To be used only while that
    /// lives, on the loop thread, never inside another call of the plugin.
    pub const fn new(table: hf_peers, instance: *mut c_void, badge: BadgeRef) -> Self {
        Self { table, instance, badge }
    }

    /// Something happened to a connection.
    pub fn tell_connection(&self, what: u32, info: &hf_conn_info) {
        if let Some(on_connection) = self.table.on_connection {
            // SAFETY: a function of the plugin and what its `create` stored; see `new`.
            let call = || unsafe { on_connection(self.instance, what, info) };
            self.badge.duty(Act::Connection).during(call);
        }
    }

    /// Something happened to a session.
    pub fn tell_session(&self, what: u32, session: hf_session, conn: hf_conn, client: &str) {
        if let Some(on_session) = self.table.on_session {
            // SAFETY: as in `tell_connection`.
            let call =
                || unsafe { on_session(self.instance, what, session, conn, hf_str::new(client)) };
            self.badge.duty(Act::Session).during(call);
        }
    }

    /// Who was there before the instance.
    pub fn tell_present(&self, present: &[(hf_conn, Entry)]) {
        for (conn, entry) in present {
            self.tell_connection(HF_CONN_PRESENT, &entry.info(*conn));
            if let Some((session, client)) = &entry.session {
                self.tell_session(HF_SESSION_PRESENT, *session, *conn, client);
            }
        }
    }

    /// What became of a pushed request.
    pub fn tell_answer(&self, ask: hf_ask, answer: &Told<'_>) {
        let (status, data) = match answer {
            Told::Peer(PeerAnswer::Reply(data)) => (HF_OK, &data[..]),
            Told::Peer(PeerAnswer::Error(data)) => error(data),
            Told::Peer(PeerAnswer::TimedOut) => (HF_TIMEOUT, &[][..]),
            Told::Peer(PeerAnswer::Gone) | Told::Gone => (HF_STALE, &[][..]),
            Told::Busy => (HF_BUSY, &[][..]),
        };
        if let Some(on_answer) = self.table.on_answer {
            // SAFETY: as in `tell_connection`.
            let call = || unsafe { on_answer(self.instance, ask, status, hf_bytes::new(data)) };
            self.badge.duty(Act::PeerAnswer).during(call);
        }
    }

    /// An event was dropped at a connection that takes no more.
    pub fn tell_push_refused(&self, conn: hf_conn, number: u16) {
        if let Some(on_push_refused) = self.table.on_push_refused {
            // SAFETY: as in `tell_connection`.
            let call = || unsafe { on_push_refused(self.instance, conn, number, HF_BUSY) };
            self.badge.duty(Act::PushRefused).during(call);
        }
    }
}

/// Code and text of an error frame; one without a code is of no known kind.
fn error(data: &[u8]) -> (i32, &[u8]) {
    match data.split_first_chunk::<2>() {
        Some((code, text)) if *code != [0, 0] => (u16::from_be_bytes(*code).into(), text),
        Some((_, text)) => (HF_INTERNAL, text),
        None => (HF_INTERNAL, data),
    }
}

/// What became of a pushed request.
#[derive(Debug)]
pub(super) enum Told<'a> {
    /// The engine tells.
    Peer(&'a PeerAnswer),
    /// It was not pushed: there is nobody.
    Gone,
    /// It was not pushed: too much waits for him.
    Busy,
}
