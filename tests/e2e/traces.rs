//! One request, found by one name wherever it left a trace.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use hotframe_tests::{Fixture, Process, Record, Server, Wire, built, request, wait_until};
use serde_json::{Value, json};

const NOW: u16 = 0x0200;
const LATER: u16 = 0x0201;
const BLOCK: u16 = 0x0202;

/// A server with the plugin that tells its requests' ids, with these lines in `[log]`.
fn serve(log: &str) -> Server {
    let plugin = Fixture::compile("traced.c", &[]);
    let setup = Server::setup().plugin("traced.so", &plugin.bytes).log(log);
    let setup = setup.route("0x0200 = \"traced.now\"").route("0x0201 = \"traced.later\"");
    setup.route("0x0202 = \"traced.block\"").start()
}

/// The id that a plugin answered with, as text.
fn id_of(data: &[u8]) -> String {
    assert_eq!(data.len(), 16);
    data.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn access_line(server: &Server, id: &str) -> Record {
    server.log().wait_for(0, "the access line", |line| {
        line.field("target") == "access" && line.field("trace_id") == id
    })
}

fn plugin_line(server: &Server, id: &str, message: &str) -> Record {
    server.log().wait_for(0, "the plugin's line", |line| {
        line.message() == message && line.field("trace_id") == id
    })
}

#[test]
fn one_id_finds_the_access_line_and_the_plugins_own() {
    let server = serve("access = 1.0\n");
    let mut wire = server.connect();
    let now = id_of(&wire.ask(NOW, b"x").data);
    let line = access_line(&server, &now);
    assert_eq!(line.message(), "replied");
    for (key, value) in [("command", "0x0200"), ("plugin", "traced"), ("handler", "traced.now")] {
        assert_eq!(line.field(key), value);
    }
    assert_eq!((line.field("address"), line.field("kind")), (&1.into(), &"request".into()));
    assert!(line.field("peer").as_str().unwrap().starts_with("127.0.0.1:"));
    assert!(line.field("duration_us").is_u64() && line.field("connection").is_u64());
    assert!(line.field("data_hex").is_null(), "payloads are for the level trace");
    assert_eq!(plugin_line(&server, &now, "asked now").field("plugin"), "traced");

    let later = id_of(&wire.ask(LATER, b"").data);
    assert_ne!(later, now);
    plugin_line(&server, &later, "asked for later");
    assert_eq!(access_line(&server, &later).field("handler"), "traced.later");

    assert_eq!(wire.ask(0x0300, b"").error_code(), Some(1004));
    let refused = |line: &Record| line.field("code") == 1004;
    let refused = server.log().wait_for(0, "the line of the refusal", refused);
    assert_eq!((refused.message(), refused.field("handler")), ("failed", &serde_json::Value::Null));
    assert_eq!(server.stop(), Some(0));
}

#[test]
fn how_long_it_took_is_told_of_those_that_block_the_loop_too() {
    let server = serve("access = 1.0\n");
    let mut wire = server.connect();
    assert_eq!(wire.ask(BLOCK, &[20]).data, b"");
    let blocked = |line: &Record| line.field("handler") == "traced.block";
    let line = server.log().wait_for(0, "the line of what blocked", blocked);
    assert!(line.field("duration_us").as_u64().unwrap() >= 20_000, "{line:?}");
}

#[test]
fn a_share_of_the_requests_has_lines() {
    let server = serve("access = 0.25\n");
    let mut wire = server.connect();
    for _ in 0..400 {
        wire.ask(NOW, b"");
    }
    let lines = |server: &Server| server.log().all(|line| line.field("target") == "access").len();
    wait_until("a quarter of the lines", || (99..=101).contains(&lines(&server)).then_some(()));
    assert_eq!(server.stop(), Some(0));
}

fn payload_line(server: &Server, wire: &mut Wire, command: u16, data: &[u8]) -> Record {
    let mark = server.log().mark();
    wire.send(&request(command, data));
    wire.receive().unwrap();
    let command = format!("0x{command:04X}");
    let is_it = |line: &Record| line.field("command") == command.as_str();
    server.log().wait_for(mark, "the access line", is_it)
}

#[test]
fn payloads_are_shown_at_trace_and_never_those_that_are_redacted() {
    let server = serve("access = 1.0\nlevel = \"trace\"\nredact = [0x0202]\n");
    let mut wire = server.connect();
    let shown = payload_line(&server, &mut wire, NOW, b"\x01secret");
    assert_eq!(shown.field("data_hex"), "01736563726574");
    assert_eq!(shown.field("reply_hex").as_str().unwrap().len(), 32);
    assert!(payload_line(&server, &mut wire, BLOCK, b"secret").field("data_hex").is_null());
    assert!(payload_line(&server, &mut wire, 0x0001, b"secret").field("data_hex").is_null());
    assert_eq!(server.stop(), Some(0));
}

/// So many lines that `hotframe ctl tap` prints while `meanwhile` runs, and until it ends.
fn tapped(server: &Server, args: &[&str], lines: usize, meanwhile: impl FnOnce()) -> Vec<Value> {
    let args = [&["ctl", "tap", "--json"], args].concat();
    let mut tap = Process::start(&built().join("hotframe"), &args, server.folder().path());
    server.log().wait_for(0, "the tap to listen", |line| line.message() == "a tap listens");
    meanwhile();
    assert!(tap.wait().success(), "{}", tap.log().text());
    wait_until("its lines", || (tap.log().mark() >= lines).then_some(()));
    tap.log().all(|_| true).iter().map(Record::json).collect()
}

#[test]
fn a_tap_shows_what_passes_under_the_name_that_the_log_and_the_plugin_use() {
    let server = serve("access = 1.0\nredact = [0x0202]\n");
    let mut wire = server.connect();
    let mut ids = Vec::new();
    let rows = tapped(&server, &["-n", "4"], 4, || {
        ids.push(id_of(&wire.ask(NOW, b"\x01\xff").data));
        ids.push(id_of(&wire.ask(LATER, b"").data));
        wire.ask(BLOCK, b"");
    });
    let told: Vec<_> =
        rows.iter().map(|row| (&row["command"], &row["end"], &row["late"])).collect();
    let expected = [
        ("0x0200", "replied", false),
        ("0x0201", "deferred", false),
        ("0x0201", "replied", true),
        ("0x0202", "replied", false),
    ];
    let expected = expected.map(|(a, b, c)| (Value::from(a), Value::from(b), Value::from(c)));
    assert_eq!(told, expected.iter().map(|(a, b, c)| (a, b, c)).collect::<Vec<_>>());
    assert_eq!(
        (&rows[0]["data_hex"], &rows[0]["trace_id"]),
        (&"01ff".into(), &ids[0].clone().into())
    );
    assert_eq!(rows[0]["reply_hex"], ids[0].as_str());
    for row in &rows[1..3] {
        assert_eq!(row["trace_id"], ids[1].as_str());
    }
    assert_eq!((&rows[3]["data_hex"], &rows[3]["redacted"]), (&Value::Null, &true.into()));
    access_line(&server, &ids[1]);
    plugin_line(&server, &ids[1], "asked for later");
    let noted = |line: &Record| line.field("verb") == "tap";
    let noted = server.log().wait_for(0, "who tapped", noted);
    assert!(noted.field("uid").is_u64() && noted.field("pid").is_u64());
    assert_eq!(server.stop(), Some(0));
}

#[test]
fn a_tap_of_one_command_shows_no_other_and_ends_with_the_server() {
    let server = serve("");
    let mut wire = server.connect();
    let rows = tapped(&server, &["traced.block"], 2, || {
        wire.ask(NOW, b"");
        wire.ask(BLOCK, b"\x01");
        server.signal(rustix::process::Signal::TERM);
    });
    assert_eq!(rows[0]["handler"], "traced.block");
    assert_eq!(rows[1], json!({ "end": "the server stops" }));
    assert_eq!(server.wait(), Some(0));
}

/// The row of the one request that blocked the loop.
fn slow_row(server: &Server) -> Value {
    let slow = wait_until("the slow one", || {
        let rows = server.control().ask("slowlog");
        let row = rows.as_array().unwrap().iter().find(|row| row["handler"] == "traced.block");
        row.cloned()
    });
    assert_eq!((&slow["command"], &slow["address"]), (&"0x0202".into(), &1.into()), "{slow}");
    assert_eq!((&slow["late"], &slow["data_hex"]), (&false.into(), &Value::Null));
    assert!(slow["peer"].as_str().unwrap().starts_with("127.0.0.1:"), "{slow}");
    slow
}

#[test]
fn the_first_request_that_blocks_is_kept() {
    let server = serve("");
    let mut wire = server.connect();
    wire.ask(BLOCK, &[30]);
    let slow = slow_row(&server);
    assert!(slow["duration_us"].as_u64().unwrap() >= 30_000, "{slow}");
    assert_eq!((&slow["end"], &slow["among"]), (&"replied".into(), &1.into()));
    assert_eq!(server.stop(), Some(0));
}

#[test]
fn the_first_request_that_blocks_among_many_is_kept_though_nobody_timed_it() {
    let server = serve("");
    let (mut wire, mut other) = (server.connect(), server.connect());
    for _ in 0..3 {
        let many = request(NOW, b"").repeat(1_000);
        wire.send(&many);
        (0..1_000).for_each(|_| drop(wire.receive().unwrap()));
    }
    other.ask(BLOCK, &[30]);
    // Where the test was held up meanwhile it was calm again, and the request was timed.
    let slow = slow_row(&server);
    assert!(slow["duration_us"].as_u64().unwrap() >= 20_000, "{slow}");
    let is_told = slow["end"] == "unseen" || slow["end"] == "replied";
    assert!(is_told && slow["among"] == 1, "{slow}");
    assert_eq!(server.stop(), Some(0));
}

#[test]
fn the_level_changes_while_it_runs_and_an_edit_of_something_else_keeps_it() {
    let server = serve("");
    let ask = |request: Value| server.control().request(&request);
    let debug = json!({ "verb": "log", "level": "debug", "target": "plugin::traced" });
    let levels = ask(debug).unwrap();
    assert_eq!(levels["targets"], json!({ "plugin::traced": "debug" }));
    assert_eq!(ask(json!({ "verb": "log", "level": "warn" })).unwrap()["level"], "warn");
    let mut wire = server.connect();
    let id = id_of(&wire.ask(NOW, b"").data);
    plugin_line(&server, &id, "asked now");
    let mark = server.log().mark();
    server.remap("0x0200 = \"traced.now\"", hotframe_tests::Swap::Rename);
    wait_until("the edit to be live", || {
        (server.control().ask("status")["generation"] != 1).then_some(())
    });
    assert_eq!(server.control().ask("log")["level"], "warn");
    let quiet = server.log().all(|line| line.message().contains("configuration is live"));
    assert!(quiet.is_empty(), "{quiet:?} since {mark}");
    assert_eq!(ask(json!({ "verb": "log", "level": "default" })).unwrap()["level"], "info");
    let error = ask(json!({ "verb": "log", "level": "loud" })).unwrap_err();
    assert_eq!(error["code"], "HF0526");
    assert_eq!(server.stop(), Some(0));
}

#[test]
fn who_taps_a_name_that_nobody_has_is_told_and_waits() {
    let server = serve("");
    let mut command = Command::new(built().join("hotframe"));
    command.args(["ctl", "tap", "traced.nwo", "--control"]);
    command.arg(server.folder().join("run/hotframe.sock")).stderr(Stdio::piped());
    let mut tap = command.stdout(Stdio::null()).spawn().unwrap();
    let mut told = String::new();
    BufReader::new(tap.stderr.take().unwrap()).read_line(&mut told).unwrap();
    assert!(told.contains("`traced.nwo`") && told.contains("plugins here: "), "{told}");
    assert_eq!(server.stop(), Some(0));
    tap.wait().unwrap();
}
