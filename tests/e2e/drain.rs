//! How a server ends: what it owes is paid first.

use std::io::Write;
use std::thread;
use std::time::Duration;

use hotframe_protocol::Kind;
use hotframe_tests::{Server, Wire, pass, request, scale, wait_until};
use rustix::process::Signal;
use serde_json::json;

const ECHO: u16 = 0x0100;
const ASKED: u32 = 5_000;

fn serve() -> Server {
    Server::setup().shipped("echo").route("0x0100 = \"echo.echo\"").start()
}

#[test]
fn a_server_that_is_told_to_end_pays_every_reply() {
    let server = serve();
    let mut wires: Vec<_> = (0..4).map(|_| server.connect()).collect();
    let asked: Vec<u8> = (0..ASKED).flat_map(|n| request(ECHO, &n.to_be_bytes())).collect();
    for wire in &mut wires {
        wire.send(&asked);
    }
    // The requests are in, the replies are not yet read: only now is it told.
    wait_until("every request to have arrived", || {
        let frames = server.control().ask("status")["frames_in"].as_u64().unwrap();
        (frames == u64::from(ASKED) * 4).then_some(())
    });
    server.signal(Signal::TERM);
    let readers = wires.into_iter().map(|mut wire| {
        thread::spawn(move || {
            for number in 0..ASKED {
                let reply = wire.receive().expect("a reply is owed");
                assert_eq!(reply.command.kind(), Kind::Reply);
                assert_eq!(reply.data, number.to_be_bytes());
            }
            assert_eq!(wire.receive_rest(), b"");
        })
    });
    for reader in readers.collect::<Vec<_>>() {
        reader.join().unwrap();
    }
    assert_eq!(server.wait(), Some(0));
}

#[test]
fn requests_that_come_too_late_are_told_so_or_find_the_end() {
    let server = serve();
    let mut wire = server.connect();
    let mut sender = wire.sender();
    let asking = thread::spawn(move || {
        // Ends when the server has closed: then a write fails.
        while sender.write_all(&request(ECHO, b"more")).is_ok() {}
    });
    assert_eq!(wire.receive().unwrap().data, b"more");
    server.signal(Signal::TERM);
    let mut refused = false;
    while let Some(reply) = wire.receive() {
        match reply.error_code() {
            None => assert!(!refused, "served after it had said that it ends"),
            Some(code) => {
                assert_eq!(code, 2006);
                refused = true;
            }
        }
    }
    asking.join().unwrap();
    assert_eq!(server.wait(), Some(0));
}

#[test]
fn an_idle_server_ends_at_once_whatever_told_it() {
    for signal in [Signal::TERM, Signal::INT] {
        let server = serve();
        let mut wire = server.connect();
        assert_eq!(wire.ask(ECHO, b"x").data, b"x");
        server.signal(signal);
        assert_eq!(wire.receive_rest(), b"", "closed cleanly");
        assert_eq!(server.wait(), Some(0));
    }
    let server = serve();
    assert!(server.control().ask("shutdown").is_object());
    assert_eq!(server.wait(), Some(0));
}

/// Everything that the kernel has taken for the server before the signal came is answered, be it
/// that the server has not even accepted the connection.
#[test]
fn what_had_arrived_before_the_signal_is_answered() {
    const WAITING: u32 = 3_000;
    let server = serve();
    let mut known: Vec<_> = (0..3).map(|_| server.connect()).collect();
    for wire in &mut known {
        assert_eq!(wire.ask(ECHO, b"x").data, b"x");
    }
    server.signal(Signal::STOP);
    let asked: Vec<u8> = (0..WAITING).flat_map(|n| request(ECHO, &n.to_be_bytes())).collect();
    let strangers = server.endpoints().iter().map(Wire::connect);
    let mut wires: Vec<_> = known.into_iter().chain(strangers).collect();
    wires.iter_mut().for_each(|wire| wire.send(&asked));
    server.signal(Signal::TERM);
    server.signal(Signal::CONT);
    for wire in &mut wires {
        for number in 0..WAITING {
            let reply = wire.receive().expect("a reply is owed");
            assert_eq!(reply.data, number.to_be_bytes());
        }
        assert_eq!(wire.receive_rest(), b"");
    }
    assert_eq!(server.wait(), Some(0));
}

/// The same at any moment: bursts of any length, and a signal right behind them or later.
#[test]
fn a_stop_at_any_moment_loses_nothing() {
    let mut dice = 0x9E37_79B9_7F4A_7C15_u64;
    let mut roll = |most: u64| {
        dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (dice >> 33) % most
    };
    for round in 0..scale("HOTFRAME_E2E_STOPS", 6) {
        let server = serve();
        let mut wires: Vec<_> = (0..4).map(|_| server.connect()).collect();
        let mut sent = Vec::new();
        for wire in &mut wires {
            let count = u32::try_from(roll(2_500)).unwrap();
            wire.send(
                &(0..count).flat_map(|n| request(ECHO, &n.to_be_bytes())).collect::<Vec<_>>(),
            );
            sent.push(count);
        }
        pass(Duration::from_micros(roll(4_000)));
        server.signal(Signal::TERM);
        for (wire, count) in wires.iter_mut().zip(sent) {
            for number in 0..count {
                let reply = wire.receive();
                let reply = reply.unwrap_or_else(|| panic!("{number} of {count} in round {round}"));
                assert!(reply.data == number.to_be_bytes() || reply.error_code() == Some(2006));
            }
            assert_eq!(wire.receive_rest(), b"");
        }
        assert_eq!(server.wait(), Some(0));
    }
}

#[test]
fn a_drain_serves_who_is_here_lets_nobody_in_and_tells_how_it_went() {
    let setup = Server::setup().http().shipped("echo").route("0x0100 = \"echo.echo\"");
    let server = setup.start();
    let (mut leaving, mut staying) = (server.connect(), server.connect());
    assert_eq!(leaving.ask(ECHO, b"x").data, b"x");
    assert_eq!(staying.ask(ECHO, b"x").data, b"x");
    let control = server.control().clone();
    let request = json!({ "verb": "drain", "grace_ms": 1500 });
    let asking = thread::spawn(move || control.request(&request).unwrap());
    wait_until("the drain to begin", || {
        (server.control().ask("status")["state"] == "draining").then_some(())
    });
    wait_until("the load balancer to be told", || {
        (server.http().get("/readyz").status == 503).then_some(())
    });
    for endpoint in server.endpoints() {
        assert!(endpoint.try_connect().is_err(), "nobody new is let in");
    }
    assert_eq!(leaving.ask(ECHO, b"still").data, b"still", "who is here is served");
    drop(leaving);
    while staying.try_send(&hotframe_tests::request(ECHO, b"more")).is_ok() {
        let Ok(Some(reply)) = staying.try_receive() else { break };
        assert!(reply.data == b"more" || reply.error_code() == Some(2006), "{reply:?}");
    }
    let told = asking.join().unwrap();
    assert_eq!(told["connections"], 2, "{told}");
    assert_eq!(
        (&told["left"], &told["closed"], &told["cut_off"]),
        (&json!(1), &json!(1), &json!(0))
    );
    assert!(told["duration_us"].as_u64().unwrap() >= 1_500_000, "{told}");
    assert_eq!(server.wait(), Some(0));
}

#[test]
fn a_drain_of_nobody_is_over_at_once() {
    let server = serve();
    let program = hotframe_tests::built().join("hotframe");
    let socket = server.folder().join("run/hotframe.sock");
    let drained = std::process::Command::new(program)
        .args(["ctl", "drain", "--grace", "1h", "--control"])
        .arg(socket)
        .output()
        .unwrap();
    assert_eq!(drained.status.code(), Some(0), "{drained:?}");
    let page = String::from_utf8_lossy(&drained.stdout);
    assert!(page.contains("of 0 connections 0 left by themselves"), "{page}");
    assert_eq!(server.wait(), Some(0));
}
