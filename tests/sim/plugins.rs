//! Fake plugins: handlers whose answers name the instance that gave them, and a record of
//! every call.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

use hotframe_core::{
    ConnectionId, Deferrals, HandlerEntry, Handlers, JoinedHow, Moment, Outcome, PeerNews, Reply,
    Request, SessionId, Token,
};
use hotframe_protocol::Command;

use crate::plant::Plant;
use crate::rng::Rng;

/// The plugins there are; each has [`HANDLERS`].
pub const PLUGINS: [&str; 3] = ["alpha", "beta", "gamma"];

/// The handlers of each plugin, with the lengths of data that they take.
pub const HANDLERS: [(&str, u8, u8); 3] = [("any", 0, 255), ("short", 0, 16), ("long", 4, 255)];

/// What handlers set as the word of a reply now and then.
const OTHER_WORD: Command = Command::from_word(0xBEEF);

/// One handler of one loaded copy of one plugin.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Callee {
    pub plugin: usize,
    /// The copy; no two have the same number.
    pub instance: u32,
    pub handler: usize,
}

/// What happened in one call.
#[derive(Debug)]
pub struct Call {
    pub callee: Callee,
    pub connection: ConnectionId,
    pub now: Moment,
    pub deadline: Option<Moment>,
    pub address: u8,
    pub command: Command,
    pub is_event: bool,
    /// The number of its request.
    pub number: u64,
    pub data: Vec<u8>,
    pub outcome: Outcome,
    /// The word that the handler wants its reply to carry.
    pub word: Command,
    /// What the handler wrote.
    pub answer: Vec<u8>,
    /// What it took, with the time that it gave itself.
    pub token: Option<(Token, Option<Duration>)>,
}

/// What was told of a session.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Coming {
    Joined(ConnectionId, SessionId),
    Parted(ConnectionId, SessionId),
}

/// What a handler may do.
#[derive(Clone, Copy)]
enum Mood {
    Reply,
    Fail,
    Defer,
    Pass,
    Close,
    Silence,
}

/// Every handler of every plugin.
pub struct Plugins {
    rng: Rng,
    moods: [u8; 6],
    plant: Plant,
    /// The number of the newest request.
    newest: u64,
    /// The numbers of those that may come again.
    failed: BTreeSet<u64>,
    /// The calls that the checks have not looked at yet.
    pub calls: VecDeque<Call>,
    /// Who is connected, and with which session, as far as it was told.
    pub known: BTreeMap<ConnectionId, Option<SessionId>>,
    /// Who joined and who parted since the last checks, in order.
    pub comings: VecDeque<Coming>,
    /// The instance of each plugin before the newest one, for the plant.
    pub previous: [Option<u32>; PLUGINS.len()],
}

impl Plugins {
    pub fn new(seed: u64, moods: [u8; 6], plant: Plant) -> Self {
        Self {
            rng: Rng::new(seed),
            moods,
            plant,
            newest: 0,
            failed: BTreeSet::new(),
            calls: VecDeque::new(),
            known: BTreeMap::new(),
            comings: VecDeque::new(),
            previous: [None; PLUGINS.len()],
        }
    }

    /// What `instance` of `plugin` offers.
    pub fn entries(plugin: usize, instance: u32) -> Vec<HandlerEntry<Callee>> {
        let entry = |(handler, &(name, min_len, max_len)): (usize, &(&str, u8, u8))| HandlerEntry {
            name: name.into(),
            callee: Callee { plugin, instance, handler },
            min_len,
            max_len,
        };
        HANDLERS.iter().enumerate().map(entry).collect()
    }

    /// Handlers behave from now on: they answer at once.
    pub fn calm(&mut self) {
        self.moods = [1, 0, 0, 0, 0, 0];
    }

    fn mood(&mut self) -> Mood {
        let [reply, fail, defer, pass, close, silence] = self.moods;
        self.rng.weigh(&[
            (Mood::Reply, reply),
            (Mood::Fail, fail),
            (Mood::Defer, defer),
            (Mood::Pass, pass),
            (Mood::Close, close),
            (Mood::Silence, silence),
        ])
    }

    /// The instance that really answers: with the plant, sometimes that before the swap.
    fn answering(&mut self, callee: Callee) -> Callee {
        match self.previous[callee.plugin] {
            Some(instance) if self.plant == Plant::StaleGeneration && self.rng.chance(20) => {
                Callee { instance, ..callee }
            }
            _ => callee,
        }
    }

    /// Takes a token, mostly within a time of its own.
    fn defer(&mut self, deferrals: &mut Deferrals<'_>) -> (Token, Option<Duration>) {
        let timeout = match self.rng.below(3) {
            0 => None,
            1 => Some(Duration::from_millis(10)),
            _ => Some(Duration::from_secs(20)),
        };
        let token = deferrals.defer(timeout).expect("a full connection is not read");
        assert_eq!(deferrals.defer(timeout), None, "one token a request");
        (token, timeout)
    }
}

/// Writes what names the answering handler and what it was asked.
fn sign(reply: &mut Reply<'_>, callee: Callee, asked: &[u8]) {
    let answer = answer(callee, asked);
    reply.data[..answer.len()].copy_from_slice(&answer);
    reply.len = u8::try_from(answer.len()).unwrap();
}

/// The answer of `callee` to `asked`, cut to what fits.
pub fn answer(callee: Callee, asked: &[u8]) -> Vec<u8> {
    let mut answer = callee.instance.to_be_bytes().to_vec();
    answer.push(u8::try_from(callee.handler).unwrap());
    answer.extend_from_slice(asked);
    answer.truncate(255);
    answer
}

impl Handlers for Plugins {
    type Callee = Callee;

    fn call(
        &mut self,
        callee: Callee,
        request: &Request<'_>,
        reply: &mut Reply<'_>,
        deferrals: &mut Deferrals<'_>,
    ) -> Outcome {
        assert_eq!((reply.len, reply.address), (0, request.address));
        let passed_on = self.calls.back().is_some_and(|call| call.outcome == Outcome::Next);
        let is_new = request.id > self.newest || (passed_on && request.id == self.newest);
        assert!(is_new || self.failed.contains(&request.id), "no two requests have one number");
        self.newest = self.newest.max(request.id);
        let callee = self.answering(callee);
        if self.rng.chance(10) {
            reply.command = OTHER_WORD;
        }
        sign(reply, callee, request.data);
        let mut token = None;
        let outcome = match self.mood() {
            Mood::Reply => Outcome::Reply,
            Mood::Pass => Outcome::Next,
            Mood::Close => Outcome::Close,
            Mood::Silence => Outcome::NoReply,
            Mood::Defer => {
                // Sometimes it forgets the token, sometimes it changes its mind.
                token = if self.rng.chance(5) { None } else { Some(self.defer(deferrals)) };
                if self.rng.chance(5) { Outcome::Reply } else { Outcome::Deferred }
            }
            Mood::Fail => {
                let code = self.rng.pick(&[1100, 2100]);
                reply.fail(code, "\u{e9}".repeat(self.rng.below(200)).as_str());
                reply.len = if self.rng.chance(10) { 1 } else { reply.len };
                Outcome::Failed
            }
        };
        if !matches!(outcome, Outcome::Reply | Outcome::Close) {
            self.failed.insert(request.id);
        }
        self.calls.push_back(Call {
            callee,
            connection: request.connection,
            now: request.now,
            deadline: request.deadline,
            address: request.address,
            command: request.command,
            is_event: request.is_event,
            number: request.id,
            data: request.data.to_vec(),
            outcome,
            word: reply.command,
            answer: reply.data[..usize::from(reply.len)].to_vec(),
            token,
        });
        outcome
    }

    fn hear(&mut self, news: &PeerNews) {
        match news {
            PeerNews::Opened { connection } => {
                assert_eq!(self.known.insert(*connection, None), None, "{connection} is new");
            }
            PeerNews::Closed { connection, .. } => {
                assert_eq!(self.known.remove(connection), Some(None), "{connection} has left");
            }
            PeerNews::Joined { connection, session, how, .. } => {
                if let JoinedHow::TakenOver(older) = how {
                    assert_eq!(self.known.insert(*older, None), Some(Some(*session)));
                }
                assert!(self.known.values().all(|has| *has != Some(*session)), "one has it");
                self.known.insert(*connection, Some(*session)).expect("it is connected");
                self.comings.push_back(Coming::Joined(*connection, *session));
            }
            PeerNews::Parted { connection, session, .. } => {
                self.comings.push_back(Coming::Parted(*connection, *session));
                assert_eq!(self.known.insert(*connection, None), Some(Some(*session)));
            }
        }
    }
}
