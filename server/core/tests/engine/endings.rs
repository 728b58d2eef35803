//! How connections end: everything owed is sent first.

use std::time::Duration;

use hotframe_core::{CloseReason, Limits, Next, Notice};

use crate::pair::{CLOSE, DEFER, ECHO, Pair, request};

/// The peer has closed, too: the connection is over for `reason`.
fn closes(mut pair: Pair, reason: CloseReason) {
    assert_eq!(pair.next(), Next::Close);
    pair.engine.handle_closed(pair.id, pair.now);
    pair.engine.invariants();
    assert_eq!(pair.engine.counters().closed(reason), 1);
    let connection = pair.id;
    assert_eq!(pair.notices().pop(), Some(Notice::Closed { connection, reason }));
    assert_eq!(pair.engine.connections().count(), 0);
    assert_eq!(pair.next(), Next::Close, "an id that is gone is harmless");
}

#[test]
fn a_half_close_after_many_requests_gets_every_reply() {
    let mut pair = Pair::new();
    for n in 0..1_000u32 {
        pair.send(ECHO, &n.to_be_bytes());
    }
    pair.eof();
    assert_eq!(pair.next(), Next::Keep);
    assert_eq!(pair.data().len(), 1_000);
    closes(pair, CloseReason::PeerClosed);
}

#[test]
fn a_half_close_under_pressure_loses_nothing() {
    let mut pair = Pair::with(Limits { outbound_high_water: 300, ..Limits::DEFAULT });
    pair.receive(&request(ECHO, &[1; 100]).repeat(20));
    pair.eof();
    assert!(!pair.engine.wants_read(pair.id));
    let mut back = 0;
    while pair.next() == Next::Keep {
        back += pair.data().len();
        assert!(back == 20 || pair.is_touched(), "what follows is told of");
    }
    assert_eq!(back, 20);
    closes(pair, CloseReason::PeerClosed);
}

#[test]
fn a_frame_behind_an_incomplete_one_is_found_at_the_end() {
    let mut pair = Pair::new();
    let false_head = [0xAA, 0xAA, 1, 255, 1, 0];
    pair.receive(&[&false_head[..], &request(ECHO, b"hidden")].concat());
    assert_eq!(pair.replies(), []);
    pair.eof();
    let back = pair.replies();
    assert_eq!((back[0].0, back[1].0, &back[1].2[..]), (0xC000, 0x8100, &b"hidden"[..]));
    closes(pair, CloseReason::PeerClosed);
}

#[test]
fn after_bye_comes_what_is_owed_and_nothing_else() {
    let mut pair = Pair::new();
    pair.send(DEFER, b"");
    pair.receive(&[request(3, b""), request(ECHO, b"too late")].concat());
    pair.send(ECHO, b"later still");
    assert_eq!(pair.next(), Next::Keep);
    pair.complete(0, b"x").unwrap();
    let back = pair.replies();
    assert_eq!(back, [(0x8102, 7, b"x".to_vec()), (0x8003, 7, vec![])]);
    assert_eq!(pair.next(), Next::ShutdownWrite);
    assert_eq!(pair.next(), Next::Keep, "said once");
    assert!(pair.engine.wants_read(pair.id), "what still comes is dropped");
    pair.send(ECHO, b"dropped");
    assert_eq!(pair.replies(), []);
    pair.eof();
    closes(pair, CloseReason::Bye);
}

#[test]
fn a_handler_closes_after_its_reply() {
    let mut pair = Pair::new();
    pair.receive(&[request(CLOSE, b"farewell"), request(ECHO, b"no more")].concat());
    pair.eof();
    assert_eq!(pair.data(), [b"farewell"]);
    closes(pair, CloseReason::Handler);
}

#[test]
fn a_peer_that_does_not_close_is_not_waited_for_long() {
    let mut pair = Pair::new();
    pair.send(3, b"");
    pair.replies();
    assert_eq!(pair.next(), Next::ShutdownWrite);
    pair.pass(Limits::DEFAULT.write_timeout);
    closes(pair, CloseReason::Bye);
}

#[test]
fn a_peer_that_goes_on_sending_is_cut_off() {
    let mut pair = Pair::new();
    pair.send(3, b"");
    pair.replies();
    assert_eq!(pair.next(), Next::ShutdownWrite);
    for _ in 0..4 {
        assert_eq!(pair.next(), Next::Keep);
        pair.receive(&[0; 16_384]);
    }
    assert_eq!(pair.next(), Next::Keep);
    pair.receive(&[0]);
    closes(pair, CloseReason::Bye);
}

#[test]
fn a_slow_drip_does_not_renew_the_time_of_a_frame() {
    let mut pair = Pair::new();
    let bytes = request(ECHO, &[0; 100]);
    for byte in bytes.iter().take(9) {
        pair.receive(&[*byte]);
        pair.pass(Duration::from_secs(1));
        assert_eq!(pair.next(), Next::Keep);
    }
    pair.receive(&bytes[9..10]);
    pair.pass(Duration::from_secs(1));
    assert!(pair.is_touched());
    assert_eq!(pair.next(), Next::ShutdownWrite);
    pair.eof();
    closes(pair, CloseReason::FrameTimeout);
}

#[test]
fn a_drip_of_nothing_but_preambles_does_not_renew_it_for_long() {
    let mut pair = Pair::new();
    let goes_on = |_: &u32| {
        pair.receive(&[0xAA; 30]);
        pair.replies();
        pair.pass(Duration::from_secs(1));
        pair.next() == Next::Keep
    };
    assert!((10..30).contains(&(0..60).take_while(goes_on).count()));
}

#[test]
fn whole_frames_in_time_are_never_timed_out() {
    let mut pair = Pair::new();
    let bytes = request(ECHO, b"hello");
    // Each read ends in the middle of a frame.
    pair.receive(&bytes[..5]);
    for _ in 0..50 {
        pair.pass(Duration::from_secs(9));
        pair.receive(&[&bytes[5..], &bytes[..5]].concat());
        assert_eq!(pair.data(), [b"hello"]);
        assert_eq!(pair.next(), Next::Keep);
    }
}

#[test]
fn too_many_episodes_of_garbage_close_after_the_replies() {
    let mut pair = Pair::with(Limits { max_sync_errors: 2, ..Limits::DEFAULT });
    for _ in 0..4 {
        pair.receive(&[b"x", &request(ECHO, b"")[..]].concat());
    }
    let words: Vec<u16> = pair.replies().into_iter().map(|(word, ..)| word).collect();
    assert_eq!(words, [0xC000, 0x8100, 0xC000, 0x8100, 0xC000]);
    assert_eq!(pair.next(), Next::ShutdownWrite);
    pair.eof();
    closes(pair, CloseReason::SyncErrors);
}

#[test]
fn too_much_garbage_between_good_frames_closes_wherever_it_was_cut() {
    for cut in [1, 7, 50, 100, 101] {
        let mut pair = Pair::with(Limits { max_garbage: 100, ..Limits::DEFAULT });
        let bytes = [&[0; 100][..], &request(ECHO, b"ok"), &[0; 101], &request(ECHO, b"no")];
        for piece in bytes.concat().chunks(cut) {
            pair.receive(piece);
        }
        let words: Vec<u16> = pair.replies().into_iter().map(|(word, ..)| word).collect();
        assert_eq!(words, [0xC000, 0x8100, 0xC000]);
        assert_eq!(pair.next(), Next::ShutdownWrite);
        pair.eof();
        closes(pair, CloseReason::Garbage);
    }
}
