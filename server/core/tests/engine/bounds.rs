//! Bounds: what a peer may have in memory, and for how long.

use std::time::Duration;

use hotframe_core::{
    CloseReason, ConnectionId, ConnectionView, HELD_ROOM, Limits, Next, Notice, Profile, READ_ROOM,
};
use hotframe_protocol::MAX_FRAME;

use crate::pair::{DEFER, ECHO, Pair, request};

const NARROW: Limits = Limits { outbound_high_water: 1_000, ..Limits::DEFAULT };

fn outbound(pair: &Pair) -> usize {
    pair.engine.connections().next().unwrap().outbound_bytes
}

#[test]
fn reading_stops_at_the_high_water_mark() {
    let mut pair = Pair::with(NARROW);
    pair.receive(&request(ECHO, &[0; 92]).repeat(50));
    assert_eq!(outbound(&pair), 1_000);
    assert!(!pair.engine.wants_read(pair.id) && pair.engine.has_backlog(pair.id));
    assert_eq!(pair.engine.carry(pair.id).len(), 4_000);
    pair.engine.handle_written(pair.id, 1, pair.now);
    assert!(pair.engine.wants_read(pair.id));
    pair.receive(b"");
    assert_eq!(outbound(&pair), 1_099);
}

#[test]
fn what_is_held_back_takes_its_room_from_what_is_owed() {
    for size in [0, 16, 255] {
        let mut pair = Pair::new();
        let limits = Limits::DEFAULT;
        let requests = request(ECHO, &vec![0; size]).repeat(READ_ROOM);
        let mut requests = &requests[..];
        while pair.engine.wants_read(pair.id) {
            assert!(!pair.engine.has_backlog(pair.id));
            let read = requests.split_off(..pair.engine.read_room(pair.id)).unwrap();
            pair.receive(read);
            let owned = outbound(&pair) + pair.engine.carry(pair.id).len();
            let most = limits.outbound_high_water + HELD_ROOM + MAX_FRAME;
            assert!(owned <= most, "{owned} bytes");
        }
        pair.engine.invariants();
        // A peer that reads again is answered to the last request that was taken.
        while pair.engine.has_backlog(pair.id) {
            let n = pair.engine.outbound(pair.id).len();
            pair.engine.handle_written(pair.id, n, pair.now);
            pair.receive(b"");
        }
        assert!(pair.engine.carry(pair.id).len() < MAX_FRAME);
    }
}

#[test]
fn a_low_mark_lets_less_be_read() {
    let pair = Pair::with(NARROW);
    assert_eq!(pair.engine.read_room(pair.id), HELD_ROOM);
    assert_eq!(Pair::new().engine.read_room(pair.id), READ_ROOM);
}

#[test]
fn replies_that_are_held_back_count_too() {
    let mut pair = Pair::with(NARROW);
    pair.send(DEFER, b"");
    pair.receive(&request(ECHO, &[0; 92]).repeat(50));
    assert_eq!(outbound(&pair), 1_000);
    assert!(!pair.engine.wants_read(pair.id));
    pair.pass(Duration::from_secs(60));
    assert_eq!(pair.next(), Next::Keep, "it is not the peer who keeps us waiting");
}

#[test]
fn a_peer_that_takes_nothing_is_closed() {
    let mut pair = Pair::new();
    pair.send(DEFER, b"");
    pair.send(ECHO, b"x");
    pair.complete(0, b"").unwrap();
    assert!(pair.is_touched());
    assert_eq!(pair.next(), Next::Keep);
    pair.pass(Duration::from_secs(9));
    assert_eq!(pair.next(), Next::Keep);
    pair.engine.handle_written(pair.id, 1, pair.now);
    pair.pass(Duration::from_secs(9));
    assert_eq!(pair.next(), Next::Keep, "it took something");
    pair.pass(Duration::from_secs(1));
    assert_eq!(pair.next(), Next::Close);
    assert_eq!(pair.engine.outbound(pair.id), b"");
    pair.engine.handle_closed(pair.id, pair.now);
    assert_eq!(pair.engine.counters().closed(CloseReason::WriteTimeout), 1);
}

#[test]
fn above_the_mark_a_few_bytes_do_not_help() {
    let mut pair = Pair::with(NARROW);
    pair.receive(&request(ECHO, &[0; 255]).repeat(4));
    for _ in 0..10 {
        assert_eq!(pair.next(), Next::Keep);
        pair.engine.handle_written(pair.id, 1, pair.now);
        pair.pass(Duration::from_secs(1));
    }
    assert_eq!(pair.next(), Next::Close);
}

#[test]
fn a_frame_that_we_do_not_read_is_not_late() {
    let mut pair = Pair::with(Limits { max_in_flight: 1, ..Limits::DEFAULT });
    let late = request(ECHO, b"late");
    pair.receive(&[&request(DEFER, b"")[..], &late[..5]].concat());
    pair.pass(Duration::from_secs(100));
    assert_eq!(pair.next(), Next::Keep);
    pair.complete(0, b"").unwrap();
    pair.receive(b"");
    pair.pass(Duration::from_secs(9));
    pair.receive(&late[5..]);
    assert_eq!(pair.data(), [&b""[..], b"late"]);
}

#[test]
fn one_connection_too_many_is_refused() {
    let mut pair = Pair::with(Limits { max_connections: 2, ..Limits::DEFAULT });
    let second = pair.engine.handle_accepted(Profile::DEFAULT, pair.now).unwrap();
    assert_eq!(pair.engine.handle_accepted(Profile::DEFAULT, pair.now), None);
    assert!(pair.notices().contains(&Notice::Refused));
    pair.engine.handle_lost(second, pair.now);
    let third = pair.engine.handle_accepted(Profile::DEFAULT, pair.now).unwrap();
    assert_ne!(second, third, "an id is never used again, though its slot is");
    assert_eq!(second.slot(), third.slot());
    assert_eq!(pair.engine.counters().refused, 1);
}

#[test]
fn limits_change_under_way() {
    let mut pair = Pair::with(NARROW);
    pair.receive(&request(ECHO, &[0; 92]).repeat(50));
    pair.receive(b"");
    pair.engine.set_limits(Limits::DEFAULT, pair.now);
    pair.engine.invariants();
    assert!(pair.is_touched() && pair.engine.wants_read(pair.id));
    pair.receive(b"");
    assert_eq!(outbound(&pair), 5_000);
    assert_eq!(pair.next(), Next::Keep);
    pair.engine.set_limits(
        Limits { write_timeout: Duration::from_millis(5), ..Limits::DEFAULT },
        pair.now,
    );
    pair.pass(Duration::from_millis(5));
    assert_eq!(pair.next(), Next::Close);
}

#[test]
fn limits_of_nothing_are_raised_to_what_works() {
    let mut pair = Pair::with(Limits {
        max_in_flight: 0,
        outbound_high_water: 0,
        frame_timeout: Duration::ZERO,
        write_timeout: Duration::ZERO,
        ..Limits::DEFAULT
    });
    pair.send(ECHO, b"still answered");
    assert_eq!(pair.data(), [b"still answered"]);
}

/// Three peers that do not read, and one that does.
#[test]
fn what_all_keep_is_bounded_at_the_cost_of_those_that_keep_the_most() {
    let limits = Limits { max_buffered: 110_000, ..Limits::DEFAULT };
    let mut pair = Pair::with(limits);
    let (behaves, now) = (pair.id, pair.now);
    let asked = request(ECHO, &[0; 255]).repeat(60);
    let mut slow = Vec::new();
    for reads in [2, 4, 1] {
        let id = pair.engine.handle_accepted(hotframe_core::Profile::default(), now).unwrap();
        for _ in 0..reads {
            let bytes = [pair.engine.carry(id), &asked].concat();
            pair.engine.handle_received(id, &bytes, now);
            assert_eq!(pair.engine.poll_next(id), Next::Keep);
        }
        slow.push(id);
    }
    assert!(pair.engine.is_tight() && pair.engine.buffered() > 110_000);
    assert!(slow.iter().all(|id| !pair.engine.wants_read(*id)), "they get no more");
    assert!(pair.engine.wants_read(behaves));
    pair.engine.handle_due(now);
    pair.engine.invariants();
    let next: Vec<_> = slow.iter().map(|id| pair.engine.poll_next(*id)).collect();
    assert_eq!(next, [Next::Keep, Next::Close, Next::Keep], "the heaviest goes");
    assert_eq!(pair.engine.counters().closed(CloseReason::BuffersFull), 0, "not gone yet");
    pair.engine.handle_closed(slow[1], now);
    assert_eq!(pair.engine.counters().closed(CloseReason::BuffersFull), 1);
    pair.send(ECHO, b"as ever");
    assert_eq!(pair.data(), [b"as ever"]);
    for id in [slow[0], slow[2]] {
        let waits: usize = pair.engine.all_outbound(id).map(<[u8]>::len).sum();
        pair.engine.handle_written(id, waits, now);
        assert_eq!(pair.engine.poll_next(id), Next::Keep);
    }
    assert!(!pair.engine.is_tight() && pair.engine.wants_read(slow[0]));
    pair.engine.invariants();
}

/// The most that a connection may have added when nobody has looked yet: a turn's answers.
fn fill(pair: &mut Pair, id: ConnectionId, asked: &[u8], brim: usize) {
    while pair.engine.wants_read(id) {
        let room = pair.engine.read_room(id).min(asked.len());
        let bytes = [pair.engine.carry(id), &asked[..room]].concat();
        pair.engine.handle_received(id, &bytes, pair.now);
        let _next = pair.engine.poll_next(id);
        assert!(pair.engine.buffered() <= brim, "{} bytes", pair.engine.buffered());
    }
}

fn accept(pair: &mut Pair) -> ConnectionId {
    pair.engine.handle_accepted(Profile::default(), pair.now).unwrap()
}

/// Gives a turn to whoever is touched; how many closed.
fn close_touched(pair: &mut Pair) -> usize {
    let mut closed = 0;
    while let Some(id) = pair.engine.poll_touched() {
        if pair.engine.poll_next(id) == Next::Close {
            pair.engine.handle_closed(id, pair.now);
            closed += 1;
        }
    }
    closed
}

/// Nobody judges deadlines while all of them are read, as behind a long hearing.
#[test]
fn nothing_above_the_brim_is_kept_however_many_begin_at_once() {
    for size in [0, 30, 255] {
        let limits = Limits { max_buffered: 1 << 20, ..Limits::DEFAULT };
        let brim = limits.brim();
        let mut pair = Pair::with(limits);
        let asked = request(ECHO, &vec![0; size]).repeat(READ_ROOM / (8 + size));
        for _ in 0..400 {
            let id = accept(&mut pair);
            fill(&mut pair, id, &asked, brim);
        }
        let kept: usize = pair.engine.connections().map(|view| view.buffered_bytes).sum();
        assert_eq!(pair.engine.buffered(), kept, "what is kept is counted");
        pair.engine.invariants();
        assert!(close_touched(&mut pair) > 0);
        assert!(pair.engine.counters().closed(CloseReason::BuffersFull) > 0);
        pair.send(ECHO, b"as ever");
        assert_eq!(pair.data(), [b"as ever"], "who keeps nothing notices nothing");
    }
}

#[test]
fn room_that_nothing_lies_in_is_given_back_before_anybody_is_let_go() {
    let limits = Limits { max_buffered: 1 << 20, ..Limits::DEFAULT };
    let mut pair = Pair::with(limits);
    for _ in 0..200 {
        let id = accept(&mut pair);
        pair.engine.handle_received(id, &request(ECHO, b"not taken"), pair.now);
        assert_eq!(pair.engine.poll_next(id), Next::Keep);
        pair.engine.invariants();
    }
    pair.engine.handle_due(pair.now);
    assert_eq!(close_touched(&mut pair), 0);
    let sparing = |view: ConnectionView| view.buffered_bytes <= HELD_ROOM;
    assert!(pair.engine.connections().all(sparing), "each has room for what it keeps");
    assert!(pair.engine.buffered() <= 200 * HELD_ROOM);
}

#[test]
fn a_bound_that_is_lowered_holds_at_once() {
    let mut pair = Pair::new();
    let asked = request(ECHO, &[0; 255]).repeat(120);
    let ids: Vec<_> = (0..40).map(|_| accept(&mut pair)).collect();
    ids.iter().for_each(|id| fill(&mut pair, *id, &asked, usize::MAX));
    assert!(pair.engine.buffered() > 2 << 20);
    let limits = Limits { max_buffered: 1 << 20, ..Limits::DEFAULT };
    pair.engine.set_limits(limits, pair.now);
    assert!(pair.engine.buffered() <= 1 << 20, "{}", pair.engine.buffered());
    pair.engine.invariants();
    assert!(close_touched(&mut pair) > 20);
}
