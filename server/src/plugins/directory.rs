//! Owns the book of who is connected, for plugins to look into from any thread.
//!
//! It is kept only while a plugin wants it: where none does, a connection costs nothing here.
use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use hotframe_plugin_api::abi::{hf_conn, hf_conn_info, hf_session, table_size};

/// One for each host, shared with all its generations.
#[derive(Debug, Default)]
pub(super) struct Directory {
    /// A plugin wants it to be kept.
    wanted: AtomicBool,
    /// It is complete, and whatever changes is written into it.
    kept: AtomicBool,
    book: RwLock<HashMap<hf_conn, Entry>>,
}

/// One connection.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    /// Who is at the other end.
    pub peer: Box<str>,
    /// Where it came in.
    pub listener: Arc<str>,
    /// The session that it has, and what its client calls itself.
    pub session: Option<(hf_session, Arc<str>)>,
}

impl Directory {
    /// A plugin wants it to be kept.
    pub fn want(&self) {
        self.wanted.store(true, Ordering::Release);
    }

    /// Whether it is wanted and not kept yet.
    pub fn is_missed(&self) -> bool {
        self.wanted.load(Ordering::Acquire) && !self.is_kept()
    }

    /// Whether it says how things are.
    pub fn is_kept(&self) -> bool {
        self.kept.load(Ordering::Acquire)
    }

    /// From now on it says how things are.
    pub fn keep(&self) {
        self.kept.store(true, Ordering::Release);
    }

    /// Nobody wants it any more.
    pub fn close(&self) {
        self.wanted.store(false, Ordering::Release);
        self.kept.store(false, Ordering::Release);
        *self.write() = HashMap::new();
    }

    /// A connection came.
    pub fn insert(&self, conn: hf_conn, entry: Entry) {
        self.write().insert(conn, entry);
    }

    /// A connection is gone; what was known of it.
    pub fn remove(&self, conn: hf_conn) -> Option<Entry> {
        self.write().remove(&conn)
    }

    /// A connection has another session, or none; false if it is not there.
    pub fn set_session(&self, conn: hf_conn, session: Option<(hf_session, Arc<str>)>) -> bool {
        let mut book = self.write();
        let entry = book.get_mut(&conn);
        entry.map(|entry| entry.session = session).is_some()
    }

    /// Whether a connection is there.
    pub fn knows(&self, conn: hf_conn) -> bool {
        self.read().contains_key(&conn)
    }

    /// What is known of a connection.
    pub fn info(&self, conn: hf_conn) -> Option<hf_conn_info> {
        self.read().get(&conn).map(|entry| entry.info(conn))
    }

    /// Every connection, by number: in the order in which they came.
    pub fn entries(&self) -> Vec<(hf_conn, Entry)> {
        let mut all: Vec<_> = self.read().iter().map(|(conn, e)| (*conn, e.clone())).collect();
        all.sort_unstable_by_key(|(conn, _)| conn.rotate_left(32));
        all
    }

    fn read(&self) -> RwLockReadGuard<'_, HashMap<hf_conn, Entry>> {
        self.book.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, HashMap<hf_conn, Entry>> {
        self.book.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Entry {
    /// As plugins see it.
    pub fn info(&self, conn: hf_conn) -> hf_conn_info {
        let (session, client) = match &self.session {
            Some((session, client)) => (*session, client.as_ref()),
            None => (0, ""),
        };
        let (peer, peer_len) = room(&self.peer);
        let (listener, listener_len) = room(&self.listener);
        let (client, client_len) = room(client);
        hf_conn_info {
            size: table_size::<hf_conn_info>(),
            peer_len,
            listener_len,
            client_len,
            reserved: 0,
            conn,
            session,
            peer,
            listener,
            client,
        }
    }
}

/// A text in a room of its own, cut at a character to what fits.
fn room<const N: usize>(text: &str) -> ([u8; N], u8) {
    const { assert!(N <= 255, "its length is told in a byte") }
    let mut room = [0; N];
    let kept = &text.as_bytes()[..text.floor_char_boundary(N)];
    room.iter_mut().zip(kept).for_each(|(place, byte)| *place = *byte);
    (room, u8::try_from(kept.len()).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(peer: &str) -> Entry {
        Entry { peer: peer.into(), listener: "tcp://127.0.0.1:1".into(), session: None }
    }

    #[test]
    fn it_says_what_is_known_and_cuts_what_does_not_fit() {
        let directory = Directory::default();
        directory.want();
        assert!(directory.is_missed());
        directory.insert(1, entry(&"\u{20AC}".repeat(40)));
        directory.keep();
        assert!(directory.set_session(1, Some((7, "pump".into()))) && !directory.is_missed());
        let info = directory.info(1).unwrap();
        assert_eq!((info.conn, info.session, info.peer_len, info.client_len), (1, 7, 63, 4));
        assert_eq!(&info.client[..4], b"pump");
        assert!(!directory.set_session(2, None) && directory.info(2).is_none());
        directory.close();
        assert!(!directory.knows(1) && !directory.is_kept() && !directory.is_missed());
    }
}
