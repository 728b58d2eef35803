//! The checks after every step: the engine did what the shadow says, and nothing else.

use std::collections::BTreeMap;

use hotframe_core::{
    CloseReason, ConnectionId, ConnectionView, GenerationId, GenerationState, Moment, Notice, Token,
};
use hotframe_protocol::{Command, Kind};

use crate::retries::Wait;
use crate::routing::{Taken, Verdict, refusal, refusal_data};
use crate::shadow::Shadow;
use crate::traffic::NUMBERS;
use crate::world::{Promise, World};

impl World {
    /// Compares engine and shadow after a call.
    pub fn check(&mut self) {
        let holders = self.clients.holders();
        let notices: Vec<_> = std::iter::from_fn(|| self.subject.engine.poll_notice()).collect();
        self.note_parted(&notices);
        self.hear_notices(notices, &holders);
        self.note_parted(&[]);
        self.subject.engine.handlers_mut().comings.clear();
        self.hear_sightings();
        let answers = self.fetch_answers();
        let views: Vec<_> = self.subject.engine.connections().collect();
        let took = |view: &&ConnectionView| {
            let shadow = self.shadows.get(&view.id);
            shadow.is_some_and(|shadow| shadow.taken < view.frames_in + shadow.told)
        };
        self.routing.is_crossed = views.iter().filter(took).count() > 1;
        for view in &views {
            self.follow(view.id, view.frames_in);
        }
        self.routing.check_spent(self.now);
        self.hear_answers(answers);
        self.check_news();
        let calls = &self.subject.engine.handlers().calls;
        assert!(calls.is_empty(), "a handler was called for nothing: {calls:?}");
        for view in &views {
            self.compare(view.id);
            let (most, in_flight) = self.widest;
            assert!(view.outbound_bytes <= most, "{} is owed too much", view.id);
            assert!(
                view.buffered_bytes >= view.outbound_bytes,
                "{} keeps what it is owed",
                view.id
            );
            assert!(view.in_flight as usize <= in_flight, "{} has too much in flight", view.id);
        }
        assert_eq!(views.len(), self.peers.len(), "connections");
        self.compare_clients();
        self.subject.engine.invariants();
    }

    fn hear_notices(&mut self, notices: Vec<Notice>, holders: &BTreeMap<String, ConnectionId>) {
        let mut retired = Vec::new();
        for notice in notices {
            self.say(format_args!("        {notice:?}"));
            match notice {
                Notice::Retired { generation, .. } => retired.push(generation),
                Notice::LostSync { connection, episodes } => {
                    self.ledger.lost_sync += 1;
                    if let Some(shadow) = self.shadows.get_mut(&connection) {
                        shadow.told = u64::from(episodes);
                    }
                }
                Notice::Closed { connection, reason } => {
                    self.check_reason(connection, reason);
                    if let Some(peer) = self.peers.remove(&connection) {
                        self.sources.leave(peer.source);
                    }
                    let shadow = self.shadows.remove(&connection).expect("it was connected");
                    self.left.extend(shadow.asked);
                    self.ready.remove(&connection);
                    self.drop_promises(connection);
                }
                Notice::Joined { connection, session, client, resumed } => {
                    let ids = (connection, session);
                    self.note_parted_before(connection, session);
                    let before = self.clients.holder(&client).or(holders.get(&*client).copied());
                    self.clients.join(ids, (&client, resumed), &self.limits, self.now);
                    self.note_displaced(before, connection);
                }
                Notice::Unjoined { connection, client } => {
                    self.clients.refuse(connection, &client, &self.limits, self.now);
                }
                _ => {}
            }
        }
        // A generation may be retired by the end of a connection that is told of after it.
        for generation in retired {
            self.check_retired(generation);
        }
    }

    /// A generation is retired only when it owes nothing.
    fn check_retired(&mut self, id: GenerationId) {
        self.ledger.retired += 1;
        let copy = self.copies[&id];
        assert!(copy.until.is_some() && !copy.benched, "{id} drained before");
        let owes = |promise: &Promise| promise.instance == copy.instance;
        assert!(!self.promises.values().any(owes), "{id} owes nothing");
    }

    /// The engine took items of a connection: each gets what it must get at this moment.
    fn follow(&mut self, id: ConnectionId, frames_in: u64) {
        let Some(mut shadow) = self.shadows.remove(&id) else {
            return;
        };
        self.follow_verdict(id, &mut shadow);
        while shadow.taken < frames_in + shadow.told {
            if let Some(frame) = shadow.take(&self.limits) {
                self.take(id, &mut shadow, &frame);
            } else {
                self.count_error(shadow.word(Command::from_word(0), Kind::Error));
            }
        }
        shadow.settle();
        self.shadows.insert(id, shadow);
    }

    fn take(&mut self, id: ConnectionId, shadow: &mut Shadow, frame: &Taken) {
        self.ledger.frames_in += 1;
        let is_request = match frame.command.kind() {
            _ if shadow.is_raw() => true,
            Kind::Request => true,
            Kind::Event => {
                self.ledger.events_in += 1;
                false
            }
            Kind::Reply | Kind::Error if frame.command.number() == 2 && shadow.probes > 0 => {
                shadow.probes -= 1;
                self.ledger.probes_answered += 1;
                return;
            }
            Kind::Reply | Kind::Error => {
                let answers = self.take_answer(shadow, frame);
                self.ledger.replies_dropped += u64::from(!answers);
                return;
            }
        };
        let verdict = self.judge(id, shadow, frame);
        match verdict {
            Verdict::Owed(token, deadline, instance, ref kept) => {
                self.promise(id, token, (deadline, instance), is_request.then_some(frame.command));
                self.kept.extend(kept.clone().map(|kept| (token, kept)));
            }
            Verdict::Again(ref wait) => self.wait(wait.clone()),
            Verdict::Nothing | Verdict::Claimed => {}
            Verdict::Error(_) if is_request => {
                self.count_error(shadow.word(frame.command, Kind::Error));
            }
            _ => self.ledger.frames_out += u64::from(is_request),
        }
        shadow.answer(frame, &verdict);
    }

    /// A handler took a token.
    pub fn promise(
        &mut self,
        connection: ConnectionId,
        token: Token,
        (deadline, instance): (Moment, u32),
        request: Option<Command>,
    ) {
        let promise = Promise { connection, instance, deadline, request };
        assert!(self.promises.insert(token, promise).is_none(), "{token} is new");
        assert!(!self.used.contains(&token), "{token} was never used");
    }

    /// What must come of a frame.
    fn judge(&mut self, id: ConnectionId, shadow: &mut Shadow, frame: &Taken) -> Verdict {
        if self.is_barred(shadow, frame) {
            self.ledger.barred += 1;
            return refusal(1002, frame.name(shadow.is_raw()));
        }
        let raw = shadow.is_raw();
        let (name, rate) = (frame.name(raw), self.limits.request_rate);
        if (raw || name != 3) && !shadow.debt.passes(rate, self.now) {
            self.ledger.over_rate += 1;
            return refusal(1029, name);
        }
        let shedding = self.subject.engine.shedding().filter(|shedding| self.now < shedding.until);
        if let Some(shedding) = shedding
            && (raw || NUMBERS.contains(&name))
            && !self.routing.closing
        {
            let theirs = self.promises.values().filter(|promise| promise.connection == id);
            let in_flight = theirs.count() + self.waiting(id);
            if shadow.is_shed(shedding, in_flight, self.now) {
                self.ledger.shed += 1;
                return refusal(2003, name);
            }
        }
        if !raw && name == 1 && !self.routing.closing && self.is_claim(shadow, frame) {
            return Verdict::Claimed;
        }
        if !raw && name == 1 && !self.routing.closing {
            return self.clients.verdict(id, frame, shadow.probe, &self.limits);
        }
        let calls = &mut self.subject.engine.handlers_mut().calls;
        let verdict = self.routing.judge(id, (frame, raw), self.now, calls);
        // No handler answers 1029.
        let over_rate = matches!(&verdict, Verdict::Error(data) if data[..2] == [0x04, 0x05]);
        self.ledger.over_rate += u64::from(over_rate);
        verdict
    }

    /// An error is due: it is sent, or only counted where there is no word for it.
    pub fn count_error(&mut self, word: Option<Command>) {
        let sent = u64::from(word.is_some());
        self.ledger.frames_out += sent;
        self.ledger.errors_out += sent;
        self.ledger.errors_kept += 1 - sent;
    }

    /// The outbox holds what may leave now, to the byte.
    fn compare(&mut self, id: ConnectionId) {
        let shadow = self.shadows.get_mut(&id).expect("a connection has a shadow");
        let outbound = self.subject.outbound(id, shadow.behind, self.peers[&id].shut);
        if !shadow.agrees(&outbound) || shadow.cut {
            assert!(outbound.is_empty(), "{id}: {outbound:x?} instead of {:x?}", shadow.ready);
            // It was cut off in front of a timeout that came up at the same time.
            self.ledger.unsure |= !shadow.cut;
            shadow.cut = true;
            self.drop_promises(id);
        }
    }

    /// Deadlines were judged: finds the connections that were cut off, be it that nothing was
    /// in their outbox. `is_sure`: what came of the same deadlines is not counted yet.
    pub fn mark_cut(&mut self, is_sure: bool) {
        let views: Vec<_> = self.subject.engine.connections().collect();
        for view in views {
            let theirs = self.promises.values().filter(|promise| promise.connection == view.id);
            let (late, good): (Vec<&Promise>, Vec<&Promise>) =
                theirs.partition(|promise| self.is_late(promise));
            let waits = |wait: &&Wait| wait.connection == view.id && wait.due > self.now;
            let waiting = self.waits.iter().filter(waits).count();
            let forgotten = (view.in_flight as usize) < good.len() + waiting;
            let shadow = self.shadows.get_mut(&view.id).expect("a connection has a shadow");
            if forgotten || (view.outbound_bytes == 0 && !shadow.ready.is_empty()) {
                // Whether the late ones were answered before the cut nobody can see.
                // The same for what it got before it was let go because all keep too much.
                let let_go = self.crowd.contains(&view.id);
                self.ledger.unsure |= !late.is_empty() || !is_sure || let_go;
                shadow.cut = true;
                self.drop_promises(view.id);
            }
        }
    }

    /// The same where no deadline was judged: somebody may have been let go because all keep too
    /// much. What he got before that nobody can see.
    pub fn mark_let_go(&mut self) {
        let views: Vec<_> = self.subject.engine.connections().collect();
        for view in views {
            let promised = self.promises.values().filter(|it| it.connection == view.id).count();
            let owed = promised + self.waiting(view.id);
            let shadow = self.shadows.get_mut(&view.id).expect("a connection has a shadow");
            let is_emptied = view.outbound_bytes == 0 && !shadow.ready.is_empty();
            if is_emptied || (view.in_flight as usize) < owed {
                self.ledger.unsure = true;
                shadow.cut = true;
                self.drop_promises(view.id);
            }
        }
    }

    /// A connection that only lingers may be over when its peer closes or sends too much: then
    /// the events that a handler has still to answer are forgotten.
    pub fn mark_given_up(&mut self, id: ConnectionId) {
        let mut views = self.subject.engine.connections();
        let over = views.any(|view| view.id == id && view.in_flight == 0);
        if over && self.peers[&id].shut {
            drop(views);
            self.drop_promises(id);
        }
    }

    /// Whether a deferred request should have been answered by now.
    pub fn is_late(&self, promise: &Promise) -> bool {
        let mut copies = self.copies.values();
        let copy = copies.find(|copy| copy.instance == promise.instance);
        let drained = copy.and_then(|copy| copy.until).is_some_and(|until| until <= self.now);
        drained || promise.deadline <= self.now
    }

    /// What the command of a deferred request is called.
    pub fn name_of(&self, promise: &Promise) -> u16 {
        let shadow = &self.shadows[&promise.connection];
        promise.request.map_or(0, |command| shadow.name_of(command))
    }

    /// Nobody waits any more for what was put off for this connection.
    pub fn drop_promises(&mut self, id: ConnectionId) {
        self.drop_waits(id);
        let gone = self.promises.extract_if(.., |_, promise| promise.connection == id);
        for (token, promise) in gone.collect::<Vec<_>>() {
            self.used.push(token);
            self.cancel(token, promise.instance);
        }
    }

    /// Engine or shadow says that a token of `instance` became void: the other one says so, too,
    /// and neither says it twice.
    pub fn cancel(&mut self, token: Token, instance: u32) {
        match self.cancelled.remove(&token) {
            None => assert!(self.cancelled.insert(token, instance).is_none()),
            Some(taker) => assert_eq!(taker, instance, "{token} is told to who took it"),
        }
    }

    /// A good token got its answer.
    pub fn resolve(&mut self, token: Token, kind: Kind, data: &[u8]) {
        self.kept.remove(&token);
        let promise = self.promises.remove(&token).expect("the token is good");
        self.used.push(token);
        if promise.request.is_none() {
            return;
        }
        let shadow = self.shadows.get_mut(&promise.connection).expect("its connection is there");
        shadow.resolve(token, kind, data);
        shadow.settle();
        let word = shadow.word(promise.request.expect("looked at before"), kind);
        match kind {
            Kind::Error => self.count_error(word),
            _ => self.ledger.frames_out += 1,
        }
    }

    /// Deadlines up to now were judged: what was not answered in time is answered 2004.
    pub fn time_out(&mut self) {
        let promises = self.promises.iter().filter(|(_, promise)| self.is_late(promise));
        let late: Vec<(Token, Promise)> = promises.map(|(t, promise)| (*t, *promise)).collect();
        for (token, promise) in late {
            let name = self.name_of(&promise);
            // Whether it was cut off before, nobody can see who is sent no error.
            let word = promise
                .request
                .map(|asked| self.shadows[&promise.connection].word(asked, Kind::Error));
            self.ledger.unsure_kept |= word == Some(None);
            self.cancel(token, promise.instance);
            self.resolve(token, Kind::Error, &refusal_data(2004, name));
        }
    }

    /// A connection ended for `reason`: that must be true.
    pub fn check_reason(&self, id: ConnectionId, reason: CloseReason) {
        let silent = reason == CloseReason::Unresponsive;
        assert!(!silent || !self.heard_now.contains(&id), "{id} was heard just now");
        let (peer, shadow) = (&self.peers[&id], &self.shadows[&id]);
        let past =
            |since: Option<Moment>, time| since.is_some_and(|since| since.after(time) <= self.now);
        let holds = match reason {
            CloseReason::Lost => peer.lost,
            CloseReason::FrameTimeout => {
                past(shadow.incomplete_since(), self.shortest.0) || shadow.drips()
            }
            CloseReason::WriteTimeout => past(peer.left_since, self.shortest.1),
            CloseReason::Unresponsive => self.is_unresponsive(id),
            CloseReason::TakenOver => self.clients.displaced.contains(&id),
            CloseReason::Kicked => peer.kicked,
            CloseReason::BuffersFull => self.crowd.contains(&id),
            CloseReason::Garbage => shadow.ends_in_garbage(self.limits.max_garbage),
            CloseReason::PeerClosed => peer.eof_seen && shadow.ending.is_none(),
            CloseReason::Shutdown | CloseReason::GraceOver => self.routing.closing,
            CloseReason::Bye | CloseReason::Handler | CloseReason::SyncErrors => {
                [shadow.ending, shadow.perhaps].contains(&Some(reason))
            }
        };
        assert!(holds, "{id} ended as {reason:?}, the shadow as {:?}", shadow.ending);
    }

    /// Nothing may be owed to a connection that is closed in good order.
    pub fn check_settled(&self, id: ConnectionId) {
        let shadow = &self.shadows[&id];
        assert!(shadow.is_settled() || shadow.cut, "{id} is closed and still owed something");
    }

    /// The generations that the engine keeps are those of the shadow.
    pub fn check_copies(&self) {
        for view in self.subject.engine.generations() {
            let copy = &self.copies[&view.id];
            let state = match copy.until {
                _ if self.routing.active[copy.plugin] == Some(copy.instance) => {
                    GenerationState::Active
                }
                None => GenerationState::Staged,
                Some(_) if copy.benched => GenerationState::Benched,
                Some(_) if view.in_flight + view.asked > 0 => GenerationState::Draining,
                Some(_) => GenerationState::Retired,
            };
            assert_eq!(view.state, state, "{}", view.id);
        }
    }
}
