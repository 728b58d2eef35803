//! The raw dialect and the order of replies: what a listener may want otherwise.

use std::time::Duration;

use hotframe_core::{
    CloseReason, Dialect, Limits, Notice, Profile, ReplyOrder, RouteKey, RouteTable,
};
use hotframe_protocol::{Command, Frame, MAX_FRAME};

use crate::pair::{DEFER, Does, ECHO, NOTHING, Pair, entry, frame, request, route};

const ERRORS: u16 = 0xEEEE;

fn raw(error_command: Option<u16>) -> Profile {
    let error_command = error_command.map(Command::from_word);
    Profile { dialect: Dialect::Raw { error_command }, ..Profile::DEFAULT }
}

fn any_order() -> Profile {
    Profile { reply_order: ReplyOrder::Any, ..Profile::DEFAULT }
}

/// A frame with this word.
fn word(word: u16, data: &[u8]) -> Vec<u8> {
    let mut room = [0; MAX_FRAME];
    let frame = Frame { address: 7, command: Command::from_word(word), data };
    let len = frame.encode(&mut room).unwrap();
    room[..len].to_vec()
}

/// A pair whose connection has that profile, with a route for some words.
fn pair(profile: Profile) -> Pair {
    let mut pair = Pair::new();
    pair.connect_as(profile);
    pair.load("raw", vec![entry("renamed", Does::Rename(0xBEEF)), entry("pass", Does::Pass)]);
    let to = |key, handler: &str| (key, route(handler));
    let routes = [
        to(RouteKey::Number(ECHO), "std.echo"),
        to(RouteKey::Number(DEFER), "std.defer"),
        to(RouteKey::Number(NOTHING), "std.nothing"),
        to(RouteKey::Number(0x200), "raw.renamed"),
        to(RouteKey::Raw(0x0003), "std.echo"),
        to(RouteKey::Raw(0x8002), "raw.renamed"),
        to(RouteKey::Raw(0xFFFF), "raw.pass"),
    ];
    pair.engine.set_routes(RouteTable::of(routes, 1), pair.now);
    pair
}

#[test]
fn in_any_order_a_slow_request_holds_nothing_up() {
    let mut pair = pair(any_order());
    for n in 0..3u8 {
        pair.send(DEFER, &[n]);
        pair.send(ECHO, &[b'a' + n]);
    }
    assert_eq!(pair.data(), [b"a", b"b", b"c"]);
    pair.complete(2, b"2").unwrap();
    pair.complete(0, b"0").unwrap();
    assert_eq!(pair.data(), [b"2", b"0"]);
    pair.send(DEFER, b"");
    pair.eof();
    pair.complete(3, b"3").unwrap();
    assert_eq!(pair.data(), [b"3"]);
    pair.complete(1, b"1").unwrap();
    assert_eq!(pair.data(), [b"1"]);
    assert_eq!(pair.next(), hotframe_core::Next::Close);
}

#[test]
fn in_any_order_as_many_may_be_under_way_as_in_order() {
    let mut pair = Pair::with(Limits { max_in_flight: 2, ..Limits::DEFAULT });
    pair.connect_as(any_order());
    pair.receive(&request(DEFER, b"").repeat(3));
    assert_eq!(pair.engine.handlers().tokens.len(), 2);
    pair.complete(1, b"1").unwrap();
    assert!(pair.engine.wants_read(pair.id), "what was answered has left");
    pair.receive(b"");
    assert_eq!(pair.engine.handlers().tokens.len(), 3);
    let before = pair.connect();
    pair.engine.handle_lost(before, pair.now);
    assert_eq!(pair.engine.counters().abandoned, 2);
}

#[test]
fn a_raw_word_is_routed_whole_and_comes_back_as_it_is() {
    let mut pair = pair(raw(None));
    for sent in [ECHO, 0x0003, 0x8002, 0x0200] {
        pair.receive(&word(sent, b"x"));
    }
    let back: Vec<_> = pair.replies().into_iter().map(|(word, ..)| word).collect();
    assert_eq!(back, [ECHO, 0x0003, 0xBEEF, 0xBEEF]);
    assert!(pair.engine.wants_read(pair.id), "0003 is not BYE");
    pair.receive(&word(DEFER, b""));
    pair.complete(0, b"late").unwrap();
    assert_eq!(pair.replies(), [(DEFER, 7, b"late".to_vec())]);
}

#[test]
fn a_handler_cannot_rename_a_flagged_reply() {
    let mut pair = pair(Profile::DEFAULT);
    pair.send(0x200, b"x");
    assert_eq!(pair.replies(), [(0x8200, 7, b"x".to_vec())]);
}

#[test]
fn raw_errors_go_out_under_their_word() {
    let mut pair = pair(raw(Some(ERRORS)));
    pair.receive(&word(0x4100, b""));
    pair.receive(&word(0xFFFF, b""));
    pair.receive(b"garbage");
    pair.receive(&word(ECHO, b"x"));
    let back = pair.replies();
    let words: Vec<_> = back.iter().map(|(word, address, _)| (*word, *address)).collect();
    assert_eq!(words, [(ERRORS, 7), (ERRORS, 7), (ERRORS, 0), (ECHO, 7)]);
    assert_eq!(back[0].2, [&[0x03, 0xEC][..], b"no route for command 0x4100"].concat());
    assert_eq!(back[2].2[..2], 1010u16.to_be_bytes());
}

#[test]
fn without_a_word_raw_errors_are_counted_and_told_of_once() {
    let mut pair = pair(raw(None));
    pair.notices();
    pair.receive(&word(0x4100, b""));
    pair.receive(&word(NOTHING, b"nothing is said to this one"));
    pair.receive(b"garbage");
    pair.receive(&word(DEFER, b""));
    pair.pass(Duration::from_secs(1));
    let token = pair.engine.handlers().tokens[0];
    let failed = hotframe_core::Completion::Failed { code: 1100, message: "no" };
    pair.engine.handle_completion(token, failed, pair.now).unwrap();
    pair.receive(&word(ECHO, b"x"));
    assert_eq!(pair.replies(), [(ECHO, 7, b"x".to_vec())]);
    let told: Vec<_> = pair
        .notices()
        .into_iter()
        .filter_map(|notice| match notice {
            Notice::ErrorKept { command, code, first, .. } => Some((command, code, first)),
            _ => None,
        })
        .collect();
    assert_eq!(told, [(0x4100, 1004, true), (0, 1010, false), (DEFER, 1100, false)]);
    let counters = pair.engine.counters();
    assert_eq!((counters.errors_kept, counters.errors_out), (3, 0));
}

#[test]
fn a_raw_event_is_none_and_a_raw_peer_is_not_probed() {
    let mut pair = pair(raw(None));
    pair.receive(&word(0x4000 | ECHO, b"no route"));
    pair.pass(Duration::from_secs(3600));
    assert_eq!(pair.replies(), []);
    assert_eq!(pair.engine.counters().events_in, 0);
    let closed: u64 = CloseReason::ALL.iter().map(|r| pair.engine.counters().closed(*r)).sum();
    assert_eq!(closed, 0);
}

#[test]
fn raw_words_without_a_route_take_the_nearest_default() {
    let of = |keys: &[(RouteKey, &str)]| {
        let mut pair = Pair::new();
        pair.connect_as(raw(Some(ERRORS)));
        pair.load("d", vec![entry("one", Does::Sign(1)), entry("raw", Does::Sign(2))]);
        let routes = keys.iter().map(|(key, handler)| (*key, route(handler)));
        pair.engine.set_routes(RouteTable::of(routes, 1), pair.now);
        pair.receive(&[word(0x0001, b""), word(0x0150, b""), word(0xFFFF, b"")].concat());
        pair.data().into_iter().map(|data| data[0]).collect::<Vec<_>>()
    };
    let all = (RouteKey::Default, "d.one");
    let raw_all = (RouteKey::RawDefault, "d.raw");
    assert_eq!(of(&[all]), [1, 1, 1]);
    assert_eq!(of(&[all, raw_all]), [2, 2, 2]);
    assert_eq!(of(&[all, (RouteKey::Raw(0x0001), "d.raw")]), [2, 1, 1]);
    assert_eq!(of(&[raw_all, (RouteKey::Number(0x0150), "d.one")]), [2, 1, 2]);
}

#[test]
fn a_frame_behind_a_false_candidate_has_all_of_its_time() {
    let mut pair = Pair::with(Limits { frame_timeout: Duration::from_secs(10), ..Limits::DEFAULT });
    pair.receive(&[0xAA, 0xAA, 1, 20]);
    pair.pass(Duration::from_secs(9));
    // The false candidate ends within what follows, and a frame stays incomplete behind it.
    let long = frame(hotframe_protocol::Kind::Request, ECHO, &[5; 100]);
    pair.receive(&long[..60]);
    pair.pass(Duration::from_secs(9));
    assert!(pair.engine.wants_read(pair.id), "the frame came nine seconds ago");
    pair.receive(&long[60..]);
    assert_eq!(pair.data().last().unwrap(), &[5; 100]);
}
