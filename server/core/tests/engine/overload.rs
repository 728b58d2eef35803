//! Overload: the loop is late, and those above their share are told so.

use std::time::Duration;

use hotframe_core::{Limits, Notice};
use hotframe_protocol::Kind;

use crate::pair::{ECHO, Pair, frame, request};

const LIMIT: Duration = Duration::from_millis(20);

fn limited() -> Pair {
    Pair::with(Limits { overload: Some(LIMIT), ..Limits::DEFAULT })
}

/// Rounds for two windows, each as long as this.
fn rounds(pair: &mut Pair, took: Duration) {
    for _ in 0..250_u128.div_ceil(took.as_millis()) {
        pair.pass(took);
        pair.engine.handle_round(took, pair.now);
    }
}

/// The loop is late until as little is allowed as may be.
fn overloaded() -> Pair {
    let mut pair = limited();
    rounds(&mut pair, LIMIT * 2);
    assert!(pair.engine.shedding().is_some());
    (0..10).for_each(|_| rounds(&mut pair, LIMIT * 2));
    pair
}

#[test]
fn requests_are_refused_and_the_protocol_goes_on() {
    let mut pair = overloaded();
    pair.receive(&request(ECHO, b"x").repeat(4));
    pair.send(0x0002, b"ping");
    pair.receive(&frame(Kind::Event, ECHO, b"x"));
    pair.send(0x0003, b"");
    let replies = pair.replies();
    let words: Vec<u16> = replies.iter().map(|(word, ..)| *word).collect();
    assert_eq!(words, [0x8100, 0xC100, 0xC100, 0xC100, 0x8002, 0x8003]);
    assert_eq!(
        replies[1].2,
        [&2003u16.to_be_bytes()[..], b"the server has too much to do"].concat()
    );
    assert_eq!(pair.engine.counters().shed, 4);
    assert_eq!(pair.engine.routes().map(|route| route.calls).sum::<u64>(), 1);
}

#[test]
fn it_is_told_once_and_ends_with_the_overload() {
    let mut pair = overloaded();
    pair.receive(&request(ECHO, b"x").repeat(2));
    for _ in 0..9 {
        rounds(&mut pair, LIMIT / 4);
    }
    assert_eq!(pair.engine.shedding(), None);
    let told: Vec<Notice> = std::iter::from_fn(|| pair.engine.poll_notice()).collect();
    let told: Vec<_> = told.into_iter().filter(is_about_load).collect();
    assert_eq!(told, [Notice::Overloaded, Notice::Recovered { shed: 1 }]);
    pair.replies();
    pair.receive(&request(ECHO, b"x").repeat(500));
    assert!(pair.replies().iter().all(|(word, ..)| *word == 0x8100));
}

#[test]
fn without_the_limit_nothing_is_shed() {
    let mut pair = overloaded();
    pair.engine.set_limits(Limits::DEFAULT, pair.now);
    assert_eq!(pair.engine.shedding(), None);
    rounds(&mut pair, LIMIT * 2);
    pair.send(ECHO, b"x");
    assert_eq!(pair.replies()[0].0, 0x8100);
}

fn is_about_load(notice: &Notice) -> bool {
    matches!(notice, Notice::Overloaded | Notice::Recovered { .. })
}
