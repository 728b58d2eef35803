//! Sessions and the heartbeat: who a client is outlives its connection, and silence ends.

use std::process::Command;

use hotframe_protocol::{Command as Word, Kind};
use hotframe_tests::{Endpoint, Server, frame, wait_until};
use serde_json::json;

const ECHO: u16 = 0x0100;
const HELLO: u16 = 0x0001;
const PING: u16 = 0x0002;

/// Starts a server with an echo and the lines of `[heartbeat]`.
fn serve(heartbeat: &str) -> Server {
    let setup = Server::setup().shipped("echo").route("0x0100 = \"echo.echo\"");
    setup.settings(&format!("[heartbeat]\n{heartbeat}\n")).start()
}

/// The only session's row.
fn session(server: &Server) -> serde_json::Value {
    let rows = server.control().ask("sessions");
    assert_eq!(rows.as_array().map(Vec::len), Some(1), "{rows}");
    rows[0].clone()
}

#[test]
fn a_session_is_resumed_and_taken_over() {
    let server = serve("session_timeout = \"60s\"");
    let mut first = server.connect();
    let opened = first.ask(HELLO, b"dev1").data;
    assert_eq!(opened[8..], [0, 30, 0, 60, 0]);
    assert_eq!(session(&server)["state"], "online");
    assert_eq!(server.control().ask("connections")[0]["session"], "dev1");
    assert_eq!(server.control().ask("status")["sessions"], 1);
    drop(first);
    wait_until("the session to be offline", || {
        (session(&server)["state"] == "offline").then_some(())
    });

    let mut second = server.connect();
    let resumed = second.ask(HELLO, b"dev1\0not looked at").data;
    assert_eq!((&resumed[..12], resumed[12]), (&opened[..12], 1), "the same session, resumed");

    let mut third = server.connect();
    assert_eq!(third.ask(HELLO, b"dev1").data, resumed);
    assert_eq!(second.receive_rest(), b"", "the older connection is closed in good order");
    assert_eq!(third.ask(ECHO, b"here").data, b"here");
    let row = session(&server);
    assert_eq!((&row["client"], &row["resumed"]), (&json!("dev1"), &json!(2)));

    let kicked = server.control().request(&json!({ "verb": "kick", "id": "dev1" })).unwrap();
    assert_eq!(kicked["connection"], row["connection"]);
    assert_eq!(third.receive_rest(), b"");
    assert_eq!(server.control().ask("sessions"), json!([]));
    let nobody = server.control().request(&json!({ "verb": "kick", "id": "dev1" })).unwrap_err();
    assert_eq!(nobody["code"], "HF0512");
    assert_eq!(server.stop(), Some(0));
}

#[test]
fn without_takeover_the_second_client_is_refused() {
    let server = serve("takeover = false");
    let (mut first, mut second) = (server.connect(), server.connect());
    assert_eq!(first.ask(HELLO, b"dev1").error_code(), None);
    assert_eq!(second.ask(HELLO, b"dev1").error_code(), Some(1009));
    assert_eq!(second.ask(HELLO, b"dev2").error_code(), None);
    assert_eq!(first.ask(ECHO, b"still here").data, b"still here");
    // However often it tries, that is told of once, and then how often.
    for _ in 0..50 {
        assert_eq!(second.ask(HELLO, b"dev1").error_code(), Some(1009));
    }
    first.send(b"no frame");
    // The log names the status beside each code.
    for (code, status) in [(1009, "CONFLICT"), (1010, "BAD_CRC")] {
        let told = server.log().wait_for(0, status, |record| record.field("code") == code);
        assert_eq!(told.field("status"), status);
    }
    let lines = server.log().all(|record| record.field("code") == 1009);
    assert!(lines.len() < 10, "{} lines", lines.len());
}

#[test]
fn silence_is_probed_and_whoever_answers_stays() {
    let server = serve("idle_after = \"200ms\"\nprobe_timeout = \"1s\"");
    let (mut lively, mut silent) = (server.connect(), server.connect());
    silent.ask(HELLO, b"silent");
    let answer = frame(0, Word::new(Kind::Reply, PING), b"");
    for _ in 0..3 {
        let probe = lively.receive().expect("a probe");
        assert_eq!((probe.address, probe.command), (0, Word::new(Kind::Request, PING)));
        lively.send(&answer);
    }
    let probe = silent.receive().expect("a probe");
    assert_eq!(probe.command.number(), PING);
    let mut probes = 0;
    wait_until("the silent one to be closed", || {
        // The lively one must not fall silent meanwhile.
        lively.receive()?;
        lively.send(&answer);
        probes += 1;
        (session(&server)["state"] == "offline").then_some(())
    });
    assert!(probes > 0);
    assert_eq!(silent.receive_rest(), b"");
    server.log().wait_for(0, "the reason in the log", |record| {
        record.message() == "connection closed" && record.field("reason") == "unresponsive"
    });
    lively.send(&answer);
}

#[test]
fn the_command_line_says_hello_first() {
    let server = serve("idle_after = \"1s\"");
    let program = hotframe_tests::built().join("hotframe");
    let Endpoint::Tcp(address) = server.tcp() else { panic!("the first listener is TCP") };
    let to = format!("tcp://{address}");
    let sent = Command::new(program)
        .args(["send", "0x0100", "hi", "--hello", "dev1", "--to", &to])
        .output()
        .unwrap();
    assert_eq!(sent.status.code(), Some(0), "{sent:?}");
    assert!(String::from_utf8_lossy(&sent.stdout).contains("\"hi\""), "{sent:?}");
    wait_until("the session to be offline", || {
        (session(&server)["state"] == "offline").then_some(())
    });
    assert_eq!(session(&server)["client"], "dev1");
}
