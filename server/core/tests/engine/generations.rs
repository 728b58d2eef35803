//! Generations of a plugin take over, drain and retire.

use std::time::Duration;

use hotframe_core::{GenerationState, Limits, Notice, Stale};

use crate::pair::{DEFER, Does, Pair, entry, route};

/// A pair whose command 0200 is signed by plugin `p`, and 0201 put off by it.
fn pair() -> Pair {
    let mut pair = Pair::new();
    pair.route(&[(0x200, route("p.sign")), (0x201, route("p.defer"))], None);
    pair
}

fn load(pair: &mut Pair, tag: u8) -> hotframe_core::GenerationId {
    pair.load("p", vec![entry("sign", Does::Sign(tag)), entry("defer", Does::Defer(0))])
}

#[test]
fn a_new_generation_takes_all_that_comes_after_it() {
    let mut pair = pair();
    let first = load(&mut pair, 1);
    pair.send(0x200, b"");
    let second = load(&mut pair, 2);
    pair.send(0x200, b"");
    assert_eq!(pair.data(), [[1], [2]]);
    assert_eq!(pair.engine.poll_retired(), Some(first));
    assert_eq!(pair.engine.poll_retired(), None);
    let states: Vec<_> = pair.engine.generations().map(|view| (view.id, view.state)).collect();
    assert!(states.contains(&(second, GenerationState::Active)));
    assert!(!states.iter().any(|(id, _)| *id == first));
}

#[test]
fn a_generation_is_not_retired_while_it_owes_an_answer() {
    let mut pair = pair();
    let first = load(&mut pair, 1);
    pair.send(0x201, b"");
    load(&mut pair, 2);
    assert_eq!(pair.engine.poll_retired(), None);
    pair.complete(0, b"of the first").unwrap();
    assert_eq!(pair.data(), [b"of the first"]);
    assert_eq!(pair.engine.poll_retired(), Some(first));
}

#[test]
fn a_connection_that_is_gone_owes_a_generation_nothing() {
    let mut pair = pair();
    let first = load(&mut pair, 1);
    pair.send(0x201, b"");
    pair.engine.withdraw("p", pair.now);
    assert_eq!(pair.engine.poll_retired(), None);
    pair.engine.handle_lost(pair.id, pair.now);
    assert_eq!(pair.engine.poll_retired(), None, "it is told first that nobody waits");
    assert_eq!(pair.cancelled(), [(0, first)]);
    assert_eq!(pair.engine.poll_retired(), Some(first));
}

#[test]
fn a_generation_that_does_not_answer_in_time_is_retired_all_the_same() {
    let mut pair = pair();
    let first = load(&mut pair, 1);
    pair.send(0x201, b"");
    pair.send(0x201, b"");
    load(&mut pair, 2);
    pair.notices();
    pair.pass(Limits::DEFAULT.drain_timeout - Duration::from_nanos(1));
    assert_eq!(pair.engine.poll_retired(), None);
    pair.pass(Duration::from_nanos(1));
    assert_eq!(pair.cancelled(), [(0, first), (1, first)]);
    assert_eq!(pair.engine.poll_retired(), Some(first));
    assert_eq!(pair.codes(), [2004, 2004]);
    assert_eq!(pair.complete(0, b"late"), Err(Stale));
    let told = Notice::DrainTimeout { plugin: "p".into(), generation: first, unanswered: 2 };
    assert!(pair.notices().contains(&told));
}

#[test]
fn without_a_successor_its_routes_are_unavailable() {
    let mut pair = pair();
    load(&mut pair, 1);
    pair.engine.withdraw("p", pair.now);
    pair.engine.withdraw("p", pair.now);
    pair.send(0x200, b"");
    assert_eq!(pair.codes(), [2005]);
    load(&mut pair, 2);
    pair.send(0x200, b"");
    assert_eq!(pair.data(), [[2]]);
}

#[test]
fn a_staged_generation_is_called_by_nobody_and_can_be_discarded() {
    let mut pair = pair();
    load(&mut pair, 1);
    let staged = pair.engine.stage("p", vec![entry("sign", Does::Sign(9))]);
    pair.send(0x200, b"");
    assert_eq!(pair.data(), [[1]]);
    pair.engine.discard(staged);
    pair.engine.activate(staged, pair.now);
    pair.engine.invariants();
    pair.send(0x200, b"");
    assert_eq!(pair.data(), [[1]]);
    assert_eq!(pair.engine.poll_retired(), None);
}

#[test]
fn only_legal_steps_are_taken() {
    let mut pair = pair();
    let first = load(&mut pair, 1);
    pair.engine.activate(first, pair.now);
    pair.engine.discard(first);
    pair.send(0x200, b"");
    assert_eq!(pair.data(), [[1]], "an active generation stays so");
    pair.send(0x201, b"");
    load(&mut pair, 2);
    pair.engine.activate(first, pair.now);
    pair.engine.invariants();
    pair.send(0x200, b"");
    pair.complete(0, b"").unwrap();
    assert_eq!(pair.data(), [vec![], vec![2]], "a draining one does not come back");
}

#[test]
fn other_plugins_are_not_touched() {
    let mut pair = pair();
    let standard = pair.engine.generations().next().unwrap().id;
    pair.route(&[(DEFER, route("std.defer")), (0x200, route("p.sign"))], None);
    pair.send(DEFER, b"");
    load(&mut pair, 1);
    load(&mut pair, 2);
    assert!(pair.engine.generations().any(|view| {
        view.id == standard && view.state == GenerationState::Active && view.in_flight == 1
    }));
}
