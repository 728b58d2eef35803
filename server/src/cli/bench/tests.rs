//! `hotframe bench` against servers of a few lines: what it counts, prints and how it ends.

use std::cell::RefCell;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::os::unix::net::UnixListener;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use clap::Parser;
use hotframe_protocol::{Command, Decoded, Decoder, Frame, Kind, MAX_FRAME};
use serde_json::Value;

use super::*;

#[derive(Parser)]
struct Line {
    #[command(flatten)]
    bench: BenchArgs,
}

/// What a server does with the `n`th request of a connection.
type Handler = fn(u64, &Frame<'_>) -> Vec<u8>;

fn frame(kind: Kind, number: u16, address: u8, data: &[u8]) -> Vec<u8> {
    let mut room = [0; MAX_FRAME];
    let command = Command::new(kind, number);
    let len = Frame { address, command, data }.encode(&mut room).unwrap();
    room[..len].to_vec()
}

fn echo(_: u64, request: &Frame<'_>) -> Vec<u8> {
    frame(Kind::Reply, request.command.number(), request.address, request.data)
}

/// Serves one connection until its end; says so where synchronisation was lost.
fn serve(stream: &mut (impl Read + Write), handler: Handler) {
    let (mut decoder, mut bytes, mut count) = (Decoder::default(), Vec::new(), 0);
    let mut room = [0; 4096];
    while let Ok(read @ 1..) = stream.read(&mut room) {
        bytes.extend(&room[..read]);
        let (mut input, mut replies) = (&bytes[..], Vec::new());
        while let Some(decoded) = decoder.decode(&mut input) {
            match decoded {
                Decoded::Frame(request) => replies.extend(handler(count, &request)),
                Decoded::LostSync => replies.extend(frame(Kind::Error, 0, 0, b"\x03\xF2lost")),
            }
            count += 1;
        }
        bytes = input.to_vec();
        if stream.write_all(&replies).is_err() {
            return;
        }
    }
}

/// A server on a port of its own; it ends with the test's process.
fn server(handler: Handler) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("tcp://{}", listener.local_addr().unwrap());
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            thread::spawn(move || serve(&mut stream, handler));
        }
    });
    url
}

/// Runs with arguments as they are typed; the exit and the last object that was printed.
fn run(url: &str, arguments: &str) -> (Exit, Value) {
    let line = format!("bench --to {url} --json --duration 0.2 {arguments}");
    let args = Line::try_parse_from(line.split_ascii_whitespace()).unwrap().bench;
    let printed = RefCell::new(String::new());
    let exit = match bench(&args, |text| *printed.borrow_mut() = text.to_owned()) {
        Ok(exit) => exit,
        Err(failure) => failure.exit,
    };
    (exit, serde_json::from_str(&printed.borrow()).unwrap_or_default())
}

fn count(report: &Value, name: &str) -> u64 {
    report[name].as_u64().unwrap_or_else(|| panic!("no {name} in {report}"))
}

#[test]
fn all_that_an_echo_replies_is_right() {
    let url = server(echo);
    for arguments in ["", "-c 3 -p 64", "-c 2 -p 7 --size 0,16,255", "-p 300 --no-verify"] {
        let (exit, report) = run(&url, arguments);
        assert_eq!(exit, Exit::Good, "{arguments}: {report}");
        assert!(count(&report, "frames") > 100, "{arguments}: {report}");
        assert_eq!(report["answered_in_all"], count(&report, "answered_in_all"));
        let wrong = ["errors", "mismatches", "unanswered", "closed_by_server"];
        assert!(wrong.iter().all(|name| count(&report, name) == 0), "{arguments}: {report}");
        let (p50, max) = (&report["latency_us"]["p50"], &report["latency_us"]["max"]);
        assert!(p50.as_f64() > Some(0.0) && p50.as_f64() <= max.as_f64(), "{report}");
    }
    assert_eq!(run(&url, "").1["verified"], "bytes");
    assert_eq!(run(&url, "--no-verify").1["verified"], "lengths");
}

#[test]
fn cut_writes_change_nothing() {
    let url = server(echo);
    for arguments in ["-c 4 -p 5 --split", "-c 2 -p 3 --trickle 5"] {
        let (exit, report) = run(&url, arguments);
        assert_eq!(exit, Exit::Good, "{arguments}: {report}");
        assert!(count(&report, "frames") > 10, "{arguments}: {report}");
    }
}

#[test]
fn a_unix_socket_is_as_good() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("frames.sock");
    let listener = UnixListener::bind(&path).unwrap();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            thread::spawn(move || serve(&mut stream, echo));
        }
    });
    let (exit, report) = run(&format!("unix://{}", path.display()), "-c 2 -p 8");
    assert_eq!(exit, Exit::Good, "{report}");
    assert!(count(&report, "frames") > 100, "{report}");
}

#[test]
fn one_wrong_reply_is_found() {
    let faults: [(&str, Handler); 5] = [
        ("a bit of the data", |count, request| {
            let mut data = request.data.to_vec();
            data[15] ^= u8::from(count == 70);
            frame(Kind::Reply, request.command.number(), request.address, &data)
        }),
        ("the address", |count, request| {
            let address = request.address + u8::from(count == 70);
            frame(Kind::Reply, request.command.number(), address, request.data)
        }),
        ("the checksum", |count, request| {
            let mut reply = echo(count, request);
            *reply.last_mut().unwrap() ^= u8::from(count == 70);
            reply
        }),
        ("one reply too many", |count, request| {
            echo(count, request).repeat(if count == 70 { 2 } else { 1 })
        }),
        ("an earlier reply again", |count, request| {
            let data = if count == 70 { &[7; 16] } else { request.data };
            frame(Kind::Reply, request.command.number(), request.address, data)
        }),
    ];
    for (what, handler) in faults {
        let (exit, report) = run(&server(handler), "-c 1 -p 16");
        assert_ne!(exit, Exit::Good, "{what}: {report}");
        assert!(count(&report, "mismatches") > 0, "{what}: {report}");
    }
}

#[test]
fn error_replies_are_counted_by_their_code() {
    let url = server(|count, request| match count % 10 {
        9 => frame(Kind::Error, request.command.number(), request.address, b"\x07\xD3busy"),
        _ => echo(count, request),
    });
    let (exit, report) = run(&url, "-c 2 -p 8");
    assert_eq!(exit, Exit::Failed);
    assert_eq!(report["errors_by_code"]["2003"], count(&report, "errors"));
    assert_eq!(count(&report, "mismatches"), 0, "{report}");
    let (answered, errors) = (count(&report, "answered_in_all"), count(&report, "errors"));
    assert!(errors.abs_diff(answered / 10) <= 2, "{report}");
}

#[test]
fn bad_bytes_are_noticed_and_cost_no_reply() {
    let (exit, report) = run(&server(echo), "-c 2 -p 8 --bad crc=5%,noise=5%");
    assert_eq!(exit, Exit::Good, "{report}");
    assert!(count(&report, "bad_crc_notices") > 0, "{report}");
    assert_eq!(count(&report, "mismatches") + count(&report, "unanswered"), 0, "{report}");
}

#[test]
fn other_replies_than_echoes_are_held_to_their_heads() {
    let url = server(|_, request| frame(Kind::Reply, request.command.number(), 1, b"ok"));
    let (exit, report) = run(&url, "-c 2 -p 8");
    assert_eq!(exit, Exit::Good, "{report}");
    assert_eq!(report["verified"], "heads");
    assert!(count(&report, "frames") > 100, "{report}");
}

#[test]
fn a_server_that_looks_at_nothing_is_measured_too() {
    let url = server(|_, request| frame(Kind::Request, 0x0100, request.address, request.data));
    let (exit, report) = run(&url, "-c 2 -p 8");
    assert_eq!((exit, &report["verified"]), (Exit::Good, &Value::from("bytes")), "{report}");
}

#[test]
fn the_open_model_asks_as_often_as_it_is_told() {
    let (exit, report) = run(&server(echo), "-c 4 -p 8 --rate 2000");
    assert_eq!(exit, Exit::Good, "{report}");
    assert!(count(&report, "answered_in_all").abs_diff(400) <= 8, "{report}");
    let (latency, service) = (&report["latency_us"]["p50"], &report["service_us"]["p50"]);
    assert!(latency.as_f64() >= service.as_f64() && service.as_f64() > Some(0.0), "{report}");
}

#[test]
fn waiting_for_a_server_that_stalls_counts_in_the_open_model() {
    static STALLED: AtomicU64 = AtomicU64::new(0);
    let url = server(|count, request| {
        if count == 20 {
            // The stall is what is measured; the probe's connection never gets here.
            STALLED.fetch_add(1, Ordering::Relaxed);
            let until = std::time::Instant::now() + std::time::Duration::from_millis(80);
            while std::time::Instant::now() < until {
                thread::yield_now();
            }
        }
        echo(count, request)
    });
    let (_, report) = run(&url, "-c 1 -p 1 --rate 1000");
    assert_eq!(STALLED.load(Ordering::Relaxed), 1);
    let (latency, service) = (&report["latency_us"]["p90"], &report["service_us"]["p90"]);
    assert!(latency.as_f64() > Some(20_000.0), "{report}");
    assert!(service.as_f64() < latency.as_f64(), "{report}");
}

#[test]
fn idle_connections_are_held_and_answer_pings() {
    static PONGS: AtomicU64 = AtomicU64::new(0);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("tcp://{}", listener.local_addr().unwrap());
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            stream.write_all(&frame(Kind::Request, 2, 9, b"there?")).unwrap();
            let mut pong = [0; 14];
            stream.read_exact(&mut pong).unwrap();
            assert_eq!(pong[..], frame(Kind::Reply, 2, 9, b"there?"));
            PONGS.fetch_add(1, Ordering::Relaxed);
            std::mem::forget(stream);
        }
    });
    let (exit, report) = run(&url, "-c 3 --idle");
    assert_eq!((exit, count(&report, "connections_standing")), (Exit::Good, 3), "{report}");
    assert_eq!(PONGS.load(Ordering::Relaxed), 3);
}

#[test]
fn a_server_that_refuses_or_is_not_there_ends_it_at_once() {
    let refuses = server(|_, request| frame(Kind::Error, request.command.number(), 1, b"\x03\xEC"));
    assert_eq!(run(&refuses, "").0, Exit::Refused);
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    assert_eq!(run(&closed.to_string(), "").0, Exit::Unreachable);
    let hangs_up = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = hangs_up.local_addr().unwrap().to_string();
    thread::spawn(move || drop(hangs_up.accept()));
    assert_eq!(run(&url, "").0, Exit::Failed);
    assert_eq!(run("nowhere", "").0, Exit::Usage);
}

#[test]
fn an_expression_that_holds_fails_the_run() {
    let url = server(echo);
    assert_eq!(run(&url, "--fail-if frames<1").0, Exit::Good);
    assert_eq!(run(&url, "--fail-if frames>1").0, Exit::Failed);
    assert_eq!(run(&url, "--fail-if p99>1.2x").0, Exit::Usage);
}

#[test]
fn people_get_figures_and_a_histogram() {
    let line = format!("bench --to {} --duration 0.1", server(echo));
    let args = Line::try_parse_from(line.split_ascii_whitespace()).unwrap().bench;
    let printed = RefCell::new(String::new());
    let exit = bench(&args, |text| printed.borrow_mut().push_str(text)).unwrap();
    let text = printed.into_inner();
    assert_eq!(exit, Exit::Good);
    for word in ["50 connections", "every byte", "frames ", "p99.9 ", "of a core", "█"] {
        assert!(text.contains(word), "no `{word}` in\n{text}");
    }
}

/// Takes one thing only.
fn picky(count: u64, request: &Frame<'_>) -> Vec<u8> {
    match request.data {
        b"\x00\x07go, now" => echo(count, request),
        _ => frame(Kind::Error, request.command.number(), request.address, b"\x03\xE9what?"),
    }
}

#[test]
fn the_data_may_be_given() {
    let url = server(picky);
    let (exit, report) = run(&url, "--data hex:0007,text:go,now");
    assert_eq!(exit, Exit::Refused, "a first request says so: {report}");
    let line = ["bench", "--to", &url, "--json", "--duration", "0.2"];
    let line = line.into_iter().chain(["--data", "u16be:7,text:go, now"]);
    let args = Line::try_parse_from(line).unwrap().bench;
    assert_eq!(bench(&args, |_| ()).unwrap(), Exit::Good);
}
