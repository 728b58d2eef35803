//! The heartbeat: silence is probed, and ends when nothing comes even then.

use std::time::Duration;

use hotframe_core::{CloseReason, ConnectionState, Heartbeat, Limits, Next, Profile};
use hotframe_protocol::Kind;

use crate::pair::{DEFER, ECHO, Pair, frame, request};

const PING: u16 = 0x0002;
const SECOND: Duration = Duration::from_secs(1);

/// The probe as it is sent: a PING request of address 0 without data.
fn probe() -> (u16, u8, Vec<u8>) {
    (PING, 0, vec![])
}

fn state(pair: &Pair) -> ConnectionState {
    pair.engine.connections().find(|view| view.id == pair.id).unwrap().state
}

#[test]
fn silence_is_probed_and_then_ends() {
    let mut pair = Pair::new();
    pair.pass(29 * SECOND);
    assert_eq!((pair.replies(), state(&pair)), (vec![], ConnectionState::Active));
    pair.pass(SECOND);
    assert!(pair.is_touched());
    assert_eq!((pair.replies(), state(&pair)), (vec![probe()], ConnectionState::Idle));
    pair.pass(9 * SECOND);
    assert_eq!((pair.replies(), pair.next()), (vec![], Next::Keep));
    pair.pass(SECOND);
    assert!(pair.is_touched());
    assert_eq!((state(&pair), pair.next()), (ConnectionState::Unresponsive, Next::Close));
    pair.engine.handle_closed(pair.id, pair.now);
    assert_eq!(pair.engine.counters().closed(CloseReason::Unresponsive), 1);
    assert_eq!((pair.engine.counters().probes, pair.engine.poll_wake()), (1, None));
}

#[test]
fn a_probe_of_a_round_that_took_long_has_all_of_its_time() {
    let mut pair = Pair::new();
    pair.pass(30 * SECOND);
    // The process was paused before the probe was written, and goes on.
    pair.now = pair.now.after(60 * SECOND);
    pair.engine.handle_round(60 * SECOND, pair.now);
    assert_eq!((pair.replies(), pair.next()), (vec![probe()], Next::Keep));
    pair.pass(9 * SECOND);
    // Rounds that it was not made in move its time no further.
    pair.engine.handle_round(SECOND, pair.now);
    assert_eq!((state(&pair), pair.next()), (ConnectionState::Idle, Next::Keep));
    pair.pass(SECOND);
    assert_eq!((state(&pair), pair.next()), (ConnectionState::Unresponsive, Next::Close));
}

#[test]
fn the_answer_to_a_probe_is_known_and_another_one_is_not() {
    let mut pair = Pair::new();
    pair.receive(&frame(Kind::Reply, PING, b""));
    assert_eq!(pair.engine.counters().replies_dropped, 1, "nothing was asked yet");
    for round in 1..=3 {
        pair.pass(30 * SECOND);
        assert_eq!(pair.replies(), [probe()]);
        let kind = if round == 2 { Kind::Error } else { Kind::Reply };
        pair.receive(&frame(kind, PING, b""));
        assert_eq!((state(&pair), pair.replies()), (ConnectionState::Active, vec![]));
        assert_eq!(pair.engine.counters().probes_answered, round);
    }
    pair.receive(&frame(Kind::Reply, PING, b""));
    assert_eq!(pair.engine.counters().replies_dropped, 2, "every probe had its answer");
}

#[test]
fn any_byte_is_a_sign_of_life() {
    let mut pair = Pair::new();
    for byte in request(ECHO, b"slow").into_iter().take(9) {
        pair.pass(30 * SECOND);
        assert_eq!(pair.replies(), [probe()]);
        pair.pass(9 * SECOND);
        pair.receive(&[byte]);
        // The clock of incomplete frames is another one.
        let frame_timeout = Duration::from_secs(86_400);
        pair.engine.set_limits(Limits { frame_timeout, ..Limits::DEFAULT }, pair.now);
    }
    assert_eq!(pair.next(), Next::Keep);
}

#[test]
fn a_short_silence_after_a_long_patience_is_still_noticed() {
    let idle_after = Duration::from_millis(200);
    let heartbeat = Heartbeat { idle_after, probe_timeout: 60 * SECOND, ..Heartbeat::DEFAULT };
    let mut pair = Pair::with(Limits { heartbeat, ..Limits::DEFAULT });
    for _ in 0..3 {
        pair.pass(idle_after);
        assert_eq!(pair.replies(), [probe()]);
        pair.receive(&frame(Kind::Reply, PING, b""));
    }
}

#[test]
fn a_probe_does_not_wait_for_what_is_owed() {
    let mut pair = Pair::new();
    pair.send(DEFER, b"");
    pair.send(ECHO, b"behind");
    pair.pass(30 * SECOND);
    assert_eq!(pair.replies(), [probe()]);
    pair.receive(&frame(Kind::Reply, PING, b""));
    pair.complete(0, b"first").unwrap();
    assert_eq!(pair.data(), [&b"first"[..], b"behind"]);
}

#[test]
fn who_is_not_read_is_not_silent() {
    let mut pair = Pair::with(Limits { max_in_flight: 1, ..Limits::DEFAULT });
    pair.send(DEFER, b"");
    for _ in 0..5 {
        pair.pass(100 * SECOND);
        assert_eq!((pair.replies(), pair.next()), (vec![], Next::Keep));
    }
    pair.complete(0, b"").unwrap();
    assert_eq!(pair.replies().len(), 1);
    pair.pass(29 * SECOND);
    assert_eq!(pair.replies(), []);
    pair.pass(SECOND);
    assert_eq!(pair.replies(), [probe()]);
}

#[test]
fn a_half_closed_peer_has_said_why_it_is_silent() {
    let mut pair = Pair::new();
    pair.send(DEFER, b"");
    pair.eof();
    pair.pass(1_000 * SECOND);
    assert_eq!((pair.replies(), state(&pair)), (vec![], ConnectionState::Draining));
    assert_eq!(pair.next(), Next::Keep);
}

#[test]
fn without_probes_silence_has_no_end() {
    let mut pair = Pair::new();
    let first = pair.id;
    pair.id = pair
        .engine
        .handle_accepted(Profile { probe: false, ..Profile::DEFAULT }, pair.now)
        .unwrap();
    pair.engine.handle_lost(first, pair.now);
    pair.send(0x0001, b"dev1");
    assert_eq!(pair.data()[0][8..10], [0, 0], "HELLO says that nobody is probed");
    pair.pass(10_000 * SECOND);
    assert_eq!((pair.replies(), state(&pair)), (vec![], ConnectionState::Idle));
    assert_eq!(pair.next(), Next::Keep);
    pair.send(ECHO, b"x");
    assert_eq!(state(&pair), ConnectionState::Active);
}

#[test]
fn a_shorter_patience_holds_at_once() {
    let mut pair = Pair::new();
    pair.pass(10 * SECOND);
    let heartbeat =
        Heartbeat { idle_after: 10 * SECOND, probe_timeout: SECOND, ..Heartbeat::DEFAULT };
    pair.engine.set_limits(Limits { heartbeat, ..Limits::DEFAULT }, pair.now);
    pair.pass(Duration::ZERO);
    assert_eq!(pair.replies(), [probe()]);
    pair.pass(SECOND);
    assert_eq!(pair.next(), Next::Close);
}
