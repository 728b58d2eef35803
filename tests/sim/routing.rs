//! The shadow of routes and generations: where a request must go at the moment.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use hotframe_core::{
    AddressSet, CloseReason, ConnectionId, Moment, Outcome, Rate, RouteKey, Token,
};
use hotframe_protocol::{Command, Kind};

use crate::debt::Debt;
use crate::plugins::{Call, Callee, HANDLERS, PLUGINS};
use crate::retries::{NEVER, Wait};

/// One route.
#[derive(Clone, Debug)]
pub struct Route {
    pub plugin: usize,
    /// `None`: no plugin has a handler of that name.
    pub handler: Option<usize>,
    pub addresses: AddressSet,
    pub timeout: Option<Duration>,
    pub rate: Option<Rate>,
    pub retries: u8,
    pub enabled: bool,
}

/// A frame as it was decoded.
#[derive(Clone, Debug)]
pub struct Taken {
    pub address: u8,
    pub command: Command,
    pub data: Vec<u8>,
}

impl Taken {
    /// What its command is called.
    pub fn name(&self, raw: bool) -> u16 {
        if raw { self.command.word() } else { self.command.number() }
    }
}

/// What must come of a frame.
pub enum Verdict {
    Reply(Vec<u8>),
    /// A reply under this word, in the raw dialect.
    As(Command, Vec<u8>),
    /// Status and text.
    Error(Vec<u8>),
    /// A reply, and the connection ends.
    Last(Command, Vec<u8>, CloseReason),
    /// It is put off; and what another try needs, where there may be one.
    Owed(Token, Moment, u32, Option<Wait>),
    /// It shows a credential, which is judged first.
    Claimed,
    /// It failed, and waits to be tried again.
    Again(Wait),
    Nothing,
}

/// Where commands lead.
#[derive(Default)]
pub struct Routing {
    pub routes: BTreeMap<RouteKey, Route>,
    /// The active instance of each plugin.
    pub active: [Option<u32>; PLUGINS.len()],
    pub closing: bool,
    /// What each route let through.
    debts: BTreeMap<RouteKey, Debt>,
    /// Whether several connections had frames taken at once, in an order that nobody can see: then
    /// a rate that they share is no more than what was let through of it in all.
    pub is_crossed: bool,
    /// The rates over which something was refused at such a moment.
    spent: Vec<(RouteKey, Rate)>,
}

impl Routing {
    /// Other routes are in force. One whose key stays keeps what it let through.
    pub fn set(&mut self, routes: Vec<(RouteKey, Route)>) {
        self.routes = routes.into_iter().collect();
        let Self { routes, debts, .. } = self;
        debts.retain(|key, _| routes.contains_key(key));
    }

    /// What must come of `frame`, given the `calls` that were made.
    pub fn judge(
        &mut self,
        from: ConnectionId,
        (frame, raw): (&Taken, bool),
        now: Moment,
        calls: &mut VecDeque<Call>,
    ) -> Verdict {
        let name = frame.name(raw);
        let bye = frame.command.with_kind(Kind::Reply);
        match name {
            _ if self.closing && (raw || name != 3) => return refusal(2006, name),
            _ if raw => {}
            0x0003 => return Verdict::Last(bye, vec![], CloseReason::Bye),
            0x0002 => return Verdict::Reply(frame.data.clone()),
            0x0004 => return Verdict::Reply(b"hotframe/sim".to_vec()),
            0..0x0100 => return refusal(1004, name),
            _ => {}
        }
        for (key, route) in self.keys(name, raw) {
            let callee = match self.admit(&route, frame, name) {
                Ok(callee) => callee,
                Err(refused) => return refused,
            };
            let is_called = || {
                let mut theirs = calls.iter().filter(|call| call.connection == from);
                theirs.next().is_some_and(|call| call.callee == callee && call.data == frame.data)
            };
            if let (true, Some(rate), false) = (self.is_crossed, route.rate, is_called()) {
                self.spent.push((key, rate));
                return refusal(1029, name);
            }
            if !self.debts.entry(key).or_default().passes(route.rate, now) {
                return refusal(1029, name);
            }
            let call = take_call(calls, |call| call.connection == from);
            let call = call.expect("the handler of a routed request is called");
            let until = route.timeout.map_or(NEVER, |timeout| now.after(timeout));
            check_call(&call, callee, (frame, raw), now, until);
            let wait = Wait {
                connection: from,
                frame: frame.clone(),
                number: call.number,
                tried: 1,
                retries: route.retries,
                due: now,
                until,
            };
            if let Some(verdict) = verdict(call, (frame.command, raw), now, wait) {
                return verdict;
            }
        }
        refusal(1004, name)
    }

    /// All frames of this moment were judged: who was refused over a rate found nothing left of it.
    pub fn check_spent(&mut self, now: Moment) {
        for (key, rate) in self.spent.drain(..) {
            let mut debt = self.debts.get(&key).copied().unwrap_or_default();
            assert!(!debt.passes(Some(rate), now), "something of the rate of {key:?} was left");
        }
    }

    /// The same for a request that is tried again; `None` if no handler was called for it.
    pub fn judge_again(
        &self,
        from: ConnectionId,
        (frame, raw): (&Taken, bool),
        now: Moment,
        calls: &mut VecDeque<Call>,
        wait: &Wait,
    ) -> Option<Verdict> {
        let name = frame.name(raw);
        for (_, route) in self.keys(name, raw) {
            let callee = match self.admit(&route, frame, name) {
                Ok(callee) => callee,
                Err(refused) => return Some(refused),
            };
            let of_it = |call: &Call| call.connection == from && call.number == wait.number;
            let call = take_call(calls, of_it)?;
            check_call(&call, callee, (frame, raw), now, wait.until);
            let tried = wait.tried + 1;
            let wait = Wait { tried, retries: route.retries, ..wait.clone() };
            if let Some(verdict) = verdict(call, (frame.command, raw), now, wait) {
                return Some(verdict);
            }
        }
        Some(refusal(1004, name))
    }

    /// The routes that a command takes, one after the other.
    fn keys(&self, name: u16, raw: bool) -> Vec<(RouteKey, Route)> {
        let known = |keys: &[RouteKey]| {
            keys.iter().find_map(|key| Some((*key, self.routes.get(key)?.clone())))
        };
        let (own, default) = match raw {
            true => (
                known(&[RouteKey::Raw(name), RouteKey::Number(name)]),
                known(&[RouteKey::RawDefault, RouteKey::Default]),
            ),
            false => (known(&[RouteKey::Number(name)]), known(&[RouteKey::Default])),
        };
        own.into_iter().chain(default).collect()
    }

    /// The handler that must be called, or the refusal of what is called `name`.
    fn admit(&self, route: &Route, frame: &Taken, name: u16) -> Result<Callee, Verdict> {
        if !route.enabled {
            return Err(refusal(1004, name));
        }
        if !route.addresses.contains(frame.address) {
            return Err(refusal(1003, name));
        }
        let (Some(instance), Some(handler)) = (self.active[route.plugin], route.handler) else {
            return Err(refusal(2005, name));
        };
        let (_, min, max) = HANDLERS[handler];
        if !(usize::from(min)..=usize::from(max)).contains(&frame.data.len()) {
            let takes = if min == max { min.to_string() } else { format!("{min} to {max}") };
            let came = frame.data.len();
            let text = format!("command {name:#06x} takes {takes} bytes of data, not {came}");
            return Err(Verdict::Error(error_data(1001, &text)));
        }
        Ok(Callee { plugin: route.plugin, instance, handler })
    }
}

/// The oldest call of that kind.
fn take_call(calls: &mut VecDeque<Call>, is_it: impl Fn(&Call) -> bool) -> Option<Call> {
    let index = calls.iter().position(is_it)?;
    calls.remove(index)
}

fn check_call(
    call: &Call,
    callee: Callee,
    (frame, raw): (&Taken, bool),
    now: Moment,
    until: Moment,
) {
    assert_eq!(call.is_event, !raw && frame.command.kind() == Kind::Event);
    assert_eq!(call.callee, callee, "the call goes to the generation that is active now");
    assert_eq!((call.address, call.command), (frame.address, frame.command));
    assert_eq!(call.data, frame.data);
    assert_eq!(call.now, now);
    assert_eq!(call.deadline.unwrap_or(NEVER), until);
}

/// What must come of a call; `None` if the handler passed.
fn verdict(
    call: Call,
    (command, raw): (Command, bool),
    now: Moment,
    wait: Wait,
) -> Option<Verdict> {
    let name = if raw { command.word() } else { command.number() };
    let waits = raw || command.kind() == Kind::Request;
    let fail = |data: Vec<u8>| {
        let code = u16::from_be_bytes([data[0], data[1]]);
        let again = wait.after_failure(code, now).filter(|_| waits);
        Some(again.map_or(Verdict::Error(data), Verdict::Again))
    };
    let word = if raw { call.word } else { command.with_kind(Kind::Reply) };
    match (call.outcome, call.token) {
        (Outcome::Next, _) => None,
        (Outcome::NoReply, _) if raw => Some(Verdict::Nothing),
        (Outcome::Reply, _) => Some(Verdict::As(word, call.answer)),
        (Outcome::Close, _) => Some(Verdict::Last(word, call.answer, CloseReason::Handler)),
        (Outcome::Failed, _) if call.answer.len() >= 2 => fail(call.answer),
        (Outcome::Deferred, Some((token, own))) => {
            let own = own.map_or(NEVER, |own| now.after(own));
            let kept = (wait.retries > 0 && waits).then(|| wait.clone());
            Some(Verdict::Owed(token, own.min(wait.until), call.callee.instance, kept))
        }
        _ if !raw && command.kind() == Kind::Event => Some(Verdict::Nothing),
        (Outcome::NoReply, _) => {
            fail(error_data(2001, &format!("the handler of command {name:#06x} gave no reply")))
        }
        _ => fail(refusal_data(2001, name)),
    }
}

/// The data of an error that the engine makes itself.
pub fn refusal(status: u16, number: u16) -> Verdict {
    Verdict::Error(refusal_data(status, number))
}

/// The same as bytes: the texts are written down here once more, so that a change is seen.
pub fn refusal_data(status: u16, number: u16) -> Vec<u8> {
    let text = match status {
        1002 => "say HELLO with a valid credential first".to_owned(),
        1003 => format!("this address has no command {number:#06x}"),
        1004 => format!("no route for command {number:#06x}"),
        1009 => "the client id is in use".to_owned(),
        1029 => "too many requests".to_owned(),
        2003 => "the server has too much to do".to_owned(),
        1010 => "bytes that are no frame were skipped".to_owned(),
        2001 => format!("the handler of command {number:#06x} failed"),
        2004 => format!("no answer to command {number:#06x} in time"),
        2005 => format!("the handler of command {number:#06x} is not loaded"),
        2006 => "the server shuts down".to_owned(),
        other => panic!("the engine does not answer {other} itself"),
    };
    error_data(status, &text)
}

fn error_data(status: u16, text: &str) -> Vec<u8> {
    [&status.to_be_bytes()[..], text.as_bytes()].concat()
}
