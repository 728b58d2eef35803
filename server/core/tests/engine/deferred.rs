//! Answers that come later: in order, once, in time.

use std::time::Duration;

use hotframe_core::{Completion, Limits, Next, RouteSpec, Stale, Token};
use hotframe_protocol::Kind;

use crate::pair::{DEFER, Does, ECHO, Pair, WAVER, entry, frame, request, route};

#[test]
fn what_is_answered_at_once_waits_for_what_was_asked_before() {
    let mut pair = Pair::new();
    for n in 0..3u8 {
        pair.send(DEFER, &[n]);
        pair.send(ECHO, &[b'a' + n]);
    }
    assert_eq!(pair.replies(), []);
    pair.complete(1, b"1").unwrap();
    assert_eq!(pair.replies(), []);
    pair.complete(0, b"0").unwrap();
    assert_eq!(pair.data(), [b"0", b"a", b"1", b"b"]);
    pair.complete(2, b"2").unwrap();
    assert_eq!(pair.data(), [b"2", b"c"]);
    pair.send(ECHO, b"z");
    assert_eq!(pair.data(), [b"z"]);
}

#[test]
fn a_completion_has_its_connection_given_a_turn() {
    let mut pair = Pair::new();
    pair.send(DEFER, b"");
    assert!(!pair.is_touched());
    pair.complete(0, b"").unwrap();
    assert!(pair.is_touched());
}

#[test]
fn a_token_is_good_once() {
    let mut pair = Pair::new();
    pair.send(DEFER, b"");
    pair.complete(0, b"x").unwrap();
    assert_eq!(pair.complete(0, b"y"), Err(Stale));
    pair.send(WAVER, b"at once");
    assert_eq!(pair.complete(1, b"late"), Err(Stale));
    let forged = Token::from_bits(0xDEAD_0000_BEEF).unwrap();
    let completion = Completion::Reply { data: b"" };
    assert_eq!(pair.engine.handle_completion(forged, completion, pair.now), Err(Stale));
    assert_eq!(pair.data(), [&b"x"[..], b"at once"]);
    assert_eq!(pair.engine.counters().stale_completions, 3);
}

#[test]
fn a_token_is_void_with_its_connection() {
    let mut pair = Pair::new();
    pair.send(DEFER, b"");
    pair.engine.handle_lost(pair.id, pair.now);
    assert_eq!(pair.complete(0, b"x"), Err(Stale));
    assert_eq!(pair.engine.counters().abandoned, 1);
    assert_eq!(pair.engine.poll_touched(), None);
}

#[test]
fn whoever_took_a_token_is_told_once_that_nobody_waits_any_more() {
    let mut pair = Pair::new();
    let standard = pair.engine.generations().next().unwrap().id;
    let own = pair.load("slow", vec![entry("own", Does::Defer(100))]);
    let standing = [(DEFER, "std.defer"), (WAVER, "std.waver"), (0x200, "slow.own")];
    pair.route(&standing.map(|(number, handler)| (number, route(handler))), None);
    pair.send(0x200, b"");
    pair.send(DEFER, b"");
    pair.receive(&frame(Kind::Event, DEFER, b""));
    pair.send(DEFER, b"");
    pair.send(WAVER, b"not put off in the end");
    pair.complete(3, b"answered").unwrap();
    assert_eq!(pair.cancelled(), []);
    pair.pass(Duration::from_millis(100));
    assert_eq!(pair.cancelled(), [(0, own)]);
    pair.engine.handle_lost(pair.id, pair.now);
    assert_eq!(pair.cancelled(), [(1, standard), (2, standard)]);
    assert_eq!(pair.cancelled(), []);
}

#[test]
fn what_the_shell_refuses_itself_counts_as_stale() {
    let mut pair = Pair::new();
    pair.engine.handle_strays(3);
    assert_eq!(pair.engine.counters().stale_completions, 3);
}

#[test]
fn a_failed_completion_is_an_error_and_too_long_a_reply_is_one_too() {
    let mut pair = Pair::new();
    pair.send(DEFER, b"");
    pair.send(DEFER, b"");
    let token = pair.engine.handlers().tokens[0];
    let failed = Completion::Failed { code: 1100, message: "no" };
    pair.engine.handle_completion(token, failed, pair.now).unwrap();
    pair.complete(1, &[0; 256]).unwrap();
    assert_eq!(pair.codes(), [1100, 2001]);
    assert_eq!(pair.engine.routes().map(|route| route.errors).sum::<u64>(), 2);
}

#[test]
fn the_shorter_timeout_counts() {
    let mut pair = Pair::new();
    pair.load("slow", vec![entry("own", Does::Defer(100)), entry("none", Does::Defer(0))]);
    let timed =
        |handler, ms| RouteSpec { timeout: Some(Duration::from_millis(ms)), ..route(handler) };
    pair.route(
        &[
            (0x200, timed("slow.own", 50)),
            (0x201, timed("slow.own", 500)),
            (0x202, timed("slow.none", 70)),
        ],
        None,
    );
    for number in [0x200, 0x201, 0x202] {
        pair.send(number, b"");
    }
    let deadline = pair.engine.handlers().deadlines[0].unwrap();
    assert_eq!(deadline.since(pair.now), Duration::from_millis(50));
    pair.pass(Duration::from_millis(49));
    assert_eq!(pair.replies(), []);
    pair.pass(Duration::from_millis(1));
    assert_eq!(pair.codes(), [2004]);
    pair.pass(Duration::from_millis(20));
    assert_eq!(pair.replies(), [], "the one before it is still waited for");
    pair.pass(Duration::from_millis(30));
    assert_eq!(pair.codes(), [2004, 2004]);
    assert_eq!(pair.complete(0, b"late"), Err(Stale));
    assert_eq!(pair.engine.counters().timed_out, 3);
}

#[test]
fn a_deferred_event_is_answered_to_nobody() {
    let mut pair = Pair::new();
    pair.receive(&frame(Kind::Event, DEFER, b""));
    pair.send(ECHO, b"not held back");
    assert_eq!(pair.data(), [b"not held back"]);
    pair.complete(0, b"x").unwrap();
    assert_eq!(pair.replies(), []);
}

#[test]
fn max_in_flight_stops_reading_until_one_is_answered() {
    let mut pair = Pair::with(Limits { max_in_flight: 2, ..Limits::DEFAULT });
    let four = request(DEFER, b"").repeat(4);
    pair.receive(&four);
    assert_eq!(pair.engine.handlers().tokens.len(), 2);
    assert!(!pair.engine.wants_read(pair.id) && pair.engine.has_backlog(pair.id));
    // An answer that waits for its turn still counts.
    pair.complete(1, b"1").unwrap();
    assert!(!pair.engine.wants_read(pair.id));
    pair.complete(0, b"0").unwrap();
    assert!(pair.engine.wants_read(pair.id) && pair.is_touched());
    pair.receive(b"");
    assert_eq!(pair.engine.handlers().tokens.len(), 4);
    assert!(!pair.engine.has_backlog(pair.id));
    assert_eq!(pair.data(), [b"0", b"1"]);
}

#[test]
fn what_was_put_off_is_waited_for_after_a_half_close() {
    let mut pair = Pair::new();
    pair.send(DEFER, b"");
    pair.eof();
    assert_eq!(pair.next(), Next::Keep);
    pair.complete(0, b"x").unwrap();
    assert_eq!(pair.next(), Next::Keep);
    assert_eq!(pair.data(), [b"x"]);
    assert_eq!(pair.next(), Next::Close);
}
