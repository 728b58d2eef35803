//! Sessions: which client is connected where, or was until lately. The table is bounded: what is
//! offline makes way, the longest first.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::sync::Arc;
use core::ops::Bound;
use core::time::Duration;

use hotframe_protocol::Status;

use crate::slots::Slots;
use crate::{ConnectionId, Moment, SessionId, SessionView};

/// One client that said HELLO.
struct Session {
    client: Arc<str>,
    opened: Moment,
    /// Its connection; `None` while it is offline.
    holder: Option<ConnectionId>,
    /// Since when it is offline.
    left: Moment,
    /// When its last connection was heard last.
    heard: Moment,
    /// How often another connection took it up again.
    resumed: u32,
}

/// Every session.
pub(crate) struct Sessions {
    slots: Slots<Session>,
    by_client: BTreeMap<Arc<str>, SessionId>,
    /// Those without a connection, by when they lost it.
    offline: BTreeSet<(Moment, SessionId)>,
    /// The entry in the heap of deadlines; no later than when the first one expires.
    pub armed: Moment,
}

/// How a client came to its session.
pub(crate) struct Joined {
    pub id: SessionId,
    pub client: Arc<str>,
    /// Whether it was there before.
    pub resumed: bool,
    /// The connection that had it until now.
    pub displaced: Option<ConnectionId>,
}

impl Sessions {
    pub const fn new() -> Self {
        Self {
            slots: Slots::new(),
            by_client: BTreeMap::new(),
            offline: BTreeSet::new(),
            armed: Moment::NEVER,
        }
    }

    pub fn len(&self) -> usize {
        self.slots.len()
    }

    /// `connection` takes up the session of `client`, or opens one. Above `most` sessions those
    /// that are offline make way: so there are at most `most`, or as many as connections.
    ///
    /// # Errors
    /// [`Status::Conflict`] if another connection has it and `takeover` is off,
    /// [`Status::Overloaded`] if no id is left for one more.
    pub fn join(
        &mut self,
        client: &str,
        connection: ConnectionId,
        (takeover, most): (bool, usize),
        now: Moment,
    ) -> Result<Joined, Status> {
        let Some(&id) = self.by_client.get(client) else {
            return self.open(client, connection, most, now);
        };
        let session = self.slots.at_mut(id.0).expect("every client's session is in its slot");
        let displaced = session.holder.filter(|&holder| holder != connection);
        if displaced.is_some() && !takeover {
            return Err(Status::Conflict);
        }
        if session.holder.is_none() {
            self.offline.remove(&(session.left, id));
        }
        session.resumed += u32::from(session.holder != Some(connection));
        session.holder = Some(connection);
        Ok(Joined { id, client: session.client.clone(), resumed: true, displaced })
    }

    fn open(
        &mut self,
        client: &str,
        connection: ConnectionId,
        most: usize,
        now: Moment,
    ) -> Result<Joined, Status> {
        self.shrink(most.saturating_sub(1));
        let client: Arc<str> = client.into();
        let session = Session {
            client: client.clone(),
            opened: now,
            holder: Some(connection),
            left: Moment::NEVER,
            heard: now,
            resumed: 0,
        };
        let id = SessionId(self.slots.insert(session).ok_or(Status::Overloaded)?);
        self.by_client.insert(client.clone(), id);
        Ok(Joined { id, client, resumed: false, displaced: None })
    }

    /// `connection`, heard last at `heard`, has left the session, and whose that is; `None` if
    /// another one has it.
    pub fn part(
        &mut self,
        id: SessionId,
        connection: ConnectionId,
        heard: Moment,
        now: Moment,
    ) -> Option<Arc<str>> {
        let session = self.slots.at_mut(id.0).filter(|found| found.holder == Some(connection))?;
        session.holder = None;
        session.left = now;
        session.heard = heard;
        self.offline.insert((now, id));
        Some(session.client.clone())
    }

    /// Forgets a session; nothing happens if it is gone.
    pub fn forget(&mut self, id: SessionId) {
        if let Some(session) = self.slots.remove(id.0) {
            self.by_client.remove(&session.client);
            self.offline.remove(&(session.left, id));
        }
    }

    /// Forgets what is offline, the longest first, until at most `most` are left.
    pub fn shrink(&mut self, most: usize) {
        while self.len() > most
            && let Some(&(_, id)) = self.offline.first()
        {
            self.forget(id);
        }
    }

    /// Forgets what is offline for `timeout`; how many those were.
    pub fn expire(&mut self, timeout: Duration, now: Moment) -> u64 {
        let mut expired = 0;
        while let Some(&(left, id)) = self.offline.first()
            && left.after(timeout) <= now
        {
            self.forget(id);
            expired += 1;
        }
        expired
    }

    /// When the first one expires.
    pub fn first_end(&self, timeout: Duration) -> Moment {
        self.offline.first().map_or(Moment::NEVER, |(left, _)| left.after(timeout))
    }

    /// The session of a client.
    pub fn of_client(&self, client: &str) -> Option<SessionId> {
        self.by_client.get(client).copied()
    }

    /// The connection that has a session.
    pub fn holder(&self, id: SessionId) -> Option<ConnectionId> {
        self.slots.at(id.0)?.holder
    }

    /// The connections of those who are online and whose client's name begins with `prefix`.
    pub fn starting_with(&self, prefix: &str) -> impl Iterator<Item = ConnectionId> {
        let from = self.by_client.range::<str, _>((Bound::Included(prefix), Bound::Unbounded));
        let theirs = from.take_while(move |(client, _)| client.starts_with(prefix));
        theirs.filter_map(|(_, &id)| self.holder(id))
    }

    /// One session, as far as it is known here.
    pub fn view(&self, id: SessionId) -> Option<SessionView<'_>> {
        self.slots.at(id.0).map(|session| session.view(id))
    }

    /// Every session, as far as it is known here.
    pub fn views(&self) -> impl Iterator<Item = SessionView<'_>> {
        self.slots.iter().map(|(id, session)| session.view(SessionId(id)))
    }

    /// Asserts what holds between two calls from outside.
    pub fn invariants(&self) {
        assert_eq!(self.by_client.len(), self.len(), "every session has a client of its own");
        for (id, session) in self.slots.iter() {
            let id = SessionId(id);
            assert_eq!(self.by_client.get(&session.client), Some(&id));
            let listed = self.offline.contains(&(session.left, id));
            assert_eq!(listed, session.holder.is_none(), "{id} is listed while it is offline");
        }
        let offline = self.slots.iter().filter(|(_, session)| session.holder.is_none());
        assert_eq!(offline.count(), self.offline.len());
    }
}

impl Session {
    fn view(&self, id: SessionId) -> SessionView<'_> {
        SessionView {
            id,
            client: &self.client,
            connection: self.holder,
            opened: self.opened,
            left: self.holder.is_none().then_some(self.left),
            last_received: self.heard,
            resumed: self.resumed,
        }
    }
}
