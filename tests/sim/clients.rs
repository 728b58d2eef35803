//! The shadow of sessions: which client is where, as far as its HELLOs tell.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

use hotframe_core::{ConnectionId, Limits, Moment, Notice, SessionId};

use crate::plugins::Coming;
use crate::routing::{Taken, Verdict, refusal};
use crate::world::World;

/// With a bound of so much on what all keep nobody is let go for it.
const ROOMY: usize = 1 << 20;

/// One client that has a session.
#[derive(Clone, Copy, Debug)]
struct Client {
    session: SessionId,
    holder: Option<ConnectionId>,
    left: Moment,
}

/// What came of a HELLO.
#[derive(Debug)]
enum Told {
    Joined(String, SessionId, bool),
    Refused(String),
}

/// Every client.
#[derive(Default)]
pub struct Clients {
    known: BTreeMap<String, Client>,
    /// Sessions that there ever were.
    ever: BTreeSet<u64>,
    /// What the engine told of each connection's HELLOs that the checks have not come to.
    told: BTreeMap<ConnectionId, VecDeque<Told>>,
    /// Connections that another one took a session from.
    pub displaced: BTreeSet<ConnectionId>,
}

impl Clients {
    /// `connection` said HELLO as `name` and has `session`.
    pub fn join(
        &mut self,
        (connection, session): (ConnectionId, SessionId),
        (name, resumed): (&str, bool),
        limits: &Limits,
        now: Moment,
    ) {
        self.expire(limits.heartbeat.session_timeout, now);
        match self.known.get(name) {
            Some(known) => assert_eq!((known.session, true), (session, resumed), "{name}"),
            None => {
                assert!(!resumed && self.ever.insert(session.to_bits()), "{name} is new");
                self.shrink(limits.max_sessions() - 1);
            }
        }
        let mut others = self.known.iter_mut().filter(|(other, _)| other.as_str() != name);
        if let Some((_, left)) = others.find(|(_, client)| client.holder == Some(connection)) {
            (left.holder, left.left) = (None, now);
        }
        let client = Client { session, holder: Some(connection), left: now };
        self.known.insert(name.to_owned(), client);
        let told = Told::Joined(name.to_owned(), session, resumed);
        self.told.entry(connection).or_default().push_back(told);
    }

    /// `connection` said HELLO as `name` and was refused.
    pub fn refuse(&mut self, connection: ConnectionId, name: &str, limits: &Limits, now: Moment) {
        self.expire(limits.heartbeat.session_timeout, now);
        let known = self.known.get(name).expect("somebody has that name");
        let taken = known.holder.is_some_and(|holder| holder != connection) || known.left == now;
        assert!(taken && !limits.heartbeat.takeover, "{name} is not to be taken over");
        self.told.entry(connection).or_default().push_back(Told::Refused(name.to_owned()));
    }

    /// Who has a session, by name.
    pub fn holders(&self) -> BTreeMap<String, ConnectionId> {
        let known = self.known.iter();
        known.filter_map(|(name, client)| Some((name.clone(), client.holder?))).collect()
    }

    /// The connection that has the session of `name`.
    pub fn holder(&self, name: &str) -> Option<ConnectionId> {
        self.known.get(name)?.holder
    }

    /// What must come of a HELLO.
    pub fn verdict(
        &mut self,
        from: ConnectionId,
        frame: &Taken,
        probe: bool,
        limits: &Limits,
    ) -> Verdict {
        let name = frame.data.split(|&byte| byte == 0).next().unwrap();
        if name.is_empty() {
            let text = b"a client id is 1 to 64 bytes of UTF-8 without control characters";
            return Verdict::Error([&1001u16.to_be_bytes()[..], text].concat());
        }
        let told = self.told.get_mut(&from).and_then(VecDeque::pop_front);
        match told.expect("a HELLO is told of") {
            Told::Refused(told) => {
                assert_eq!(told.as_bytes(), name);
                refusal(1009, 1)
            }
            Told::Joined(told, session, resumed) => {
                assert_eq!(told.as_bytes(), name);
                let idle_after = if probe { limits.heartbeat.idle_after } else { Duration::ZERO };
                let mut data = session.to_bits().to_be_bytes().to_vec();
                for time in [idle_after, limits.heartbeat.session_timeout] {
                    let seconds = u16::try_from(time.as_millis().div_ceil(1_000)).unwrap();
                    data.extend(seconds.to_be_bytes());
                }
                data.push(u8::from(resumed));
                Verdict::Reply(data)
            }
        }
    }

    /// Forgets who is offline for `timeout`.
    pub fn expire(&mut self, timeout: Duration, now: Moment) {
        self.known.retain(|_, client| client.holder.is_some() || client.left.after(timeout) > now);
    }

    /// Forgets who is offline the longest until at most `most` are left.
    pub fn shrink(&mut self, most: usize) {
        while self.known.len() > most {
            let offline = self.known.iter().filter(|(_, client)| client.holder.is_none());
            let longest = offline.min_by_key(|(_, client)| (client.left, client.session));
            let Some(name) = longest.map(|(name, _)| name.clone()) else {
                return;
            };
            self.known.remove(&name);
        }
    }
}

impl World {
    /// Finds the clients whose connection has left them. `notices` tell of others: who said HELLO
    /// again, or was taken over, left with that. Who left behind a HELLO of somebody is found when
    /// that was looked at.
    pub fn note_parted(&mut self, notices: &[Notice]) {
        let (moved, taken): (BTreeSet<_>, BTreeSet<_>) = notices
            .iter()
            .filter_map(|notice| match notice {
                Notice::Joined { connection, session, .. } => Some((*connection, *session)),
                _ => None,
            })
            .unzip();
        let held: BTreeSet<_> = self
            .subject
            .engine
            .connections()
            .filter_map(|view| view.session.map(|session| (view.id, session)))
            .collect();
        let comings = self.subject.engine.handlers().comings.iter();
        let behind: BTreeSet<_> = comings
            .skip_while(|coming| matches!(coming, Coming::Parted(..)))
            .filter_map(|coming| match coming {
                Coming::Parted(_, session) if !notices.is_empty() => Some(*session),
                _ => None,
            })
            .collect();
        for client in self.clients.known.values_mut() {
            let told = |holder| moved.contains(&holder) || taken.contains(&client.session);
            let is_told = |holder| told(holder) || behind.contains(&client.session);
            let left = |&holder: &_| !is_told(holder) && !held.contains(&(holder, client.session));
            let parted = client.holder.filter(left);
            if parted.is_some() {
                // A turn that the shutdown ends, or keeping too much in all, is at the newest
                // moment that the engine was told.
                let may_lag = self.routing.closing || self.limits.max_buffered < ROOMY;
                let left = self.subject.engine.session(client.session).and_then(|view| view.left);
                let good = left.filter(|left| may_lag && (client.left..=self.now).contains(left));
                (client.holder, client.left) = (None, good.unwrap_or(self.now));
            }
        }
    }

    /// Those that parted before this connection joined, at the same moment, were offline by then.
    /// What it had itself until now goes offline behind that.
    pub fn note_parted_before(&mut self, connection: ConnectionId, session: SessionId) {
        let comings = &mut self.subject.engine.handlers_mut().comings;
        let mut parted = BTreeSet::new();
        while let Some(coming) = comings.pop_front() {
            match coming {
                Coming::Joined(..) if coming == Coming::Joined(connection, session) => break,
                Coming::Parted(by, session) if by != connection => drop(parted.insert(session)),
                Coming::Joined(..) | Coming::Parted(..) => {}
            }
        }
        // Whom the shutdown parts has left at another moment, which is looked at elsewhere.
        if self.routing.closing {
            return;
        }
        for client in self.clients.known.values_mut() {
            if client.holder.is_some() && parted.contains(&client.session) {
                (client.holder, client.left) = (None, self.now);
            }
        }
    }

    /// What was told of peers is how things are.
    pub fn check_news(&self) {
        let views = self.subject.engine.connections();
        let known: BTreeMap<_, _> = views.map(|view| (view.id, view.session)).collect();
        assert_eq!(self.subject.engine.handlers().known, known);
    }

    /// The engine's sessions are those of the shadow.
    pub fn compare_clients(&self) {
        let engine = self.subject.engine.sessions();
        let theirs: BTreeMap<_, _> = engine
            .map(|view| (view.client.to_owned(), (view.id, view.connection, view.left)))
            .collect();
        let ours: BTreeMap<_, _> = self
            .clients
            .known
            .iter()
            .map(|(name, client)| {
                let left = client.holder.is_none().then_some(client.left);
                (name.clone(), (client.session, client.holder, left))
            })
            .collect();
        assert_eq!(theirs, ours, "sessions");
    }

    /// A connection joined a session that another one had: that one must end.
    pub fn note_displaced(&mut self, before: Option<ConnectionId>, connection: ConnectionId) {
        let Some(older) = before.filter(|&older| older != connection) else {
            return;
        };
        self.clients.displaced.insert(older);
        if let (Some(peer), Some(shadow)) = (self.peers.get(&older), self.shadows.get_mut(&older))
            && !peer.eof_seen
        {
            shadow.ending.get_or_insert(hotframe_core::CloseReason::TakenOver);
        }
    }
}
