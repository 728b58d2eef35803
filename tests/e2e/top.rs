//! The live view's facts, as far as they can be had without a terminal.

use std::process::{Command, Output};

use hotframe_tests::{Fixture, Folder, Server, Swap, built};
use serde_json::Value;

fn top(server: &Server, args: &[&str]) -> Output {
    let mut command = Command::new(built().join("hotframe"));
    command.arg("top").args(args).arg("--control").arg(server.folder().join("run/hotframe.sock"));
    command.output().unwrap()
}

#[test]
fn one_screen_and_one_look_tell_what_the_server_does() {
    let server = Server::setup().shipped("echo").route("0x0100 = \"echo.echo\"").start();
    let mut wire = server.connect();
    for _ in 0..100 {
        assert_eq!(wire.ask(0x0100, b"x").data, b"x");
    }
    let screen = top(&server, &["--once", "--ascii", "--interval", "100"]);
    let text = String::from_utf8(screen.stdout).unwrap();
    assert!(screen.status.success(), "{text}");
    for told in ["running", "frames/s", "turn time", "1 active", "echo", "builtin"] {
        assert!(text.contains(told), "{told}: {text}");
    }
    assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");

    let look = top(&server, &["--once", "--json", "--interval", "100"]);
    assert!(look.status.success());
    let look: Value = serde_json::from_slice(&look.stdout).unwrap();
    assert_eq!(look["status"]["frames_in"], 100);
    assert_eq!(look["routes"][0]["calls"], 100);
    assert_eq!(look["rates"]["frames_in_per_s"], 0.0, "nobody asked in between");
    assert!(look["turns"]["count"].as_u64().unwrap() >= 100);
}

#[test]
fn looks_go_on_and_see_a_reload() {
    let fixture = Fixture::stamp(1);
    let server = Server::setup().plugin("stamp.so", &fixture.bytes).start();
    let generation = |look: &Value| {
        let rows = look["plugins"].as_array().unwrap();
        let row = rows.iter().find(|row| row["name"] == "stamp").unwrap();
        row["generation"].as_u64().unwrap()
    };
    let look = || -> Value {
        let output = top(&server, &["--once", "--json", "--interval", "100"]);
        serde_json::from_slice(&output.stdout).unwrap()
    };
    let before = generation(&look());
    server.folder().replace("plugins/stamp.so", &Fixture::stamp(2).bytes, Swap::Rename);
    hotframe_tests::wait_until("top to see the reload", || {
        (generation(&look()) > before).then_some(())
    });
}

#[test]
fn without_a_server_it_says_so() {
    let folder = Folder::default();
    let mut command = Command::new(built().join("hotframe"));
    command.args(["top", "--control"]).arg(folder.join("nothing.sock"));
    let output = command.output().unwrap();
    assert_eq!(output.status.code(), Some(69));
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(text.contains("no server answers") && text.contains("help"), "{text}");
}
