//! A frame in, a reply out.

use hotframe_core::Limits;
use hotframe_protocol::Kind;

use crate::pair::{DEFER_WITHOUT_TOKEN, ECHO, FAIL, NARROW, NOTHING, Pair, frame, request};

#[test]
fn the_published_request_gets_the_published_reply() {
    let mut pair = Pair::new();
    pair.receive(b"\xAA\xAA\x01\x05\x01\x00hello\xD8\x9E");
    assert_eq!(pair.replies(), [(0x8100, 1, b"hello".to_vec())]);
}

#[test]
fn every_length_comes_back_whole() {
    let mut pair = Pair::new();
    for len in 0..=255 {
        let data: Vec<u8> = (0..len).collect();
        pair.send(ECHO, &data);
        assert_eq!(pair.data(), [data]);
    }
}

#[test]
fn a_frame_may_be_cut_anywhere() {
    let bytes = request(ECHO, b"hello");
    for cut in 0..=bytes.len() {
        let mut pair = Pair::new();
        pair.receive(&bytes[..cut]);
        pair.receive(&bytes[cut..]);
        assert_eq!(pair.data(), [b"hello"]);
        assert!(pair.engine.carry(pair.id).is_empty());
    }
}

#[test]
fn ten_thousand_requests_are_answered_in_order() {
    let mut pair = Pair::new();
    let (mut sent, mut back) = (Vec::new(), Vec::new());
    for n in 0..10_000u32 {
        sent.extend(request(ECHO, &n.to_be_bytes()));
    }
    for piece in sent.chunks(16_384) {
        pair.receive(piece);
        back.extend(pair.data());
    }
    let expected: Vec<_> = (0..10_000u32).map(|n| n.to_be_bytes().to_vec()).collect();
    assert_eq!(back, expected);
    assert_eq!(pair.engine.counters().frames_out, 10_000);
}

#[test]
fn a_failure_carries_its_code_and_text() {
    let mut pair = Pair::new();
    pair.send(FAIL, b"");
    assert_eq!(pair.replies(), [(0xC101, 7, b"\x04\xD2because".to_vec())]);
}

#[test]
fn a_request_that_its_handler_leaves_unanswered_failed() {
    let mut pair = Pair::new();
    pair.send(NOTHING, b"");
    pair.send(DEFER_WITHOUT_TOKEN, b"");
    assert_eq!(pair.codes(), [2001, 2001]);
    let view = pair.engine.generations().next().unwrap();
    assert_eq!((view.calls, view.errors), (2, 2));
}

#[test]
fn data_of_a_wrong_length_does_not_reach_the_handler() {
    let mut pair = Pair::new();
    for len in 1..=5 {
        pair.send(NARROW, &[0; 5][..len]);
    }
    let words: Vec<u16> = pair.replies().into_iter().map(|(word, ..)| word).collect();
    assert_eq!(words, [0xC108, 0x8108, 0x8108, 0x8108, 0xC108]);
    assert_eq!(pair.engine.generations().next().unwrap().calls, 3);
}

#[test]
fn an_event_gets_no_reply_whatever_comes_of_it() {
    let mut pair = Pair::new();
    for number in [ECHO, FAIL, NOTHING, 0x3000, 0x0002] {
        pair.receive(&frame(Kind::Event, number, b"x"));
    }
    assert_eq!(pair.replies(), []);
    let counters = pair.engine.counters();
    assert_eq!((counters.events_in, counters.events_unrouted), (5, 1));
}

#[test]
fn replies_and_errors_that_nobody_asked_for_are_dropped() {
    let mut pair = Pair::new();
    pair.receive(&frame(Kind::Reply, ECHO, b"x"));
    pair.receive(&frame(Kind::Error, ECHO, b"x"));
    assert_eq!(pair.replies(), []);
    assert_eq!(pair.engine.counters().replies_dropped, 2);
}

#[test]
fn ping_and_info_need_no_plugin() {
    let mut pair = Pair::new();
    pair.engine.withdraw("std", pair.now);
    pair.send(0x0002, b"are you there");
    pair.send(0x0004, b"");
    pair.send(0x0005, b"");
    let back = pair.replies();
    assert_eq!(back[0], (0x8002, 7, b"are you there".to_vec()));
    assert_eq!(back[1], (0x8004, 7, b"hotframe/9.9".to_vec()));
    assert_eq!((back[2].0, &back[2].2[..2]), (0xC005, &1004u16.to_be_bytes()[..]));
}

#[test]
fn each_episode_of_garbage_gets_one_error_in_its_place() {
    let mut pair = Pair::new();
    let (first, second) = (request(ECHO, b"1"), request(ECHO, b"2"));
    pair.receive(&[&first[..], b"many bad bytes", &second[..], b"again"].concat());
    let back = pair.replies();
    assert_eq!(
        back.iter().map(|frame| frame.0).collect::<Vec<_>>(),
        [0x8100, 0xC000, 0x8100, 0xC000]
    );
    assert_eq!((back[1].1, &back[1].2[..2]), (0, &1010u16.to_be_bytes()[..]));
    assert_eq!(pair.engine.counters().skipped_bytes, 19);
}

#[test]
fn a_healthy_connection_owns_nothing_between_turns() {
    let mut pair = Pair::with(Limits::DEFAULT);
    pair.send(ECHO, b"x");
    pair.replies();
    // `invariants` asserts that an empty outbox has no buffer.
    pair.engine.invariants();
    assert!(pair.engine.carry(pair.id).is_empty());
    assert_eq!(pair.engine.connections().next().unwrap().outbound_bytes, 0);
}
