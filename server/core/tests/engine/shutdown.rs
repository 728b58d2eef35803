//! The server shuts down: what was taken is answered, what comes later is told so.

use hotframe_core::{CloseReason, ConnectionState, Limits, Next, Profile};

use crate::pair::{DEFER, ECHO, Pair, request};

#[test]
fn an_idle_connection_is_shut_down_at_its_next_turn() {
    let mut pair = Pair::new();
    pair.engine.handle_shutdown(pair.now);
    pair.engine.invariants();
    assert!(pair.is_touched());
    assert_eq!(pair.engine.handle_accepted(Profile::DEFAULT, pair.now), None);
    assert_eq!(pair.next(), Next::ShutdownWrite);
    assert!(!pair.engine.is_drained());
    pair.eof();
    assert_eq!(pair.next(), Next::Close);
    pair.engine.handle_closed(pair.id, pair.now);
    assert!(pair.engine.is_drained());
    assert_eq!(pair.engine.counters().closed(CloseReason::Shutdown), 1);
}

#[test]
fn requests_that_are_already_there_are_answered_2006() {
    let mut pair = Pair::new();
    pair.engine.handle_shutdown(pair.now);
    for number in [ECHO, 0x3000, 0x0002] {
        pair.send(number, b"");
    }
    assert_eq!(pair.next(), Next::Keep);
    assert_eq!(pair.codes(), [2006, 2006, 2006]);
    assert_eq!(pair.next(), Next::ShutdownWrite);
}

#[test]
fn requests_that_were_held_back_are_answered_too() {
    let mut pair = Pair::with(Limits { outbound_high_water: 300, ..Limits::DEFAULT });
    pair.receive(&request(ECHO, &[0; 255]).repeat(3));
    pair.engine.handle_shutdown(pair.now);
    assert_eq!(pair.replies().len(), 2);
    assert_eq!(pair.next(), Next::Keep);
    assert!(pair.engine.has_backlog(pair.id) && pair.engine.wants_read(pair.id));
    pair.receive(b"");
    assert_eq!(pair.codes(), [2006]);
    assert_eq!(pair.next(), Next::ShutdownWrite);
}

#[test]
fn what_was_put_off_is_waited_for() {
    let mut pair = Pair::new();
    pair.send(DEFER, b"");
    pair.engine.handle_shutdown(pair.now);
    pair.send(ECHO, b"");
    assert_eq!(pair.next(), Next::Keep);
    let view = pair.engine.connections().next().unwrap();
    assert_eq!((view.state, view.in_flight), (ConnectionState::Draining, 1));
    pair.complete(0, b"in time").unwrap();
    let back = pair.replies();
    assert_eq!(back[0].2, b"in time");
    assert_eq!(back[1].2[..2], 2006u16.to_be_bytes());
    assert_eq!(pair.next(), Next::ShutdownWrite);
}

#[test]
fn after_the_grace_nothing_is_waited_for() {
    let mut pair = Pair::new();
    pair.send(DEFER, b"");
    pair.engine.handle_shutdown(pair.now);
    pair.pass(Limits::DEFAULT.shutdown_grace);
    assert!(pair.is_touched());
    assert_eq!(pair.next(), Next::Close);
    pair.engine.handle_closed(pair.id, pair.now);
    pair.engine.invariants();
    assert!(pair.engine.is_drained());
    assert_eq!(pair.engine.counters().closed(CloseReason::GraceOver), 1);
}

#[test]
fn a_shorter_grace_may_be_set_under_way() {
    let mut pair = Pair::new();
    pair.send(DEFER, b"");
    pair.engine.handle_shutdown(pair.now);
    let limits = Limits { shutdown_grace: std::time::Duration::from_secs(1), ..Limits::DEFAULT };
    pair.engine.set_limits(limits, pair.now);
    pair.pass(std::time::Duration::from_secs(1));
    assert_eq!(pair.next(), Next::Close);
}
