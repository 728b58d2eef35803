//! Answers that come later, through the real binary: in order, once, and across a reload.

use std::time::{Duration, Instant};

use hotframe_protocol::Kind;
use hotframe_tests::{Fixture, Server, Swap, Wire, pass, request, wait_until};
use rustix::process::Signal;

const ECHO: u16 = 0x0100;
const DELAY: u16 = 0x0130;
const MISUSE: u16 = 0x0202;
const TIMED: u16 = 0x0206;
const BLOCKING: u16 = 0x0208;

fn delaying() -> Server {
    let setup = Server::setup().shipped("echo").shipped("delay");
    setup.route("0x0100 = \"echo.echo\"").route("0x0130 = \"delay.echo\"").start()
}

/// A request that is answered with `text` after `ms`.
fn delayed(ms: u16, text: &str) -> Vec<u8> {
    request(DELAY, &[&ms.to_be_bytes(), text.as_bytes()].concat())
}

fn receive_text(wire: &mut Wire) -> String {
    let frame = wire.receive().expect("a reply, not the end");
    assert_eq!(frame.command.kind(), Kind::Reply, "{frame:?}");
    String::from_utf8(frame.data).unwrap()
}

#[test]
fn deferred_and_immediate_replies_leave_in_the_order_of_their_requests() {
    let server = delaying();
    let mut wire = server.connect();
    let mut sent = Vec::new();
    for number in 0..200_u16 {
        let text = format!("{number}");
        match number % 4 {
            0 => wire.send(&delayed(number * 7 % 60, &text)),
            1 => wire.send(&delayed(0, &text)),
            _ => wire.send(&request(ECHO, text.as_bytes())),
        }
        sent.push(text);
    }
    let received: Vec<String> = sent.iter().map(|_| receive_text(&mut wire)).collect();
    assert_eq!(received, sent);
    assert_eq!(server.control().ask("status")["errors_out"], 0);
    assert_eq!(server.stop(), Some(0));
}

#[test]
fn one_connection_waits_and_the_others_do_not() {
    let server = delaying();
    let (mut waiting, mut other) = (server.connect(), server.connect());
    let begun = Instant::now();
    waiting.send(&delayed(300, "late"));
    for _ in 0..100 {
        assert_eq!(other.ask(ECHO, b"at once").data, b"at once");
    }
    assert_eq!(receive_text(&mut waiting), "late");
    assert!(begun.elapsed() >= Duration::from_millis(300), "{:?}", begun.elapsed());
}

#[test]
fn after_a_half_close_everything_deferred_is_still_answered() {
    let server = delaying();
    let mut wire = server.connect();
    for ms in [80, 5, 40, 0] {
        wire.send(&delayed(ms, &ms.to_string()));
    }
    wire.finish();
    let received: Vec<String> = (0..4).map(|_| receive_text(&mut wire)).collect();
    assert_eq!(received, ["80", "5", "40", "0"]);
    assert_eq!(wire.receive(), None);
}

#[test]
fn what_a_client_has_deferred_goes_with_it() {
    let server = delaying();
    let mut wire = server.connect();
    // A reply that it never reads: its end is then a reset, and not a half-close.
    wire.send(&request(ECHO, b"unread"));
    for _ in 0..50 {
        wire.send(&delayed(60_000, "never"));
    }
    let in_flight = |count: u64| {
        wait_until("the requests in flight", || {
            let row = server.control().plugin("delay").unwrap();
            (row["in_flight"] == count).then_some(())
        });
    };
    in_flight(50);
    drop(wire);
    in_flight(0);
    assert_eq!(server.connect().ask(ECHO, b"alive").data, b"alive");
    // A stop does not wait for the timers of what nobody waits for.
    let begun = Instant::now();
    assert_eq!(server.stop(), Some(0));
    assert!(begun.elapsed() < Duration::from_secs(10));
}

fn later(version: &str) -> Fixture {
    Fixture::compile("later.c", &[("VERSION", &format!("\"{version}\""))])
}

fn serving_later() -> Server {
    let routes =
        ["0x0202 = \"later.misuse\"", "0x0206 = \"later.timed\"", "0x0208 = \"later.blocking\""];
    let setup = Server::setup().settings("probation = \"200ms\"\n");
    let setup = setup.plugin("later.so", &later("1").bytes);
    routes.into_iter().fold(setup, |setup, route| setup.route(route)).start()
}

#[test]
fn what_an_old_generation_has_begun_it_answers_itself() {
    let server = serving_later();
    let mut wires: Vec<Wire> = (0..8).map(|_| server.connect()).collect();
    for wire in &mut wires {
        (0..20_u8).for_each(|round| wire.send(&request(TIMED, &[245 + round % 10])));
        wire.send(&request(BLOCKING, b""));
    }
    wait_until("all to be in flight", || {
        let row = server.control().plugin("later").unwrap();
        (row["in_flight"].as_u64() > Some(100)).then_some(())
    });
    server.drop_plugin("later.so", &later("2").bytes, Swap::Rename);
    let row = wait_until("the new version", || {
        let row = server.control().plugin("later").unwrap();
        (row["version"] == "2").then_some(row)
    });
    assert_eq!(row["errors"], 0);
    for wire in &mut wires {
        wire.send(&request(TIMED, &[0]));
        for _ in 0..20 {
            assert_eq!(receive_text(wire), "1");
        }
        assert_eq!(receive_text(wire), "01", "the job ran elsewhere, what follows on the loop");
        assert_eq!(receive_text(wire), "2");
    }
    wait_until("the old one to be unloaded", || {
        let row = server.control().plugin("later").unwrap();
        (row["resident_generations"] == 1 && row["in_flight"] == 0).then_some(())
    });
    assert_eq!(server.control().ask("status")["errors_out"], 0);
    assert_eq!(server.stop(), Some(0));
}

#[test]
fn who_answers_what_nobody_waits_for_is_named_in_the_log() {
    let server = serving_later();
    assert_eq!(server.connect().ask(MISUSE, b"").command.kind(), Kind::Reply);
    let record = server.log().wait_for(0, "the warning", |record| {
        record.message().starts_with("plugin later answered late, twice")
    });
    assert_eq!(record.field("code"), "HF0306");
}

/// A round gives so many answers; what is left of a batch is given in the next one.
#[test]
fn a_batch_of_answers_that_takes_more_than_a_round_arrives_whole() {
    const MANY: u32 = 10_000;
    let setup = Server::setup().shipped("delay").route("0x0130 = \"delay.echo\"");
    let limits = "[limits]\nmax_in_flight = 20000\noutbound_high_water = \"4MiB\"\n";
    let server = setup.settings(limits).start();
    let mut wire = server.connect();
    // All of them are due while the process does nothing: so they are answered together.
    let asked = (0..MANY)
        .flat_map(|number| request(DELAY, &[&[1, 244][..], &number.to_be_bytes()].concat()));
    wire.send(&asked.collect::<Vec<_>>());
    wait_until("all to be put off, or answered", || {
        (server.control().ask("status")["frames_in"] == MANY).then_some(())
    });
    server.signal(Signal::STOP);
    pass(Duration::from_millis(600));
    server.signal(Signal::CONT);
    for number in 0..MANY {
        assert_eq!(wire.receive().expect("each is answered").data, number.to_be_bytes());
    }
    assert_eq!(server.stop(), Some(0));
}
