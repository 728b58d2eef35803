//! What a replaced generation has put off passes on, or ends at once.

use std::time::Duration;

use hotframe_core::{GenerationId, GenerationState, Limits, Stale};

use crate::pair::{Does, Pair, entry, route};

/// A pair whose command 0201 is put off by plugin `p`, of which a generation is loaded.
fn pair() -> (Pair, GenerationId) {
    let mut pair = Pair::new();
    pair.route(&[(0x200, route("p.sign")), (0x201, route("p.defer"))], None);
    let first = load(&mut pair, 1);
    (pair, first)
}

fn load(pair: &mut Pair, tag: u8) -> GenerationId {
    pair.load("p", vec![entry("sign", Does::Sign(tag)), entry("defer", Does::Defer(0))])
}

fn in_flight(pair: &Pair, id: GenerationId) -> u32 {
    pair.engine.generations().find(|view| view.id == id).unwrap().in_flight
}

#[test]
fn an_heir_answers_in_the_place_of_the_request() {
    let (mut pair, first) = pair();
    pair.send(0x201, b"");
    pair.send(0x200, b"");
    let token = pair.engine.handlers().tokens[0];
    let second = load(&mut pair, 2);
    assert!(pair.engine.bequeath(token, second));
    pair.engine.invariants();
    assert_eq!(pair.engine.poll_retired(), Some(first), "it owes nothing any more");
    assert_eq!(in_flight(&pair, second), 1);
    pair.complete(0, b"inherited").unwrap();
    assert_eq!(pair.data(), [&b"inherited"[..], &[1]]);
    assert_eq!(pair.engine.counters().bequeathed, 1);
    assert_eq!(pair.cancelled(), []);
}

#[test]
fn what_cannot_be_inherited_stays_where_it_is() {
    let (mut pair, first) = pair();
    let other = pair.load("q", vec![entry("sign", Does::Sign(9))]);
    pair.send(0x201, b"");
    let token = pair.engine.handlers().tokens[0];
    let second = pair.engine.stage("p", vec![entry("sign", Does::Sign(2))]);
    for heir in [first, other, second] {
        assert!(!pair.engine.bequeath(token, heir), "{heir}");
    }
    pair.engine.activate(second, pair.now);
    pair.complete(0, b"of the first").unwrap();
    assert!(!pair.engine.bequeath(token, second), "it is used up");
    pair.engine.invariants();
    assert_eq!(pair.data(), [b"of the first"]);
}

#[test]
fn an_heir_keeps_to_the_deadline_of_the_request_and_hears_of_it() {
    let (mut pair, _) = pair();
    let limits = Limits { drain_timeout: Duration::from_secs(1), ..Limits::DEFAULT };
    pair.engine.set_limits(limits, pair.now);
    let brief =
        hotframe_core::RouteSpec { timeout: Some(Duration::from_secs(3)), ..route("p.defer") };
    pair.route(&[(0x201, brief)], None);
    pair.send(0x201, b"");
    let token = pair.engine.handlers().tokens[0];
    let second = load(&mut pair, 2);
    assert!(pair.engine.bequeath(token, second));
    pair.pass(Duration::from_secs(2));
    assert_eq!(pair.codes(), [], "the drain timeout is not the heir's");
    pair.pass(Duration::from_secs(1));
    assert_eq!(pair.codes(), [2004]);
    assert_eq!(pair.cancelled(), [(0, second)]);
}

#[test]
fn what_is_forsaken_is_answered_at_once() {
    let (mut pair, first) = pair();
    pair.send(0x201, b"");
    pair.engine.forsake(first, pair.now);
    assert_eq!(pair.codes(), [], "it is active");
    load(&mut pair, 2);
    pair.engine.forsake(first, pair.now);
    pair.engine.invariants();
    assert_eq!(pair.codes(), [2005]);
    assert_eq!(pair.complete(0, b"late"), Err(Stale));
    assert_eq!(pair.cancelled(), [(0, first)]);
    assert_eq!(pair.engine.poll_retired(), Some(first));
    assert_eq!(pair.engine.counters().forsaken, 1);
    let states: Vec<_> = pair.engine.generations().map(|view| view.state).collect();
    assert!(!states.contains(&GenerationState::Retired));
}
