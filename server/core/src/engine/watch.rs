//! What may be seen of the engine, and what must hold in it.

use alloc::collections::{BTreeMap, BTreeSet};

use crate::connection::{Connection, Phase};
use crate::deadlines::Owner;
use crate::limits::{MAX_CARRY, MAX_NOTICES};
use crate::{
    ConnectionId, ConnectionView, Counters, Engine, GenerationView, Handlers, Moment, Notice,
    RouteView, Sighting, Watch,
};

impl<H: Handlers> Engine<H> {
    /// The oldest fact for the log that was not fetched yet.
    pub fn poll_notice(&mut self) -> Option<Notice> {
        self.desk.notices.pop()
    }

    /// Looks at what `watch` says from now on; what was put off before is told if it was slow, or
    /// if everything is to be told.
    pub fn set_watch(&mut self, watch: Watch) {
        self.desk.witness.set(watch, self.desk.counters.frames_in);
    }

    /// What is looked at.
    pub const fn watch(&self) -> &Watch {
        self.desk.witness.watch()
    }

    /// The oldest sighting that was not fetched yet.
    pub fn poll_sighting(&mut self) -> Option<Sighting> {
        self.desk.witness.next()
    }

    /// Whether there are sightings to be fetched.
    pub fn has_sightings(&self) -> bool {
        self.desk.witness.has_seen()
    }

    /// What was counted since the engine was made.
    pub const fn counters(&self) -> &Counters {
        &self.desk.counters
    }

    /// Every connection.
    pub fn connections(&self) -> impl Iterator<Item = ConnectionView> {
        let (limits, now) = (&self.desk.limits, self.desk.latest);
        let closing = self.desk.closing_since.is_some();
        let found = self.connections.iter();
        found.map(move |(id, found)| found.view(ConnectionId(id), limits, closing, now))
    }

    /// Every route, the default route first, then by command.
    pub fn routes(&self) -> impl Iterator<Item = RouteView<'_>> {
        self.desk.switchboard.views()
    }

    /// Every generation that is loaded.
    pub fn generations(&self) -> impl Iterator<Item = GenerationView<'_, H::Callee>> {
        self.desk.generations.views()
    }

    /// Asserts everything that must hold between turns. For tests: it looks at everything.
    ///
    /// # Panics
    /// If something does not hold, which is a fault of ours.
    pub fn invariants(&self) {
        self.tokens_are_owned();
        self.cancelled_are_void();
        self.questions_are_open();
        self.deadlines_are_armed();
        self.touched_are_listed();
        self.sessions_are_held();
        self.counters_agree();
        self.buffers_are_counted();
        self.desk.generations.invariants();
        self.desk.switchboard.invariants(&self.desk.generations);
        for (id, connection) in self.connections.iter() {
            connection.invariants(ConnectionId(id));
        }
    }

    /// Every token is waited for by its connection at its place, and owed by its generation.
    fn tokens_are_owned(&self) {
        let mut by_connection = BTreeMap::<_, u32>::new();
        let mut by_generation = BTreeMap::<_, u32>::new();
        for (token, pending) in self.desk.tokens.iter() {
            let origin = &pending.origin;
            *by_connection.entry(origin.connection).or_default() += 1;
            if pending.is_owed() {
                *by_generation.entry(origin.generation).or_default() += 1;
            }
            let connection = self.connections.at(origin.connection.0).expect("its connection is");
            if let Some(place) = origin.place {
                assert!(
                    connection.outgoing.tokens().any(|waiting| waiting == (place, token)),
                    "{token} is waited for at its place"
                );
            }
        }
        for (id, connection) in self.connections.iter() {
            let counted = by_connection.remove(&ConnectionId(id)).unwrap_or(0);
            assert_eq!(connection.tokens, counted, "tokens of {}", ConnectionId(id));
            for (_, token) in connection.outgoing.tokens() {
                assert!(self.desk.tokens.at(token).is_some(), "{token} is good");
            }
        }
        for (id, generation) in self.desk.generations.iter() {
            let counted = by_generation.remove(&id).unwrap_or(0);
            assert_eq!(generation.in_flight, counted, "tokens of {id}");
        }
        assert!(by_connection.is_empty() && by_generation.is_empty());
    }

    /// What is cancelled is not waited for any more, and is told to a generation that is there.
    fn cancelled_are_void(&self) {
        for cancelled in &self.desk.cancelled {
            assert!(self.desk.tokens.at(cancelled.token).is_none(), "{cancelled:?} is void");
            assert!(self.desk.generations.at(cancelled.generation).is_some(), "{cancelled:?}");
        }
    }

    /// Who was asked can answer, and who asked is there to hear it.
    fn questions_are_open(&self) {
        let questions = &self.desk.questions;
        questions.invariants();
        for (_, question) in questions.iter() {
            let connection = self.connections.at(question.connection.0).expect("it was asked");
            assert!(connection.is_open(), "{} takes answers", question.connection);
        }
        for (id, generation) in self.desk.generations.iter() {
            let waits = questions.of_generation(id).count();
            assert_eq!(generation.asked as usize, waits, "questions of {id}");
        }
        for answered in &questions.answered {
            assert!(self.desk.generations.at(answered.generation).is_some(), "{answered:?}");
        }
        let counters = &self.desk.counters;
        let ended = counters.answers_in + counters.questions_timed_out + counters.questions_gone;
        let waiting = questions.iter().filter(|(_, asked)| !asked.is_overdue).count();
        assert_eq!(counters.asked, ended + waiting as u64);
        assert!(counters.asked <= counters.pushed && counters.pushed <= counters.frames_out);
    }

    /// Every deadline has an entry in the heap that comes up no later.
    fn deadlines_are_armed(&self) {
        let entries: BTreeSet<(Owner, Moment)> =
            self.desk.deadlines.iter().map(|(when, owner)| (owner, when)).collect();
        let is_in = |owner, when: Moment| !when.comes() || entries.contains(&(owner, when));
        for (id, connection) in self.connections.iter() {
            let id = ConnectionId(id);
            assert!(connection.armed <= connection.deadline(&self.desk.limits), "{id} is armed");
            assert!(is_in(Owner::Connection(id), connection.armed), "{id} has an entry");
        }
        assert!(is_in(Owner::Sessions, self.desk.sessions.armed), "sessions have an entry");
        for (token, pending) in self.desk.tokens.iter() {
            assert!(is_in(Owner::Token(token), pending.deadline), "{token} has an entry");
        }
        for (id, question) in self.desk.questions.iter() {
            assert!(is_in(Owner::Question(id), question.deadline), "{id:?} has an entry");
        }
        for (id, generation) in self.desk.generations.iter() {
            if generation.owes_by(generation.until) {
                assert!(is_in(Owner::Generation(id), generation.until), "{id} has an entry");
            }
        }
    }

    /// A connection has a session exactly if the session has the connection.
    fn sessions_are_held(&self) {
        let sessions = &self.desk.sessions;
        sessions.invariants();
        let mut online = 0;
        for view in sessions.views() {
            let Some(holder) = view.connection else {
                continue;
            };
            online += 1;
            let connection = self.connections.at(holder.0).expect("its connection is");
            assert!(connection.is_open(), "{holder} takes requests");
            assert_eq!(connection.session, Some(view.id));
        }
        let held = self.connections.iter().filter(|(_, found)| found.session.is_some());
        assert_eq!(held.count(), online);
        let first = sessions.first_end(self.desk.limits.heartbeat.session_timeout);
        assert!(sessions.armed <= first, "the first end of a session is armed");
        assert!(self.desk.displaced.is_empty(), "nobody is left to be closed");
    }

    fn touched_are_listed(&self) {
        let listed: BTreeSet<_> = self.touched.iter().collect();
        assert_eq!(listed.len(), self.touched.len(), "nobody is listed twice");
        for (id, connection) in self.connections.iter() {
            assert_eq!(connection.touched, listed.contains(&ConnectionId(id)));
        }
    }

    fn counters_agree(&self) {
        let counters = &self.desk.counters;
        let closed: u64 = counters.closed.iter().sum();
        assert_eq!(counters.accepted, closed + self.connections.len() as u64);
        let given_up = counters.timed_out + counters.abandoned + counters.forsaken;
        let settled = counters.completed + given_up;
        let open = self.desk.tokens.len() as u64;
        assert_eq!(counters.deferred + counters.retries, settled + counters.retried + open);
        assert!(counters.errors_out <= counters.frames_out);
        assert_eq!(counters.errors_out, counters.errors.iter().sum::<u64>());
        let answers = counters.replies_dropped + counters.probes_answered + counters.answers_in;
        assert!(counters.events_in + answers <= counters.frames_in);
        assert!(counters.probes_answered <= counters.probes);
        assert!(counters.probes <= counters.frames_out);
        assert!(self.desk.notices.len() <= MAX_NOTICES);
    }
}

impl Connection {
    /// Asserts what holds between turns.
    fn invariants(&self, id: ConnectionId) {
        self.outgoing.invariants();
        assert!(self.carry().len() <= MAX_CARRY, "{id} carries {} bytes", self.carry().len());
        assert!(!self.held || !self.carry().is_empty(), "{id} holds nothing back");
        assert!(self.tokens as usize >= self.outgoing.tokens().count());
        let partial = self.is_open() && !self.eof && !self.held && !self.carry().is_empty();
        assert_eq!(self.partial_since().comes(), partial, "{id}'s clock of an incomplete frame");
        if self.blocked_since.comes() {
            let waits = self.outgoing.waiting_len() > 0 || self.phase() == Phase::Lingering;
            assert!(waits, "{id} is blocked by its peer");
        }
        match self.phase() {
            Phase::Open => {
                let waits = self.held || self.is_claiming;
                assert!(!self.eof || waits, "{id} has something left to take");
            }
            Phase::Finishing => assert!(self.carry().is_empty()),
            Phase::Lingering => {
                assert!(self.carry().is_empty() && self.outgoing.is_settled() && !self.eof);
                assert!(self.blocked_since.comes(), "{id} does not linger for ever");
            }
            Phase::Condemned => {
                assert!(self.carry().is_empty() && self.outgoing.is_settled());
                assert_eq!(self.tokens, 0);
            }
        }
    }
}
