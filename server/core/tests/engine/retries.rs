//! Requests that fail by the server's fault are tried again, where their route allows it.

use std::time::Duration;

use hotframe_core::{Completion, Notice, RouteSpec};
use hotframe_protocol::Kind;

use crate::pair::{DEFER, Does, ECHO, Pair, entry, frame, request, route};

const FLAKY: u16 = 0x200;

/// A pair with a route that is tried twice more, to a handler that fails so often.
fn flaky(fails: u8) -> Pair {
    let mut pair = Pair::new();
    pair.load("p", vec![entry("flaky", Does::Flake), entry("later", Does::Defer(0))]);
    let again = |handler: &str| RouteSpec { retries: 2, ..route(handler) };
    let timeout = Some(Duration::from_millis(35));
    pair.route(
        &[
            (FLAKY, again("p.flaky")),
            (0x201, again("p.later")),
            (0x202, RouteSpec { timeout, ..again("p.flaky") }),
            (0x203, RouteSpec { timeout, ..again("p.later") }),
            (ECHO, route("std.echo")),
            (DEFER, route("std.defer")),
        ],
        None,
    );
    pair.engine.handlers_mut().fails = fails;
    pair
}

fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

#[test]
fn a_request_that_fails_is_tried_again_and_what_is_behind_it_waits() {
    let mut pair = flaky(2);
    pair.send(FLAKY, b"x");
    pair.send(ECHO, b"behind");
    assert_eq!(pair.replies(), []);
    pair.pass(ms(10));
    assert_eq!(pair.replies(), []);
    pair.pass(ms(20));
    assert!(pair.is_touched());
    assert_eq!(pair.data(), [&b"x"[..], b"behind"]);
    let counters = pair.engine.counters();
    assert_eq!((counters.retried, counters.retried_well, counters.errors_out), (2, 1, 0));
    let calls = pair.engine.routes().find(|found| found.handler == "p.flaky").unwrap().calls;
    assert_eq!(calls, 3);
}

#[test]
fn the_last_failure_is_answered() {
    let mut pair = flaky(9);
    pair.send(FLAKY, b"");
    pair.pass(ms(10));
    pair.pass(ms(20));
    assert_eq!(pair.codes(), [2222]);
    let tried: Vec<_> = pair
        .notices()
        .into_iter()
        .filter_map(|notice| match notice {
            Notice::Retrying { tried, code, .. } => Some((tried, code)),
            _ => None,
        })
        .collect();
    assert_eq!(tried, [(1, 2222), (2, 2222)]);
    assert_eq!(pair.engine.counters().retried_in_vain, 1);
    let errors: u64 = pair.engine.routes().map(|route| route.errors).sum();
    assert_eq!(errors, 1, "one request was answered with an error");
}

#[test]
fn a_deferred_failure_is_tried_again_with_another_token() {
    let mut pair = flaky(0);
    pair.send(0x201, b"data");
    let failed = Completion::Failed { code: 2100, message: "not yet" };
    let token = pair.engine.handlers().tokens[0];
    pair.engine.handle_completion(token, failed, pair.now).unwrap();
    pair.engine.invariants();
    assert!(pair.complete(0, b"late").is_err(), "it is used up");
    assert_eq!(pair.engine.handlers().tokens.len(), 1);
    pair.pass(ms(10));
    assert_eq!(pair.engine.handlers().tokens.len(), 2);
    pair.complete(1, b"good").unwrap();
    assert_eq!(pair.data(), [b"good"]);
    assert_eq!(pair.cancelled(), []);
    assert_eq!(pair.engine.counters().retried_well, 1);
}

#[test]
fn the_timeout_holds_for_all_tries() {
    let mut pair = flaky(9);
    pair.send(0x202, b"");
    pair.pass(ms(10));
    // A third try would be at 30 ms, and is made; there would be no time for a fourth.
    pair.pass(ms(20));
    assert_eq!(pair.codes(), [2222]);

    pair.send(0x203, b"");
    let failed = Completion::Failed { code: 2100, message: "" };
    let token = pair.engine.handlers().tokens[0];
    pair.engine.handle_completion(token, failed, pair.now).unwrap();
    pair.pass(ms(10));
    pair.pass(ms(24));
    assert_eq!(pair.replies(), []);
    pair.pass(ms(1));
    assert_eq!(pair.codes(), [2004]);

    pair.send(0x202, b"");
    pair.pass(ms(35));
    assert_eq!(pair.codes(), [2004], "nobody looked while it waited");
}

#[test]
fn what_the_client_did_wrong_and_events_are_not_tried_again() {
    let mut pair = flaky(9);
    pair.receive(&frame(Kind::Event, FLAKY, b""));
    assert_eq!(pair.engine.counters().retries, 0);
    pair.load("p", vec![entry("flaky", Does::Fail)]);
    pair.send(FLAKY, b"");
    assert_eq!(pair.codes(), [1234]);
}

#[test]
fn a_try_goes_to_the_generation_that_is_active_then() {
    let mut pair = flaky(9);
    pair.send(FLAKY, b"");
    pair.load("p", vec![entry("flaky", Does::Sign(7))]);
    assert!(pair.engine.poll_retired().is_some(), "nobody owes what waits");
    pair.pass(ms(10));
    assert_eq!(pair.data(), [[7]]);

    pair.load("p", vec![entry("flaky", Does::Flake)]);
    pair.send(FLAKY, b"");
    pair.engine.withdraw("p", pair.now);
    pair.pass(ms(10));
    assert_eq!(pair.codes(), [2005]);
}

#[test]
fn what_waits_counts_as_in_flight_and_goes_with_its_connection() {
    let mut pair = flaky(9);
    pair.receive(&request(FLAKY, b"").repeat(2));
    assert_eq!(pair.engine.connections().next().unwrap().in_flight, 2);
    pair.engine.handle_shutdown(pair.now);
    pair.engine.handlers_mut().fails = 0;
    pair.pass(ms(10));
    assert_eq!(pair.data().len(), 2, "they were taken before");
    let mut pair = flaky(9);
    pair.send(FLAKY, b"");
    pair.engine.handle_lost(pair.id, pair.now);
    pair.engine.invariants();
    assert_eq!((pair.engine.counters().abandoned, pair.cancelled()), (1, vec![]));
}
