//! What is counted of each handler: in `ctl plugins`, in `/metrics`, and over a reload.

use hotframe_tests::{Fixture, Scrape, Server, Swap, request, wait_until};
use serde_json::Value;

const STAMP: u16 = 0x0200;
const MAY_FAIL: u16 = 0x0201;
const DELAY: u16 = 0x0130;
const HASTY: u16 = 0x0131;

fn handler(server: &Server, plugin: &str, handler: &str) -> Value {
    let row = server.control().plugin(plugin).unwrap();
    let figures = row["handler_figures"].as_array().unwrap();
    figures.iter().find(|row| row["name"] == handler).unwrap().clone()
}

#[test]
fn each_handler_is_counted_over_a_reload_and_some_calls_are_timed() {
    let failing = Fixture::compile("stamp.c", &[("VERSION", "1"), ("FAILS", "1")]);
    let setup = Server::setup().http().settings("probation = \"0s\"\n");
    let setup = setup.route("0x0200 = \"stamp.stamp\"").route("0x0201 = \"stamp.may_fail\"");
    let server = setup.plugin("stamp.so", &failing.bytes).start();
    let mut wire = server.connect();
    for _ in 0..1000 {
        wire.ask(STAMP, b"");
    }
    for _ in 0..3 {
        assert!(wire.ask(MAY_FAIL, b"").error_code().is_some());
    }
    let row = handler(&server, "stamp", "stamp");
    assert_eq!((&row["calls"], &row["errors"]), (&1000.into(), &0.into()), "{row}");
    // The first call, and each behind twice as many as before: 1, 3, 7 and so on up to 511.
    assert_eq!(row["sampled"], 9, "{row}");
    assert!(row["mean_ns"].as_u64() > Some(0) && row["p99_ns"].as_u64() > Some(0), "{row}");
    let row = handler(&server, "stamp", "may_fail");
    assert_eq!((&row["calls"], &row["errors"], &row["panics"]), (&3.into(), &3.into(), &0.into()));

    server.drop_plugin("stamp.so", &Fixture::stamp(2).bytes, Swap::Rename);
    wait_until("the second version", || {
        (server.control().plugin("stamp").unwrap()["version"] == "2").then_some(())
    });
    for _ in 0..1000 {
        wire.ask(STAMP, b"");
    }
    wire.ask(MAY_FAIL, b"");
    assert_eq!(handler(&server, "stamp", "stamp")["calls"], 2000);
    let metrics = Scrape::read(&server.http().get("/metrics").body);
    let value = |name: &str, handler: &str| {
        metrics.value(&format!("hotframe_handler_{name}{{plugin=\"stamp\",handler=\"{handler}\"}}"))
    };
    assert_eq!((value("calls_total", "stamp"), value("errors_total", "stamp")), (2000.0, 0.0));
    assert_eq!((value("calls_total", "may_fail"), value("errors_total", "may_fail")), (4.0, 3.0));
    assert!(value("sampled_seconds_total", "stamp") > 0.0);
    drop(wire);
    assert_eq!(server.stop(), Some(0));
}

#[test]
fn what_is_owed_is_in_flight_until_it_is_answered_or_nobody_waits() {
    let setup = Server::setup().shipped("delay").route("0x0130 = \"delay.echo\"");
    let hasty = "0x0131 = { handler = \"delay.echo\", timeout = \"50ms\" }";
    let server = setup.route(hasty).start();
    let (mut wire, mut hasty) = (server.connect(), server.connect());
    wire.send(&request(DELAY, &1000_u16.to_be_bytes()));
    assert_eq!(hasty.ask(HASTY, &60_000_u16.to_be_bytes()).error_code(), Some(2004));
    wait_until("nobody to wait for one", || {
        (handler(&server, "delay", "echo")["cancelled"] == 1).then_some(())
    });
    assert!(wire.receive().unwrap().error_code().is_none());
    let row = handler(&server, "delay", "echo");
    assert_eq!(
        (&row["in_flight"], &row["errors"], &row["calls"]),
        (&0.into(), &0.into(), &2.into())
    );
    // In Rust, with the SDK's allocator: what it has on the heap is known.
    let heap = server.control().plugin("delay").unwrap()["heap_bytes"].as_u64();
    assert!(heap > Some(0), "{heap:?}");
    drop((wire, hasty));
    assert_eq!(server.stop(), Some(0));
}
