//! The pair: an engine and one peer of it, with handlers that do as they are named.

use std::time::Duration;

use hotframe_core::{
    Completion, ConnectionId, Deferrals, Engine, GenerationId, HandlerEntry, Handlers, Limits,
    Moment, Next, Notice, Outcome, Profile, Reply, Request, RouteSpec, RouteTable, Stale, Token,
};
use hotframe_protocol::{Command, Decoded, Decoder, Frame, Kind, MAX_FRAME};

/// What a handler does, and the tag that it signs with.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Does {
    Echo,
    Sign(u8),
    Fail,
    /// Answers later, within this many milliseconds if it is not 0.
    Defer(u64),
    /// Takes a token and answers at once all the same.
    Waver,
    DeferWithoutToken,
    Pass,
    Close,
    Nothing,
    /// Fails with 2222 as long as [`Fakes::fails`] is not 0.
    Flake,
    /// Echoes under this word.
    Rename(u16),
    /// Takes 2 to 4 bytes.
    Narrow,
}

/// Handlers that remember the tokens they took.
#[derive(Default)]
pub struct Fakes {
    pub tokens: Vec<Token>,
    pub fails: u8,
    pub deadlines: Vec<Option<Moment>>,
}

impl Handlers for Fakes {
    type Callee = Does;

    fn call(
        &mut self,
        does: Does,
        request: &Request<'_>,
        reply: &mut Reply<'_>,
        deferrals: &mut Deferrals<'_>,
    ) -> Outcome {
        self.deadlines.push(request.deadline);
        let mut say = |data: &[u8]| {
            reply.data[..data.len()].copy_from_slice(data);
            reply.len = u8::try_from(data.len()).unwrap();
        };
        match does {
            Does::Sign(tag) => say(&[tag]),
            _ => say(request.data),
        }
        match does {
            Does::Rename(word) => {
                reply.command = Command::from_word(word);
                Outcome::Reply
            }
            Does::Flake if self.fails > 0 => {
                self.fails -= 1;
                reply.fail(2222, "still flaky");
                Outcome::Failed
            }
            Does::Flake | Does::Echo | Does::Sign(_) | Does::Narrow => Outcome::Reply,
            Does::Fail => {
                reply.fail(1234, "because");
                Outcome::Failed
            }
            Does::Defer(ms) => {
                let own = (ms > 0).then(|| Duration::from_millis(ms));
                self.tokens.push(deferrals.defer(own).unwrap());
                Outcome::Deferred
            }
            Does::Waver => {
                self.tokens.push(deferrals.defer(None).unwrap());
                assert_eq!(deferrals.defer(None), None, "one token a request");
                Outcome::Reply
            }
            Does::DeferWithoutToken => Outcome::Deferred,
            Does::Pass => Outcome::Next,
            Does::Close => Outcome::Close,
            Does::Nothing => Outcome::NoReply,
        }
    }
}

/// The commands of the handlers that a pair has from the start.
pub const ECHO: u16 = 0x100;
pub const FAIL: u16 = 0x101;
pub const DEFER: u16 = 0x102;
pub const WAVER: u16 = 0x103;
pub const DEFER_WITHOUT_TOKEN: u16 = 0x104;
pub const PASS: u16 = 0x105;
pub const CLOSE: u16 = 0x106;
pub const NOTHING: u16 = 0x107;
pub const NARROW: u16 = 0x108;

const STANDARD: [(u16, &str, Does); 9] = [
    (ECHO, "echo", Does::Echo),
    (FAIL, "fail", Does::Fail),
    (DEFER, "defer", Does::Defer(0)),
    (WAVER, "waver", Does::Waver),
    (DEFER_WITHOUT_TOKEN, "defer_without_token", Does::DeferWithoutToken),
    (PASS, "pass", Does::Pass),
    (CLOSE, "close", Does::Close),
    (NOTHING, "nothing", Does::Nothing),
    (NARROW, "narrow", Does::Narrow),
];

/// A frame that came back: command word, address, data.
pub type Back = (u16, u8, Vec<u8>);

pub struct Pair {
    pub engine: Engine<Fakes>,
    pub id: ConnectionId,
    pub now: Moment,
}

impl Pair {
    pub fn new() -> Self {
        Self::with(Limits::DEFAULT)
    }

    /// A pair whose plugin `std` has the standard handlers, all routed.
    pub fn with(limits: Limits) -> Self {
        let now = Moment::from_nanos(1_000);
        let mut engine = Engine::new(Fakes::default(), limits, "9.9");
        let id = engine.handle_accepted(Profile::DEFAULT, now).unwrap();
        let mut pair = Self { engine, id, now };
        let entries = STANDARD.map(|(_, name, does)| entry(name, does));
        pair.load("std", entries.into());
        let routes = STANDARD.map(|(number, name, _)| (number, route(&format!("std.{name}"))));
        pair.route(&routes, None);
        pair
    }

    /// One more connection, which is the pair's from now on; returns the one before.
    pub fn connect(&mut self) -> ConnectionId {
        self.connect_as(Profile::DEFAULT)
    }

    /// The same at a listener with this profile.
    pub fn connect_as(&mut self, profile: Profile) -> ConnectionId {
        let id = self.engine.handle_accepted(profile, self.now).unwrap();
        self.engine.invariants();
        std::mem::replace(&mut self.id, id)
    }

    /// Stages and activates a generation.
    pub fn load(&mut self, plugin: &str, entries: Vec<HandlerEntry<Does>>) -> GenerationId {
        let generation = self.engine.stage(plugin, entries);
        self.engine.activate(generation, self.now);
        self.engine.invariants();
        generation
    }

    pub fn route(&mut self, routes: &[(u16, RouteSpec)], default: Option<RouteSpec>) {
        let table = RouteTable::build(routes.iter().cloned(), default, 1);
        self.engine.set_routes(table, self.now);
        self.engine.invariants();
    }

    /// The peer's bytes arrive as the shell hands them in.
    pub fn receive(&mut self, bytes: &[u8]) {
        let bytes = [self.engine.carry(self.id), bytes].concat();
        self.engine.handle_received(self.id, &bytes, self.now);
        self.engine.invariants();
    }

    pub fn send(&mut self, number: u16, data: &[u8]) {
        self.receive(&request(number, data));
    }

    pub fn eof(&mut self) {
        self.engine.handle_eof(self.id, self.now);
        self.engine.invariants();
    }

    /// Everything that is to be written, written and decoded.
    pub fn replies(&mut self) -> Vec<Back> {
        let bytes: Vec<u8> = self.engine.all_outbound(self.id).flatten().copied().collect();
        self.engine.handle_written(self.id, bytes.len(), self.now);
        self.engine.invariants();
        let (mut rest, mut decoder, mut frames) = (&bytes[..], Decoder::default(), Vec::new());
        while let Some(Decoded::Frame(frame)) = decoder.decode(&mut rest) {
            frames.push((frame.command.word(), frame.address, frame.data.to_vec()));
        }
        assert!(rest.is_empty(), "nothing but frames leaves");
        frames
    }

    /// The data of everything that is to be written.
    pub fn data(&mut self) -> Vec<Vec<u8>> {
        self.replies().into_iter().map(|(_, _, data)| data).collect()
    }

    /// The status codes of everything that is to be written, which must all be errors.
    pub fn codes(&mut self) -> Vec<u16> {
        let code = |(word, _, data): Back| {
            assert_eq!(Command::from_word(word).kind(), Kind::Error);
            u16::from_be_bytes([data[0], data[1]])
        };
        self.replies().into_iter().map(code).collect()
    }

    /// The handler answers what it put off as number `index`.
    pub fn complete(&mut self, index: usize, data: &[u8]) -> Result<(), Stale> {
        let token = self.engine.handlers().tokens[index];
        let done = self.engine.handle_completion(token, Completion::Reply { data }, self.now);
        self.engine.invariants();
        done
    }

    /// The tokens that became void, as the order in which they were taken, and whose they were.
    pub fn cancelled(&mut self) -> Vec<(usize, GenerationId)> {
        let told = std::iter::from_fn(|| self.engine.poll_cancelled()).collect::<Vec<_>>();
        self.engine.invariants();
        let tokens = &self.engine.handlers().tokens;
        let index = |token| tokens.iter().position(|taken| *taken == token).unwrap();
        let mut told: Vec<_> =
            told.into_iter().map(|void| (index(void.token), void.generation)).collect();
        told.sort_unstable();
        told
    }

    /// Time passes, and deadlines are judged if it is time to.
    pub fn pass(&mut self, time: Duration) {
        self.now = self.now.after(time);
        if self.engine.poll_wake().is_some_and(|wake| wake <= self.now) {
            self.engine.handle_due(self.now);
        }
        self.engine.invariants();
    }

    pub fn next(&mut self) -> Next {
        let next = self.engine.poll_next(self.id);
        self.engine.invariants();
        next
    }

    pub fn notices(&mut self) -> Vec<Notice> {
        std::iter::from_fn(|| self.engine.poll_notice()).collect()
    }

    /// Whether the engine wants the connection to have a turn.
    pub fn is_touched(&mut self) -> bool {
        std::iter::from_fn(|| self.engine.poll_touched()).any(|id| id == self.id)
    }
}

pub fn entry(name: &str, does: Does) -> HandlerEntry<Does> {
    let (min_len, max_len) = if does == Does::Narrow { (2, 4) } else { (0, 255) };
    HandlerEntry { name: name.into(), callee: does, min_len, max_len }
}

pub fn route(handler: &str) -> RouteSpec {
    RouteSpec::new(handler)
}

pub fn frame(kind: Kind, number: u16, data: &[u8]) -> Vec<u8> {
    let mut room = [0; MAX_FRAME];
    let command = Command::new(kind, number);
    let frame = Frame { address: 7, command, data };
    let len = frame.encode(&mut room).unwrap();
    room[..len].to_vec()
}

pub fn request(number: u16, data: &[u8]) -> Vec<u8> {
    frame(Kind::Request, number, data)
}
