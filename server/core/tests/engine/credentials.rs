//! Credentials: nothing is taken before the verdict, and little without a good one.

use std::time::Duration;

use hotframe_core::{Access, Dialect, Judged, Limits, Next, Profile};
use hotframe_protocol::Kind;

use crate::pair::{DEFER, ECHO, Pair, frame, request};

const HELLO: u16 = 1;
const PING: u16 = 2;
const BYE: u16 = 3;

fn guarded(required: bool) -> Pair {
    let mut pair = Pair::new();
    pair.engine.set_access(Access::checked(required, [PING, 0x104]));
    pair
}

fn judge(pair: &mut Pair, judged: Judged) {
    let claim = pair.engine.poll_claim().expect("a claim");
    assert_eq!(claim.connection, pair.id);
    pair.engine.handle_judged(pair.id, judged, pair.now);
    pair.engine.invariants();
}

#[test]
fn without_a_credential_only_what_is_allowed_is_answered() {
    let mut pair = guarded(true);
    pair.send(ECHO, b"");
    pair.receive(&frame(Kind::Event, ECHO, b""));
    assert_eq!(pair.codes(), [1002]);
    pair.send(PING, b"here");
    assert_eq!(pair.data(), [b"here"]);
    assert_eq!(pair.engine.counters().barred, 2);
    pair.send(HELLO, b"dev1");
    judge(&mut pair, Judged::Bad);
    assert_eq!(pair.codes(), [1002]);
    assert_eq!(pair.engine.session_count(), 0);
    pair.send(BYE, b"");
    assert_eq!(pair.replies().len(), 1);
    assert_eq!(pair.next(), Next::ShutdownWrite);
}

#[test]
fn what_follows_a_hello_waits_for_the_verdict_and_so_does_its_reply() {
    let mut pair = guarded(true);
    pair.receive(&[request(HELLO, b"dev1\0secret"), request(ECHO, b"behind")].concat());
    assert_eq!(pair.replies(), []);
    assert!(!pair.engine.wants_read(pair.id));
    let claim = pair.engine.poll_claim().unwrap();
    assert_eq!((&*claim.client, &*claim.credential), ("dev1", &b"secret"[..]));
    assert!(!format!("{claim:?}").contains("115"), "nothing of the secret is shown");
    pair.pass(Duration::from_secs(3600));
    assert!(pair.engine.counters().probes == 0, "that silence is ours");
    pair.engine.handle_judged(pair.id, Judged::Good, pair.now);
    assert!(pair.is_touched() && pair.engine.has_backlog(pair.id));
    pair.receive(b"");
    let data = pair.data();
    assert_eq!((data[0].len(), &data[1][..]), (13, &b"behind"[..]));
    pair.engine.handle_judged(pair.id, Judged::Bad, pair.now);
    assert_eq!(pair.replies(), [], "a verdict is heard once");
}

#[test]
fn the_reply_keeps_its_place_and_the_end_waits_for_it() {
    let mut pair = guarded(false);
    pair.send(DEFER, b"");
    pair.send(HELLO, b"dev1\0secret");
    pair.eof();
    judge(&mut pair, Judged::TooMany);
    assert_eq!(pair.next(), Next::Keep);
    assert_eq!(pair.replies(), []);
    pair.complete(0, b"first").unwrap();
    let words: Vec<_> = pair.replies().into_iter().map(|(word, _, data)| (word, data)).collect();
    assert_eq!(words[0], (0x8000 | DEFER, b"first".to_vec()));
    assert_eq!((words[1].0, &words[1].1[..2]), (0xC001, &1029u16.to_be_bytes()[..]));
    assert_eq!(pair.next(), Next::Close);
}

#[test]
fn a_connection_that_goes_takes_its_claim_with_it() {
    let mut pair = guarded(true);
    pair.send(HELLO, b"dev1\0secret");
    let before = pair.connect();
    pair.engine.handle_lost(before, pair.now);
    assert_eq!(pair.engine.poll_claim(), None);
    pair.engine.handle_judged(before, Judged::Good, pair.now);
    assert_eq!(pair.engine.session_count(), 0);
}

#[test]
fn where_it_is_not_required_what_is_shown_is_checked_all_the_same() {
    let mut pair = guarded(false);
    pair.send(HELLO, b"dev1");
    assert_eq!((pair.engine.poll_claim(), pair.data().len()), (None, 1));
    pair.send(HELLO, b"dev2\0");
    judge(&mut pair, Judged::Bad);
    assert_eq!(pair.codes(), [1002]);
    pair.send(ECHO, b"x");
    assert_eq!(pair.data(), [b"x"]);
}

#[test]
fn a_listener_may_do_without_and_the_raw_dialect_must() {
    let mut pair = guarded(true);
    pair.connect_as(Profile { auth: false, ..Profile::DEFAULT });
    pair.send(ECHO, b"x");
    assert_eq!(pair.data(), [b"x"]);
    let dialect = Dialect::Raw { error_command: None };
    pair.connect_as(Profile { dialect, ..Profile::DEFAULT });
    pair.send(ECHO, b"x");
    assert_eq!((pair.replies(), pair.engine.counters().barred), (vec![], 1));
    pair.engine.set_access(Access::open());
    pair.send(ECHO, b"x");
    assert_eq!(pair.replies().len(), 1);
    assert_eq!(Limits::DEFAULT.request_rate, None);
}
