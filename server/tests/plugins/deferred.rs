//! What a plugin does beside the calls of its handlers: tokens, timers, wakes and jobs.
use std::time::Duration;

use hotframe_core::Limits;

use crate::desk::{Answer, Desk};
use crate::fixture::{Workshop, rename_into};

const KEEP: u16 = 0x0200;
const ANSWER: u16 = 0x0201;
const MISUSE: u16 = 0x0202;
const THREADS: u16 = 0x0203;
const WAVER: u16 = 0x0204;
const PROMISES: u16 = 0x0205;
const TIMED: u16 = 0x0206;
const BEAT: u16 = 0x0207;
const BLOCKING: u16 = 0x0208;
const STUCK: u16 = 0x0209;
const BOOKS: u16 = 0x020A;

/// What `complete` returns, negated.
const OK: u8 = 0;
const INVALID: u8 = 1;
const TOO_LARGE: u8 = 4;
const STALE: u8 = 11;

fn open() -> (Workshop, Desk) {
    let shop = Workshop::new();
    let folder = shop.folder("plugins");
    rename_into(&shop.later("1.0.0"), &folder.join("liblater.so"));
    let desk = Desk::open(&folder, shop.path("run"));
    (shop, desk)
}

/// Answers kept token `index`, on a connection where nothing is owed; what `complete` returned.
fn answer(desk: &mut Desk, index: u8, status: i16, data: &[u8]) -> u8 {
    let request = [&[index], &status.to_be_bytes()[..], data].concat();
    match desk.ask(ANSWER, &request) {
        Answer::Reply(returned) => returned[0],
        other => panic!("no reply: {other:?}"),
    }
}

/// Cancelled tokens, beats, wakes and jobs, after the version.
fn books(desk: &mut Desk) -> (String, [u32; 4]) {
    let Answer::Reply(text) = desk.ask(BOOKS, b"") else { panic!("no books") };
    let text = String::from_utf8(text).unwrap();
    let (version, counts) = text.split_once(' ').unwrap();
    let counts: Vec<u32> = counts.split(' ').map(|count| count.parse().unwrap()).collect();
    (version.to_owned(), counts.try_into().unwrap())
}

fn reply(data: &[u8]) -> Answer {
    Answer::Reply(data.to_vec())
}

#[test]
fn answers_come_once_in_order_and_with_every_status() {
    let (_shop, mut desk) = open();
    for _ in 0..5 {
        desk.send(KEEP, b"");
    }
    assert_eq!(desk.take(), []);
    // The requests that have them answered wait in the same order.
    let error = |code: u16, text: &str| Answer::Error(code, text.to_owned());
    let answers: [(u8, i16, &[u8]); 7] = [
        (4, 0, b""),
        (1, -3, b"no room"),
        (2, 1234, b"sold out"),
        (3, -6, b""),
        (0, 0, b"first"),
        (0, 0, b"again"),
        (4, -1, b"again"),
    ];
    for (index, status, data) in answers {
        desk.send(ANSWER, &[&[index], &status.to_be_bytes()[..], data].concat());
        assert_eq!(desk.take(), []);
    }
    desk.round();
    let taken = desk.take();
    let deferred = [
        reply(b"first"),
        error(2003, "no room"),
        error(1234, "sold out"),
        error(2001, "the handler failed"),
        reply(b""),
    ];
    assert_eq!(taken[..5], deferred);
    let returned = [OK, OK, OK, OK, OK, STALE, STALE].map(|code| reply(&[code]));
    assert_eq!(taken[5..], returned);
    assert_eq!(desk.engine.counters().stale_completions, 2);
    assert_eq!(books(&mut desk).1[0], 0, "what is answered is not cancelled");
}

#[test]
fn what_is_forged_or_does_not_fit_is_refused_and_the_token_stays_good() {
    let (_shop, mut desk) = open();
    desk.send(KEEP, b"");
    desk.send(MISUSE, b"");
    desk.round();
    assert_eq!(desk.take(), [], "the token is still to be answered");
    desk.send(ANSWER, b"\0\0\0good");
    desk.round();
    let said = [STALE, STALE, TOO_LARGE, INVALID, INVALID, 0, STALE];
    assert_eq!(desk.take(), [reply(b"good"), reply(&said), reply(&[OK])]);
    assert_eq!(desk.engine.counters().stale_completions, 2);
}

#[test]
fn of_eight_threads_one_answers_each_token_and_wakes_are_folded() {
    let (_shop, mut desk) = open();
    for _ in 0..32 {
        desk.send(KEEP, b"");
    }
    desk.send(THREADS, b"");
    desk.round();
    let taken = desk.take();
    assert_eq!(taken.len(), 33);
    assert!(taken[..32].iter().all(|answer| *answer == reply(b"raced")));
    assert_eq!(taken[32], reply(&[32]));
    assert_eq!(desk.engine.counters().stale_completions, 7 * 32);
    assert_eq!(books(&mut desk).1, [0, 0, 1, 0], "eight wakes are one");
}

#[test]
fn who_answers_at_once_after_all_has_the_token_taken_back() {
    let (_shop, mut desk) = open();
    assert_eq!(desk.ask(WAVER, b""), reply(b"at once"));
    desk.round();
    assert_eq!(desk.take(), []);
    assert_eq!(desk.engine.counters().stale_completions, 0);
    let Answer::Error(2001, _) = desk.ask(PROMISES, b"") else { panic!("it has no token") };
    let host = desk.engine.handlers();
    assert_eq!(host.instances().map(|id| host.faults(id)).sum::<u64>(), 1);
}

#[test]
fn a_client_that_is_gone_is_told_and_its_answer_refused() {
    let (_shop, mut desk) = open();
    desk.send(KEEP, b"");
    desk.send(KEEP, b"");
    desk.hang_up();
    assert_eq!(books(&mut desk).1[0], 2);
    assert_eq!(answer(&mut desk, 0, 0, b"late"), STALE);
    desk.round();
    // The plugin tries each of them in `cancel`, too.
    assert_eq!(desk.engine.counters().stale_completions, 3);
    assert_eq!(desk.engine.counters().abandoned, 2);
}

#[test]
fn after_its_timeout_the_host_answers_and_tells() {
    let (_shop, mut desk) = open();
    desk.send(KEEP, &[1]);
    let mut taken = Vec::new();
    desk.rounds("the timeout", |desk| {
        taken.extend(desk.take());
        !taken.is_empty()
    });
    assert!(matches!(taken[..], [Answer::Error(2004, _)]), "{taken:?}");
    assert_eq!(books(&mut desk).1[0], 1);
    assert_eq!(answer(&mut desk, 0, 0, b"late"), STALE);
}

#[test]
fn the_old_generation_answers_what_it_has_begun_and_is_destroyed_after_it() {
    let (shop, mut desk) = open();
    for _ in 0..3 {
        desk.send(KEEP, b"");
    }
    desk.send(TIMED, &[200]);
    rename_into(&shop.later("2.0.0"), &shop.path("plugins/liblater.so"));
    desk.until("the second version", |desk| {
        desk.roster.rows(&desk.engine).iter().any(|row| row.version == "2.0.0")
    });
    assert_eq!(desk.roster.resident_generations(), 2);
    // The new version owns no token of the old one.
    desk.send(KEEP, b"");
    desk.send(ANSWER, b"\0\0\0of the second");
    desk.round();
    assert_eq!(desk.take(), [], "those of the first come first");
    desk.engine.set_limits(Limits::default(), desk.now());
    desk.rounds("the timer of the first", |desk| desk.engine.counters().completed == 2);
    assert_eq!(desk.roster.resident_generations(), 2, "three tokens are left");
    let later = desk.now().after(Limits::DEFAULT.drain_timeout);
    desk.engine.handle_due(later);
    let taken = desk.take();
    assert!(taken[..3].iter().all(|answer| matches!(answer, Answer::Error(2004, _))));
    assert_eq!(taken[3..], [reply(b"1.0.0"), reply(b"of the second"), reply(&[OK])]);
    desk.rounds("the end of the first", |desk| desk.roster.resident_generations() == 1);
    assert_eq!(books(&mut desk), ("2.0.0".to_owned(), [0; 4]));
}

#[test]
fn a_beat_comes_until_it_is_stopped_and_an_idle_host_wants_no_wake() {
    let (_shop, mut desk) = open();
    assert_eq!(desk.engine.handlers().next_wake(), None);
    desk.ask(BEAT, b"");
    assert!(desk.engine.handlers().next_wake().is_some());
    desk.rounds("three beats", |desk| desk.engine.handlers().next_wake().is_none());
    assert_eq!(books(&mut desk).1, [0, 3, 0, 0]);
}

#[test]
fn a_job_runs_elsewhere_and_what_follows_it_on_the_loop() {
    let (_shop, mut desk) = open();
    for _ in 0..20 {
        desk.send(BLOCKING, b"");
    }
    let mut taken = Vec::new();
    desk.rounds("the jobs", |desk| {
        taken.extend(desk.take());
        taken.len() == 20
    });
    assert!(taken.iter().all(|answer| *answer == reply(b"01")), "{taken:?}");
    assert_eq!(books(&mut desk).1, [0, 0, 0, 20]);
}

#[test]
fn a_generation_is_not_destroyed_while_a_job_of_it_runs() {
    let (shop, mut desk) = open();
    let gate = shop.path("gate");
    assert_eq!(desk.ask(STUCK, gate.to_str().unwrap().as_bytes()), reply(&[OK]));
    rename_into(&shop.later("2.0.0"), &shop.path("plugins/liblater.so"));
    desk.until("the second version", |desk| books(desk).0 == "2.0.0");
    desk.round();
    assert!(desk.roster.is_waiting());
    assert_eq!(desk.roster.resident_generations(), 2);
    std::fs::write(&gate, b"").unwrap();
    let deadline = std::time::Instant::now() + Duration::from_secs(20);
    assert!(desk.engine.handlers().wait_for_jobs(deadline));
    desk.rounds("the end of the first", |desk| desk.roster.resident_generations() == 1);
    assert!(!desk.roster.is_waiting());
}
