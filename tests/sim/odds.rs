//! The odds of one run: each seed has its own, so that runs differ in character.

use std::time::Duration;

use hotframe_core::{Dialect, Heartbeat, Limits, Profile, ReplyOrder};
use hotframe_protocol::Command;

use crate::debt::{RATES, rate};
use crate::rng::Rng;

/// How likely things are in this run, in percent, and what its bounds are.
pub struct Odds {
    pub limits: Limits,
    /// Of a piece of traffic: to be garbage instead of a frame.
    pub garbage: u8,
    /// Of a frame: to be an event.
    pub event: u8,
    /// Of a frame: to be one of the protocol's own commands.
    pub builtin: u8,
    /// Of a peer's turn: to send many frames at once.
    pub burst: u8,
    /// The weight of a change of what clients must show.
    pub guards: u8,
    /// Of a connection: to speak the raw dialect.
    pub raw: u8,
    /// Of a peer: to take few bytes at a time.
    pub slow_reader: u8,
    /// Of a read: to be cut short.
    pub short_read: u8,
    /// The weights of what handlers do: reply, fail, defer, pass, close, say nothing.
    pub outcomes: [u8; 6],
    /// The weights of what happens to the world.
    pub swaps: u8,
    pub remaps: u8,
    pub endings: u8,
    pub jumps: u8,
    pub pushes: u8,
    /// Of a round: to be a long one.
    pub late: u8,
    /// Whether the server is shut down before the end.
    pub shutdown: bool,
}

impl Odds {
    pub fn new(rng: &mut Rng) -> Self {
        let few_or_many = [0, 2, 10, 40];
        Self {
            limits: limits(rng),
            garbage: rng.pick(&[0, 0, 1, 5, 20]),
            event: rng.pick(&few_or_many),
            builtin: rng.pick(&[2, 10, 30]),
            burst: rng.pick(&few_or_many),
            guards: rng.pick(&[0, 0, 0, 1]),
            raw: rng.pick(&[0, 0, 30, 80]),
            slow_reader: rng.pick(&few_or_many),
            short_read: rng.pick(&few_or_many),
            outcomes: [
                rng.pick(&[20, 60]),
                rng.pick(&[0, 5]),
                rng.pick(&[0, 10, 40, 80]),
                rng.pick(&[0, 5]),
                rng.pick(&[0, 0, 1]),
                rng.pick(&[0, 2]),
            ],
            swaps: rng.pick(&[0, 2, 10]),
            remaps: rng.pick(&[0, 2, 10]),
            endings: rng.pick(&[0, 1, 3]),
            jumps: rng.pick(&[1, 5, 15]),
            pushes: rng.pick(&[0, 3, 12]),
            late: rng.pick(&[0, 50, 98]),
            shutdown: rng.chance(50),
        }
    }
}

/// What the listener of one connection wants; `raw`: how likely that is the raw dialect.
pub fn profile(rng: &mut Rng, raw: u8) -> Profile {
    let error_command = rng.chance(50).then_some(Command::from_word(0xEEEE));
    let raw = rng.chance(raw);
    Profile {
        dialect: if raw { Dialect::Raw { error_command } } else { Dialect::Flagged },
        reply_order: if rng.chance(70) { ReplyOrder::Strict } else { ReplyOrder::Any },
        probe: rng.chance(80),
        auth: rng.chance(80),
    }
}

/// Limits that are reached: from tiny to roomy.
pub fn limits(rng: &mut Rng) -> Limits {
    let time = |rng: &mut Rng| Duration::from_millis(rng.pick(&[50, 500, 5_000, 60_000]));
    Limits {
        max_connections: rng.pick(&[2, 6, 12]),
        max_in_flight: rng.pick(&[1, 2, 5, 50]),
        outbound_high_water: rng.pick(&[263, 600, 4_000, 64_000]),
        max_buffered: rng.pick(&[1_500, 12_000, 1 << 20, 1 << 20, 1 << 20, 1 << 20]),
        frame_timeout: time(rng),
        write_timeout: time(rng),
        max_sync_errors: u32::try_from(rng.pick(&[0, 3, 50])).unwrap(),
        max_garbage: rng.pick(&[100, 500, 64_000]),
        max_questions: rng.pick(&[0, 1, 3, 20]),
        drain_timeout: time(rng),
        shutdown_grace: time(rng),
        request_rate: rng.chance(20).then(|| rate(rng.pick(&RATES))),
        overload: rng.chance(15).then(|| time(rng)),
        heartbeat: heartbeat(rng),
    }
}

/// Patience with silent peers and absent clients: mostly more than a run takes.
fn heartbeat(rng: &mut Rng) -> Heartbeat {
    let time = |rng: &mut Rng, ms: &[u64]| Duration::from_millis(rng.pick(ms));
    Heartbeat {
        idle_after: time(rng, &[200, 20_000, 90_000, 600_000, 600_000]),
        probe_timeout: time(rng, &[50, 9_000, 60_000]),
        session_timeout: time(rng, &[100, 5_000, 90_000, 900_000]),
        takeover: rng.chance(60),
    }
}
