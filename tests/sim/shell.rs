//! The fake shell: gives turns as the real one does, and no more often.

use hotframe_core::{ConnectionId, Next, READ_ROOM};

use crate::world::World;

/// What an outbox begins with, of which all counts, however little lies in it.
const OUTBOX: usize = READ_ROOM + 1024;

impl World {
    /// Gives one connection its turn: read, write, and what is to be done next.
    pub fn turn(&mut self, id: ConnectionId) {
        self.ready.remove(&id);
        self.read(id);
        self.write(id);
        self.end_turn(id);
    }

    /// Lists the connections that the engine wants to have a turn.
    pub fn fetch_touched(&mut self) {
        while let Some(id) = self.subject.poll_touched() {
            if self.peers.contains_key(&id) {
                self.ready.insert(id);
            }
        }
    }

    fn read(&mut self, id: ConnectionId) {
        let engine = &self.subject.engine;
        let Some(peer) = self.peers.get_mut(&id) else {
            return;
        };
        if !engine.wants_read(id) || !(peer.is_readable() || engine.has_backlog(id)) {
            return;
        }
        let carry = engine.carry(id).to_vec();
        let most = peer.in_flight.len().min(engine.read_room(id));
        let short = most > 0 && self.rng.chance(self.odds.short_read);
        let n = if short { self.rng.within(1..=most) } else { most };
        let fresh: Vec<u8> = peer.in_flight.drain(..n).collect();
        let ends = peer.fin && peer.in_flight.is_empty() && !peer.eof_seen;
        self.ledger.bytes_in += n as u64;
        self.say(format_args!("{id} reads {n} behind {}, end: {ends}", carry.len()));
        self.deliver(id, &fresh, false);
        let bytes = [carry, fresh].concat();
        self.subject.engine.handle_received(id, &bytes, self.now);
        self.mark_given_up(id);
        self.check();
        if ends {
            self.hear_end(id);
        }
    }

    /// The shell sees that the peer closed its direction.
    fn hear_end(&mut self, id: ConnectionId) {
        let Some(peer) = self.peers.get_mut(&id) else {
            return;
        };
        peer.eof_seen = true;
        self.deliver(id, &[], true);
        self.subject.engine.handle_eof(id, self.now);
        self.mark_given_up(id);
        self.check();
    }

    /// Tells the shadow what the engine is about to hear, unless it does not listen any more.
    fn deliver(&mut self, id: ConnectionId, fresh: &[u8], last: bool) {
        let shadow = self.shadows.get_mut(&id).expect("a connection has a shadow");
        if !fresh.is_empty() {
            shadow.hear(self.now);
        }
        if !self.peers[&id].shut && shadow.ending.is_none() {
            shadow.deliver(fresh, last, self.now);
        }
    }

    fn write(&mut self, id: ConnectionId) {
        let (Some(peer), Some(shadow)) = (self.peers.get_mut(&id), self.shadows.get_mut(&id))
        else {
            return;
        };
        let outbound = self.subject.outbound(id, shadow.behind, peer.shut);
        let n = peer.take(outbound.len());
        peer.left_since = match peer.left_since {
            // What was left counts on, though the engine has given it up.
            since if shadow.cut => since,
            _ if !peer.blocked => None,
            None => Some(self.now),
            since => since,
        };
        assert_eq!(outbound[..n], shadow.ready[..n], "{id} is sent what it is owed");
        shadow.sent(n);
        if outbound.is_empty() {
            return;
        }
        self.ledger.bytes_out += n as u64;
        self.say(format_args!("{id} writes {n} of {}", outbound.len()));
        self.subject.engine.handle_written(id, n, self.now);
        self.check();
    }

    fn end_turn(&mut self, id: ConnectionId) {
        let Some(eof_seen) = self.peers.get(&id).map(|peer| peer.eof_seen) else {
            return;
        };
        let may_flood = self.note_flood(id);
        let next = self.subject.poll_next(id, eof_seen);
        let peer = self.peers.get_mut(&id).expect("nobody is removed by a question");
        match next {
            Next::Keep => {
                assert!(!self.shadows[&id].cut, "{id} was cut off and must close");
            }
            Next::ShutdownWrite => {
                assert!(!peer.shut, "said once");
                peer.shut = true;
                self.say(format_args!("{id} shuts down"));
                self.check_settled(id);
                assert!(self.shadows[&id].claim.is_none(), "{id} gets its verdict first");
            }
            Next::Close => {
                self.say(format_args!("{id} closes"));
                self.check_settled(id);
                self.subject.engine.handle_closed(id, self.now);
            }
        }
        if may_flood {
            self.mark_let_go();
        }
        self.check();
        let engine = &self.subject.engine;
        let wants = self.peers.get(&id).is_some_and(|peer| {
            engine.wants_read(id) && (peer.is_readable() || engine.has_backlog(id))
        });
        if wants {
            self.ready.insert(id);
        }
        self.fetch_touched();
    }

    /// The time has come: deadlines are judged.
    pub fn handle_due(&mut self) {
        let waits = self.waits.iter().map(|wait| wait.due);
        let earliest = self.promises.values().map(|promise| promise.deadline).chain(waits).min();
        let wake = self.subject.engine.poll_wake();
        if let Some(earliest) = earliest.filter(|earliest| *earliest <= self.now) {
            assert!(wake.is_some_and(|wake| wake <= earliest), "woken too late");
        }
        let before = self.before_due();
        if wake.is_none_or(|wake| wake > self.now) {
            self.check_heartbeats(&before);
            return;
        }
        self.calm_if_unclear();
        self.say(format_args!("deadlines are judged"));
        self.note_crowd();
        let cut_before = self.cut_off();
        self.subject.engine.handle_due(self.now);
        self.mark_cut(true);
        self.time_out();
        self.try_again();
        self.mark_cut(false);
        // Whether what was answered was counted before somebody was let go nobody can see.
        self.ledger.unsure |= self.is_crowded && self.cut_off() > cut_before;
        self.clients.expire(self.limits.heartbeat.session_timeout, self.now);
        self.check_heartbeats(&before);
        self.check();
        // Who went on with what was held back, and was let go behind that.
        self.mark_cut(false);
        self.check_questions();
        assert!(self.subject.engine.poll_wake().is_none_or(|wake| wake > self.now));
        self.fetch_touched();
    }

    fn cut_off(&self) -> usize {
        self.shadows.values().filter(|shadow| shadow.cut).count()
    }

    /// Those that may be let go because all keep too much: if they do, or will by what ends now,
    /// whoever is there.
    fn note_crowd(&mut self) {
        let engine = &self.subject.engine;
        let ends = self.promises.len() + self.waits.len() + self.peers.len();
        let most = self.limits.max_buffered / 8 * 7;
        self.is_crowded = engine.buffered() + ends * OUTBOX >= most;
        if self.is_crowded {
            self.crowd.extend(self.peers.keys());
        }
    }

    /// The same where a turn may leave so much behind that nobody is waited for; whether it may.
    fn note_flood(&mut self, id: ConnectionId) -> bool {
        let engine = &self.subject.engine;
        let mut views = engine.connections();
        let more = views.find(|view| view.id == id).map_or(0, |view| view.buffered_bytes);
        let may_flood = engine.buffered() + more > self.limits.brim();
        if may_flood {
            drop(views);
            self.crowd.extend(self.peers.keys());
        }
        may_flood
    }

    /// What a request costs under overload grows with those in flight. Where several of a peer that
    /// has half-closed are about to end at once, and what was held back goes on in between, nobody
    /// can see with which of them it went on: so nothing is shed any more.
    fn calm_if_unclear(&mut self) {
        if self.subject.engine.shedding().is_none() {
            return;
        }
        let late = self.promises.values().filter(|promise| self.is_late(promise));
        let due = self.waits.iter().filter(|wait| wait.due <= self.now);
        let ends = late.map(|promise| promise.connection).chain(due.map(|wait| wait.connection));
        let mut ends: Vec<_> = ends.filter(|id| self.peers[id].eof_seen).collect();
        ends.sort_unstable();
        if ends.windows(2).any(|two| two[0] == two[1]) {
            self.limits.overload = None;
            let limits = self.subject.plant.limits(&self.limits);
            self.subject.engine.set_limits(limits, self.now);
            self.check();
        }
    }
}
