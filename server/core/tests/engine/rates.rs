//! Rates: what is too much is refused, and does no harm to others.

use std::time::Duration;

use hotframe_core::{Limits, Rate, RouteSpec};
use hotframe_protocol::Kind;

use crate::pair::{DEFER, ECHO, Pair, frame, request, route};

const SECOND: Duration = Duration::from_secs(1);

fn three_a_second() -> Option<Rate> {
    Some(Rate::new(3, SECOND))
}

fn limited() -> Pair {
    Pair::with(Limits { request_rate: three_a_second(), ..Limits::DEFAULT })
}

/// How many of the replies are good, and how many say that it was too much.
fn split(pair: &mut Pair) -> (usize, usize) {
    let (good, bad): (Vec<_>, Vec<_>) =
        pair.replies().into_iter().partition(|(word, ..)| word & 0x4000 == 0);
    assert!(bad.iter().all(|(.., data)| data[..2] == 1029u16.to_be_bytes()));
    (good.len(), bad.len())
}

#[test]
fn a_connection_that_asks_too_much_is_told_so() {
    let mut pair = limited();
    pair.receive(&request(ECHO, b"x").repeat(5));
    assert_eq!(split(&mut pair), (3, 2));
    pair.pass(SECOND / 3);
    pair.receive(&request(ECHO, b"x").repeat(5));
    assert_eq!(split(&mut pair), (0, 5), "a third of a second is rounded up");
    pair.pass(Duration::from_nanos(1));
    pair.receive(&request(ECHO, b"x").repeat(5));
    assert_eq!(split(&mut pair), (1, 4));
    pair.pass(20 * SECOND);
    pair.receive(&request(ECHO, b"x").repeat(5));
    assert_eq!(split(&mut pair), (3, 2), "what was saved up is bounded");
    assert_eq!(pair.engine.counters().over_rate, 13);
}

#[test]
fn each_connection_has_a_rate_of_its_own() {
    let mut pair = limited();
    pair.receive(&request(ECHO, b"x").repeat(5));
    pair.connect();
    pair.receive(&request(ECHO, b"x").repeat(3));
    assert_eq!(split(&mut pair), (3, 0));
}

#[test]
fn refusals_keep_their_place_and_the_protocol_counts_too() {
    let mut pair = limited();
    pair.send(DEFER, b"");
    pair.receive(&request(0x0002, b"ping").repeat(2));
    pair.send(0x0004, b"");
    assert_eq!(pair.replies(), []);
    pair.complete(0, b"first").unwrap();
    let words: Vec<u16> = pair.replies().into_iter().map(|(word, ..)| word).collect();
    assert_eq!(words, [0x8102, 0x8002, 0x8002, 0xC004]);
}

#[test]
fn events_above_the_rate_are_dropped_and_counted() {
    let mut pair = limited();
    pair.receive(&frame(Kind::Event, ECHO, b"x").repeat(10));
    assert_eq!(pair.replies(), []);
    assert_eq!(pair.engine.routes().map(|route| route.calls).sum::<u64>(), 3);
    assert_eq!(pair.engine.counters().over_rate, 7);
}

#[test]
fn a_farewell_is_never_too_much() {
    let mut pair = limited();
    pair.receive(&request(ECHO, b"x").repeat(4));
    pair.replies();
    pair.send(0x0003, b"");
    assert_eq!(pair.replies(), [(0x8003, 7, vec![])]);
}

#[test]
fn a_route_has_a_rate_for_everybody_together() {
    let mut pair = Pair::new();
    let slow = RouteSpec { rate: three_a_second(), ..route("std.echo") };
    pair.route(&[(ECHO, slow.clone()), (0x200, route("std.echo"))], None);
    pair.receive(&request(ECHO, b"x").repeat(2));
    assert_eq!(split(&mut pair), (2, 0));
    pair.connect();
    pair.receive(&request(ECHO, b"x").repeat(2));
    assert_eq!(split(&mut pair), (1, 1));
    pair.receive(&request(0x200, b"x").repeat(9));
    assert_eq!(split(&mut pair), (9, 0));
    pair.route(&[(ECHO, slow)], None);
    pair.send(ECHO, b"x");
    assert_eq!(split(&mut pair), (0, 1), "new routes do not fill it up");
    let view = pair.engine.routes().next().unwrap();
    assert_eq!((view.calls, view.errors), (3, 2));
}
