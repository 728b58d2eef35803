//! Owns the news of peers on the loop: what the engine tells, until the plugins are told.
use std::fmt::Display;
use std::mem;
use std::sync::Arc;

use hotframe_core::{ConnectionId, JoinedHow, PeerNews, SessionId};
use hotframe_plugin_api::abi::{
    HF_CONN_CLOSED, HF_CONN_OPENED, HF_SESSION_DOWN, HF_SESSION_RESUMED, HF_SESSION_TAKEN_OVER,
    HF_SESSION_UP, hf_ask, hf_conn, hf_conn_info, hf_session,
};

use super::created::InstanceId;
use super::directory::{Directory, Entry};
use super::host::Host;
use super::live::Live;
use super::metrics::Series;
use super::peers::{Peers, Told};

/// One thing that happened, as plugins are told of it.
#[derive(Debug)]
pub(super) enum News {
    Connection(u32, Box<hf_conn_info>),
    Session(u32, hf_session, hf_conn, Arc<str>),
}

impl News {
    fn tell(&self, peers: &Peers) {
        match self {
            Self::Connection(what, info) => peers.tell_connection(*what, info),
            Self::Session(what, session, conn, client) => {
                peers.tell_session(*what, *session, *conn, client);
            }
        }
    }
}

impl Host {
    /// Whether a plugin wants to know who is connected, and the host does not know yet.
    pub fn misses_peers(&self) -> bool {
        self.directory().is_missed()
    }

    /// Who is connected. From now on the host is told of whoever comes.
    pub fn meet(&mut self, present: impl Iterator<Item = Introduction>) {
        for introduction in present {
            let (conn, entry) = introduction.into_entry();
            self.directory().insert(conn, entry);
        }
        self.directory().keep();
    }

    /// What plugins have defined themselves, with whose it is.
    pub fn metrics(&self) -> Vec<(String, Arc<Series>)> {
        self.inbox.metrics().all()
    }

    /// Whether the host wants to be told of whoever comes.
    pub fn greets(&self) -> bool {
        self.directory().is_kept()
    }

    /// A connection came.
    pub fn greet(&mut self, introduction: Introduction) {
        let (conn, entry) = introduction.into_entry();
        let info = Box::new(entry.info(conn));
        self.directory().insert(conn, entry);
        self.note(News::Connection(HF_CONN_OPENED, info));
    }

    /// The engine tells what happened to a peer. The coming of a connection is not looked at: the
    /// shell knows more of it.
    #[cold]
    pub(super) fn hear_of_peer(&mut self, news: &PeerNews) {
        if let PeerNews::Closed { connection, .. } = news {
            self.judgements.note_gone(*connection);
        }
        if !self.directory().is_kept() {
            return;
        }
        match news {
            PeerNews::Opened { .. } => {}
            PeerNews::Closed { connection, .. } => {
                let conn = connection.to_bits();
                if let Some(entry) = self.directory().remove(conn) {
                    self.note(News::Connection(HF_CONN_CLOSED, Box::new(entry.info(conn))));
                }
            }
            PeerNews::Joined { connection, session, client, how } => {
                let what = match how {
                    JoinedHow::Opened => HF_SESSION_UP,
                    JoinedHow::Resumed => HF_SESSION_RESUMED,
                    JoinedHow::TakenOver(older) => {
                        self.directory().set_session(older.to_bits(), None);
                        HF_SESSION_TAKEN_OVER
                    }
                };
                let has = Some((session.to_bits(), Arc::clone(client)));
                self.directory().set_session(connection.to_bits(), has);
                self.note_session(what, *session, *connection, client);
            }
            PeerNews::Parted { connection, session, client } => {
                self.directory().set_session(connection.to_bits(), None);
                self.note_session(HF_SESSION_DOWN, *session, *connection, client);
            }
        }
    }

    /// Tells the plugins what has happened since the last time, and new ones how things are.
    pub(super) fn tell_news(&mut self) {
        for news in mem::take(&mut self.news) {
            self.listeners().for_each(|peers| news.tell(peers));
        }
        if self.has_newcomers() && self.directory().is_kept() {
            let present = self.directory().entries();
            self.newcomers().for_each(|peers| peers.tell_present(&present));
        }
    }

    /// What became of a request that an instance has pushed.
    pub(super) fn tell_answer(&mut self, id: InstanceId, ask: hf_ask, told: &Told<'_>) {
        if let Some(peers) = self.live.get(&id).and_then(|live| live.peers.as_ref()) {
            peers.tell_answer(ask, told);
        }
    }

    /// An event that an instance has pushed was dropped at a connection that takes no more.
    #[cold]
    pub(super) fn tell_push_refused(&mut self, id: InstanceId, conn: hf_conn, number: u16) {
        if let Some(peers) = self.live.get(&id).and_then(|live| live.peers.as_ref()) {
            peers.tell_push_refused(conn, number);
        }
    }

    /// Those who have been told who is there.
    fn listeners(&self) -> impl Iterator<Item = &Peers> {
        self.live.values().filter(|live| !live.is_new).filter_map(|live| live.peers.as_ref())
    }

    /// Whether somebody has still to be told who is there.
    fn has_newcomers(&self) -> bool {
        self.live.values().any(|live| live.is_new && live.peers.is_some())
    }

    /// Those who have still to be told who is there; they are from now on.
    fn newcomers(&mut self) -> impl Iterator<Item = &Peers> {
        let new = self.live.values_mut().filter(|live| live.is_new);
        new.filter_map(|live| {
            live.is_new = false;
            live.peers.as_ref()
        })
    }

    /// An instance has gone: the directory is closed when nobody wants it any more.
    pub(super) fn note_leaving(&self) {
        if !self.live.values().any(Live::wants_peers) {
            self.directory().close();
        }
    }

    fn note_session(&mut self, what: u32, id: SessionId, on: ConnectionId, client: &Arc<str>) {
        self.note(News::Session(what, id.to_bits(), on.to_bits(), Arc::clone(client)));
    }

    fn note(&mut self, news: News) {
        if self.listeners().next().is_some() {
            self.news.push(news);
        }
    }

    fn directory(&self) -> &Directory {
        self.inbox.directory()
    }
}

/// A connection, as the shell knows it.
#[derive(Debug)]
pub struct Introduction {
    connection: ConnectionId,
    entry: Entry,
}

impl Introduction {
    /// Who is at the other end of a connection, and where it came in.
    pub fn new(connection: ConnectionId, peer: &impl Display, listener: Arc<str>) -> Self {
        let entry = Entry { peer: peer.to_string().into(), listener, session: None };
        Self { connection, entry }
    }

    /// And which client that is.
    #[must_use]
    pub fn with_session(mut self, session: Option<(SessionId, Arc<str>)>) -> Self {
        self.entry.session = session.map(|(id, client)| (id.to_bits(), client));
        self
    }

    fn into_entry(self) -> (hf_conn, Entry) {
        (self.connection.to_bits(), self.entry)
    }
}
