//! Sessions: a client that said HELLO is known over its connections.

use std::time::Duration;

use hotframe_core::{CloseReason, Heartbeat, Limits, Next, Notice};
use hotframe_protocol::Kind;

use crate::pair::{CLOSE, DEFER, ECHO, Pair, frame, request};

const HELLO: u16 = 0x0001;

/// What HELLO answers.
#[derive(Debug, PartialEq, Eq)]
struct Welcome {
    session: u64,
    idle_after: u16,
    timeout: u16,
    resumed: bool,
}

/// Says HELLO and reads the answer, which must be a good one.
fn hello(pair: &mut Pair, data: &[u8]) -> Welcome {
    pair.send(HELLO, data);
    let [(0x8001, 7, data)] = &pair.replies()[..] else { panic!("one good answer") };
    assert_eq!(data.len(), 13);
    Welcome {
        session: u64::from_be_bytes(data[..8].try_into().unwrap()),
        idle_after: u16::from_be_bytes([data[8], data[9]]),
        timeout: u16::from_be_bytes([data[10], data[11]]),
        resumed: data[12] == 1,
    }
}

/// The clients of all sessions, and whether they are online.
fn sessions(pair: &Pair) -> Vec<(String, bool)> {
    let views = pair.engine.sessions();
    views.map(|view| (view.client.to_owned(), view.connection.is_some())).collect()
}

fn strict() -> Limits {
    let heartbeat = Heartbeat { takeover: false, ..Heartbeat::DEFAULT };
    Limits { heartbeat, ..Limits::DEFAULT }
}

fn lose(pair: &mut Pair) {
    pair.engine.handle_lost(pair.id, pair.now);
    pair.engine.invariants();
}

#[test]
fn hello_opens_a_session_and_says_what_holds() {
    let mut pair = Pair::new();
    let welcome = hello(&mut pair, b"dev1");
    assert_eq!((welcome.idle_after, welcome.timeout, welcome.resumed), (30, 90, false));
    let view = pair.engine.session_of("dev1").unwrap();
    assert_eq!((view.id.to_bits(), view.connection), (welcome.session, Some(pair.id)));
    assert_eq!(pair.engine.connections().next().unwrap().session, Some(view.id));
    assert_eq!((pair.engine.session_count(), view.resumed, view.left), (1, 0, None));
    let joined = Notice::Joined {
        connection: pair.id,
        session: view.id,
        client: "dev1".into(),
        resumed: false,
    };
    assert!(pair.notices().contains(&joined));
}

#[test]
fn a_credential_and_what_may_follow_later_are_passed_over() {
    let mut pair = Pair::new();
    let first = hello(&mut pair, b"dev1");
    let again = hello(&mut pair, b"dev1\0secret\0and more");
    assert_eq!(again, Welcome { resumed: true, ..first });
    assert_eq!(sessions(&pair), [("dev1".to_owned(), true)]);
}

#[test]
fn what_is_no_client_id_is_a_bad_request() {
    let mut pair = Pair::new();
    for data in [&b""[..], b"\0secret", &[b'x'; 65], b"\xC3", b"a\tb"] {
        pair.send(HELLO, data);
        assert_eq!(pair.codes(), [1001], "{data:?}");
    }
    assert_eq!(pair.engine.session_count(), 0);
    hello(&mut pair, &[b'x'; 64]);
}

#[test]
fn an_event_opens_a_session_without_an_answer() {
    let mut pair = Pair::new();
    pair.receive(&frame(Kind::Event, HELLO, b"dev1"));
    assert_eq!(pair.replies(), []);
    assert_eq!(sessions(&pair), [("dev1".to_owned(), true)]);
}

#[test]
fn a_session_is_resumed_within_its_timeout_and_not_after() {
    let mut pair = Pair::new();
    let first = hello(&mut pair, b"dev1");
    lose(&mut pair);
    assert_eq!(sessions(&pair), [("dev1".to_owned(), false)]);
    pair.pass(Duration::from_secs(89));
    pair.connect();
    let second = hello(&mut pair, b"dev1");
    assert_eq!(second, Welcome { resumed: true, ..first });
    assert_eq!(pair.engine.session_of("dev1").unwrap().resumed, 1);
    lose(&mut pair);
    pair.now = pair.now.after(Duration::from_secs(90));
    pair.connect();
    let third = hello(&mut pair, b"dev1");
    assert!(!third.resumed && third.session != first.session, "nobody had judged it yet");
    let counters = pair.engine.counters();
    assert_eq!((counters.sessions_opened, counters.sessions_resumed), (2, 1));
    assert_eq!(counters.sessions_expired, 1);
}

#[test]
fn a_session_expires_by_itself() {
    let mut pair = Pair::new();
    hello(&mut pair, b"dev1");
    pair.receive(&request(CLOSE, b""));
    assert_eq!(sessions(&pair), [("dev1".to_owned(), false)], "offline from its end on");
    lose(&mut pair);
    pair.pass(Duration::from_secs(89));
    assert_eq!(pair.engine.session_count(), 1);
    pair.pass(Duration::from_secs(1));
    assert_eq!(pair.engine.session_count(), 0);
}

#[test]
fn a_second_connection_takes_over_and_the_first_gets_what_it_is_owed() {
    let mut pair = Pair::new();
    let welcome = hello(&mut pair, b"dev1");
    pair.send(DEFER, b"");
    let first = pair.connect();
    pair.notices();
    assert_eq!(hello(&mut pair, b"dev1"), Welcome { resumed: true, ..welcome });
    let second = std::mem::replace(&mut pair.id, first);
    assert!(pair.is_touched() && !pair.engine.wants_read(first));
    assert_eq!(pair.next(), Next::Keep, "an answer is owed");
    pair.complete(0, b"late").unwrap();
    assert_eq!(pair.data(), [b"late"]);
    assert_eq!(pair.next(), Next::ShutdownWrite);
    pair.eof();
    assert_eq!(pair.next(), Next::Close);
    pair.engine.handle_closed(first, pair.now);
    assert_eq!(pair.engine.counters().closed(CloseReason::TakenOver), 1);
    assert_eq!(pair.engine.session_of("dev1").unwrap().connection, Some(second));
}

#[test]
fn without_takeover_the_second_is_told_of_the_conflict() {
    let mut pair = Pair::with(strict());
    hello(&mut pair, b"dev1");
    let first = pair.connect();
    pair.send(HELLO, b"dev1");
    assert_eq!(pair.replies(), [(0xC001, 7, b"\x03\xF1the client id is in use".to_vec())]);
    let unjoined = Notice::Unjoined { connection: pair.id, client: "dev1".into() };
    assert!(pair.notices().contains(&unjoined));
    assert_eq!(pair.engine.session_of("dev1").unwrap().connection, Some(first));
    pair.engine.handle_lost(first, pair.now);
    assert!(hello(&mut pair, b"dev1").resumed, "the first one is gone");
}

#[test]
fn another_name_moves_the_connection_to_another_session() {
    let mut pair = Pair::new();
    hello(&mut pair, b"dev1");
    assert!(!hello(&mut pair, b"dev2").resumed);
    assert_eq!(sessions(&pair), [("dev1".to_owned(), false), ("dev2".to_owned(), true)]);
    assert!(hello(&mut pair, b"dev1").resumed);
    assert_eq!(sessions(&pair), [("dev1".to_owned(), true), ("dev2".to_owned(), false)]);
}

#[test]
fn who_is_refused_another_name_keeps_the_one_it_has() {
    let mut pair = Pair::with(strict());
    hello(&mut pair, b"dev1");
    pair.connect();
    hello(&mut pair, b"dev2");
    pair.send(HELLO, b"dev1");
    assert_eq!(pair.codes(), [1009]);
    assert_eq!(pair.engine.session_of("dev2").unwrap().connection, Some(pair.id));
}

#[test]
fn the_longest_offline_makes_way_in_a_full_table() {
    let mut pair = Pair::with(Limits { max_connections: 2, ..Limits::DEFAULT });
    for client in ["a", "b", "c", "d", "e"] {
        assert!(!hello(&mut pair, client.as_bytes()).resumed);
        pair.pass(Duration::from_millis(1));
    }
    assert_eq!(pair.engine.session_count(), 4);
    assert!(pair.engine.session_of("a").is_none() && pair.engine.session_of("b").is_some());
    pair.engine.set_limits(Limits { max_connections: 1, ..Limits::DEFAULT }, pair.now);
    pair.engine.invariants();
    let left: Vec<_> = sessions(&pair).into_iter().map(|(client, _)| client).collect();
    assert_eq!(left, ["e", "d"], "slots are used again");
}

#[test]
fn a_shorter_timeout_holds_for_who_is_offline_already() {
    let mut pair = Pair::new();
    hello(&mut pair, b"dev1");
    lose(&mut pair);
    let heartbeat = Heartbeat { session_timeout: Duration::from_secs(5), ..Heartbeat::DEFAULT };
    pair.engine.set_limits(Limits { heartbeat, ..Limits::DEFAULT }, pair.now);
    pair.pass(Duration::from_secs(5));
    assert_eq!(pair.engine.session_count(), 0);
}

#[test]
fn a_kick_lets_what_is_owed_leave_and_a_second_one_does_not() {
    let mut pair = Pair::new();
    hello(&mut pair, b"dev1");
    pair.send(DEFER, b"");
    pair.send(ECHO, b"behind");
    assert!(pair.engine.handle_kicked(pair.id, pair.now));
    pair.engine.invariants();
    assert_eq!(pair.next(), Next::Keep);
    assert_eq!(sessions(&pair), [("dev1".to_owned(), false)]);
    assert!(pair.engine.handle_kicked(pair.id, pair.now));
    assert_eq!(pair.next(), Next::Close);
    pair.engine.handle_closed(pair.id, pair.now);
    assert_eq!(pair.engine.counters().closed(CloseReason::Kicked), 1);
    assert!(!pair.engine.handle_kicked(pair.id, pair.now));
}

#[test]
fn a_client_that_is_dismissed_starts_anew() {
    let mut pair = Pair::new();
    let first = hello(&mut pair, b"dev1");
    let session = pair.engine.session_of("dev1").unwrap().id;
    pair.engine.handle_dismissed(session, pair.now);
    pair.engine.invariants();
    assert_eq!(pair.engine.session_count(), 0);
    assert_eq!(pair.next(), Next::ShutdownWrite);
    pair.engine.handle_dismissed(session, pair.now);
    pair.connect();
    let second = hello(&mut pair, b"dev1");
    assert!(!second.resumed && second.session != first.session);
}
