//! What happens to the world: one random action a step.

use std::collections::BTreeSet;
use std::time::Duration;

use hotframe_core::{
    AddressSet, Completion, ConnectionId, ConnectionState, RouteKey, RouteSpec, Stale, Token,
};
use hotframe_protocol::Kind;

use crate::debt::{RATES, rate};
use crate::odds;
use crate::peer::Peer;
use crate::plant::Plant;
use crate::plugins::{HANDLERS, PLUGINS};
use crate::questions::answer_question;
use crate::routing::{Route, refusal_data};
use crate::traffic::{NUMBERS, WORDS, answer_probe, send_something};
use crate::world::World;

#[derive(Clone, Copy)]
enum Action {
    Connect,
    Send,
    Turn,
    Window,
    Stall,
    Complete,
    CompleteStale,
    Jump,
    Round,
    Swap,
    Reinstate,
    Dismiss,
    Withdraw,
    Remap,
    Limits,
    Watch,
    Fin,
    Reset,
    Kick,
    Push,
    Guard,
    Judge,
}

impl World {
    /// Does one random thing.
    pub fn act(&mut self) {
        self.step += 1;
        let action = self.rng.weigh(&[
            (Action::Connect, 12),
            (Action::Send, 30),
            (Action::Turn, 60),
            (Action::Window, 10),
            (Action::Stall, 3),
            (Action::Complete, 20),
            (Action::CompleteStale, 2),
            (Action::Jump, self.odds.jumps),
            (Action::Round, 4),
            (Action::Swap, self.odds.swaps),
            (Action::Reinstate, self.odds.swaps / 2),
            (Action::Dismiss, self.odds.swaps / 5),
            (Action::Withdraw, self.odds.swaps / 5),
            (Action::Remap, self.odds.remaps),
            (Action::Limits, self.odds.remaps / 5),
            (Action::Watch, 1),
            (Action::Fin, self.odds.endings),
            (Action::Reset, self.odds.endings / 3),
            (Action::Kick, self.odds.endings / 3),
            (Action::Guard, self.odds.guards),
            (Action::Judge, 10),
            (Action::Push, self.odds.pushes),
        ]);
        match action {
            Action::Connect if self.is_draining => self.at_the_door += 1,
            Action::Connect => self.connect(),
            Action::Send => self.send(),
            Action::Turn => self.turn_any(),
            Action::Window => self.open_window(),
            Action::Stall => self.stall(),
            Action::Complete => self.complete_any(),
            Action::CompleteStale => self.complete_stale(),
            Action::Jump => self.jump(),
            Action::Round => self.round(),
            Action::Swap => self.swap(),
            Action::Reinstate => self.reinstate(),
            Action::Dismiss => self.dismiss(),
            Action::Withdraw => self.withdraw(),
            Action::Remap => self.remap(),
            Action::Limits => self.change_limits(),
            Action::Watch => self.watch(),
            Action::Fin => self.fin(),
            Action::Reset => self.reset(),
            Action::Kick => self.kick(),
            Action::Guard => self.guard(),
            Action::Judge => self.judge_one(),
            Action::Push => self.push(),
        }
        self.fetch_touched();
        self.fetch_retired();
    }

    fn send(&mut self) {
        let Some(id) = self.any_connection() else {
            return;
        };
        let peer = self.peers.get_mut(&id).expect("it is connected");
        if peer.fin || peer.stalled || peer.in_flight.len() > 40_000 {
            return;
        }
        let burst = self.rng.chance(self.odds.burst);
        let pieces = if burst { self.rng.within(20..=400) } else { self.rng.within(1..=4) };
        let mut bytes = Vec::new();
        if self.shadows[&id].probes > 0 && self.rng.chance(60) {
            answer_probe(&mut bytes);
        }
        if self.rng.chance(50) {
            answer_question(&mut self.rng, &self.shadows[&id], &mut bytes);
        }
        for _ in 0..pieces {
            self.nonce += 1;
            send_something(&mut self.rng, &self.odds, self.nonce, &mut bytes);
        }
        peer.in_flight.extend(&bytes);
        self.ready.insert(id);
        self.say(format_args!("{id} sends {} bytes", bytes.len()));
    }

    fn turn_any(&mut self) {
        let ready: Vec<_> = self.ready.iter().copied().collect();
        if !ready.is_empty() {
            let id = self.rng.pick(&ready);
            self.turn(id);
        }
    }

    fn open_window(&mut self) {
        let Some(id) = self.any_connection() else {
            return;
        };
        let peer = self.peers.get_mut(&id).expect("it is connected");
        let most = if peer.slow { 300 } else { 100_000 };
        peer.open_window(self.rng.within(1..=most));
        if peer.blocked && !peer.stalled {
            self.ready.insert(id);
        }
    }

    fn stall(&mut self) {
        let Some(id) = self.any_connection() else {
            return;
        };
        let peer = self.peers.get_mut(&id).expect("it is connected");
        peer.stalled = !peer.stalled;
        self.ready.insert(id);
    }

    fn complete_any(&mut self) {
        if let Some(token) = self.any_promise() {
            self.complete(token);
        }
    }

    /// The handler behind a good token answers.
    pub fn complete(&mut self, token: Token) {
        let data = vec![self.rng.byte(); self.rng.pick(&[0, 1, 200, 255, 256])];
        let text = "\u{20AC}".repeat(self.rng.below(100));
        let number = self.name_of(&self.promises[&token]);
        let failed = self.rng.chance(20);
        self.say(format_args!("{token} is answered, failed: {failed}"));
        let (completion, kind, expected) = match data.len() {
            _ if failed => {
                let cut = text.len().min(253) / 3 * 3;
                let code = self.rng.pick(&[1100_u16, 2100]);
                let expected = [&code.to_be_bytes(), &text.as_bytes()[..cut]].concat();
                (Completion::Failed { code, message: &text }, Kind::Error, expected)
            }
            256 => (Completion::Reply { data: &data }, Kind::Error, refusal_data(2001, number)),
            _ => (Completion::Reply { data: &data }, Kind::Reply, data.clone()),
        };
        assert!(!self.cancelled.contains_key(&token), "{token} is not void");
        assert_eq!(self.subject.handle_completion(token, completion, self.now), Ok(()));
        self.ledger.completed += 1;
        let code = expected.first_chunk().map_or(0, |code| u16::from_be_bytes(*code));
        if kind != Kind::Error || !self.wait_for_deferred(token, code) {
            self.resolve(token, kind, &expected);
        }
        self.check();
    }

    /// An answer that comes twice or too late, or with a token that was never given.
    fn complete_stale(&mut self) {
        let forged = Token::from_bits(self.rng.next() | 1 << 63).expect("its serial is not 0");
        let token = match self.used.len() {
            0 => forged,
            _ if self.rng.chance(30) => forged,
            _ => self.rng.pick(&self.used),
        };
        if self.promises.contains_key(&token) {
            return;
        }
        let completion = Completion::Reply { data: b"stale" };
        assert_eq!(self.subject.engine.handle_completion(token, completion, self.now), Err(Stale));
        self.ledger.stale += 1;
        self.check();
    }

    /// A round of the loop is over, long or short: time that went by while nobody was judged.
    fn round(&mut self) {
        let limit = self.limits.overload.unwrap_or(Duration::from_millis(50));
        let late = self.rng.chance(self.odds.late);
        let paused = late && self.rng.chance(30);
        let took = match (late, paused) {
            (_, true) => Duration::from_millis(self.rng.pick(&[49, 50, 3_000, 70_000])),
            (true, false) => limit * 2,
            (false, false) => limit / self.rng.pick(&[2, 9]),
        };
        self.now = self.now.after(took);
        self.say(format_args!("a round took {took:?}"));
        self.subject.engine.handle_round(took, self.now);
        self.forgive(took);
        self.check();
    }

    fn jump(&mut self) {
        let ms = self.rng.pick(&[0, 1, 9, 100, 1_000, 30_000]);
        let wake = self.subject.engine.poll_wake().filter(|_| self.rng.chance(30));
        let to = wake.unwrap_or_else(|| self.now.after(Duration::from_millis(ms)));
        self.now = self.now.max(to);
        // A good shell reads what is pending before it judges; a busy one may not get to all.
        if self.rng.chance(80) {
            self.read_and_judge();
        } else {
            self.handle_due();
        }
    }

    /// After a pause everybody's input is read first, and whoever sent some is not silent.
    fn read_and_judge(&mut self) {
        let ready = self.ready.clone();
        let heard = |(id, peer): (&ConnectionId, &Peer)| {
            (!peer.in_flight.is_empty() && self.subject.engine.wants_read(*id)).then_some(*id)
        };
        let heard: BTreeSet<_> = self.peers.iter().filter_map(heard).collect();
        self.heard_now = heard.intersection(&ready).copied().collect();
        if self.subject.plant == Plant::DeadlineBeforeInput {
            self.handle_due();
        }
        for id in ready {
            self.turn(id);
        }
        self.handle_due();
        self.heard_now.clear();
    }

    pub fn remap(&mut self) {
        let mut routes: Vec<(RouteKey, Route)> = Vec::new();
        let numbers = NUMBERS.map(|number| (RouteKey::Number(number), 75));
        let odds = self.rng.pick(&[0, 40]);
        let words = WORDS.map(|word| (RouteKey::Raw(word), odds));
        let defaults = [(RouteKey::Default, 30), (RouteKey::RawDefault, odds / 2)];
        for (key, odds) in numbers.into_iter().chain(words).chain(defaults) {
            if self.rng.chance(odds) {
                routes.push((key, self.any_route()));
            }
        }
        self.say(format_args!("{} routes", routes.len()));
        let entries: Vec<_> = routes.iter().map(|(key, route)| (*key, spec(route))).collect();
        self.subject.set_routes(entries, self.step as u64, self.now);
        self.routing.set(routes);
        self.check();
    }

    fn any_route(&mut self) -> Route {
        let some = [0, 1, 0xAA].into_iter().collect();
        Route {
            plugin: self.rng.below(PLUGINS.len()),
            handler: Some(self.rng.below(HANDLERS.len())).filter(|_| self.rng.chance(95)),
            addresses: if self.rng.chance(80) { AddressSet::ALL } else { some },
            timeout: self.rng.pick(&[None, Some(5), Some(2_000)]).map(Duration::from_millis),
            rate: self.rng.chance(10).then(|| rate(self.rng.pick(&RATES))),
            retries: self.rng.pick(&[0, 0, 1, 3]),
            enabled: self.rng.chance(95),
        }
    }

    fn change_limits(&mut self) {
        let limits = hotframe_core::Limits {
            max_garbage: self.limits.max_garbage,
            max_sync_errors: self.limits.max_sync_errors,
            ..odds::limits(&mut self.rng)
        };
        self.say(format_args!("{limits:?}"));
        self.shortest.0 = self.shortest.0.min(limits.frame_timeout);
        self.shortest.1 = self.shortest.1.min(limits.write_timeout);
        self.shortest.2 = self.shortest.2.min(limits.heartbeat.probe_timeout);
        self.widest.0 = self.widest.0.max(limits.most_outbound());
        self.widest.1 = self.widest.1.max(limits.max_in_flight);
        self.limits = limits.clone();
        let is_over = self.subject.engine.buffered() > limits.brim();
        if is_over {
            self.crowd.extend(self.peers.keys());
        }
        self.clients.shrink(limits.max_sessions());
        self.bound_sources();
        self.subject.engine.set_limits(self.subject.plant.limits(&limits), self.now);
        if is_over {
            self.mark_let_go();
        }
        self.check();
    }

    fn fin(&mut self) {
        let Some(id) = self.any_connection() else {
            return;
        };
        self.peers.get_mut(&id).expect("it is connected").fin = true;
        self.ready.insert(id);
        self.say(format_args!("{id} half-closes"));
    }

    /// The socket fails, or the shell closes it unasked.
    fn reset(&mut self) {
        let Some(id) = self.any_connection() else {
            return;
        };
        self.peers.get_mut(&id).expect("it is connected").lost = true;
        self.say(format_args!("{id} is lost"));
        if self.rng.chance(80) {
            self.subject.engine.handle_lost(id, self.now);
        } else {
            self.subject.engine.handle_closed(id, self.now);
        }
        self.check();
        assert!(!self.peers.contains_key(&id), "{id} is gone");
    }

    /// The operator closes a connection: what is owed leaves first, unless it is the second time.
    fn kick(&mut self) {
        let Some(id) = self.any_connection() else {
            return;
        };
        let mut views = self.subject.engine.connections();
        let state = views.find(|view| view.id == id).expect("it is connected").state;
        drop(views);
        let shadow = self.shadows.get_mut(&id).expect("a connection has a shadow");
        let open = matches!(state, ConnectionState::Active | ConnectionState::Idle);
        if open == shadow.ending.is_some() {
            // Who half-closed may be ending or not: nobody can see it.
            return;
        }
        self.peers.get_mut(&id).expect("it is connected").kicked = true;
        if open {
            shadow.ending = Some(hotframe_core::CloseReason::Kicked);
        } else {
            shadow.cut = true;
            self.drop_promises(id);
        }
        self.say(format_args!("{id} is kicked, open: {open}"));
        assert!(self.subject.engine.handle_kicked(id, self.now));
        self.check();
    }

    /// What the engine tells of tokens that became void, and of generations that are done with.
    pub fn fetch_retired(&mut self) {
        while let Some(void) = self.subject.engine.poll_cancelled() {
            let copy = self.copies.get(&void.generation).expect("it is there until it is told");
            self.cancel(void.token, copy.instance);
        }
        while let Some(id) = self.subject.engine.poll_retired() {
            self.say(format_args!("{id} is destroyed"));
            self.copies.remove(&id).expect("a retired copy is known");
        }
        self.check_copies();
    }
}

fn spec(route: &Route) -> RouteSpec {
    let handler = route.handler.map_or("absent", |handler| HANDLERS[handler].0);
    RouteSpec {
        handler: format!("{}.{handler}", PLUGINS[route.plugin]),
        addresses: route.addresses,
        timeout: route.timeout,
        rate: route.rate,
        retries: route.retries,
        enabled: route.enabled,
    }
}
