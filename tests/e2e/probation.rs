//! A new version that fails is gone back from under load: nothing is lost, and it is remembered.

use std::fs;

use hotframe_tests::{Fixture, Ledger, Server, Stamp, Swap, Wire, scale, wait_until};
use serde_json::json;

const STAMP: u16 = 0x0200;
const MAY_FAIL: u16 = 0x0201;

fn failing(version: u16) -> Fixture {
    Fixture::compile("stamp.c", &[("VERSION", &version.to_string()), ("FAILS", "1")])
}

fn serve() -> Server {
    let setup = Server::setup().route("0x0200 = \"stamp.stamp\"");
    let setup = setup.route("0x0201 = \"stamp.may_fail\"").settings("probation = \"1h\"\n").http();
    setup.plugin("stamp.so", &Fixture::stamp(1).bytes).start()
}

fn version(wire: &mut Wire) -> u16 {
    Stamp::split(&wire.ask(STAMP, b"").data).unwrap().0.version
}

#[test]
fn a_failing_version_is_gone_back_from_without_a_lost_reply() {
    let server = serve();
    let ledger =
        Ledger::open(server.endpoints(), scale("HOTFRAME_E2E_CONNECTIONS", 4), STAMP, true);
    let mut wire = server.connect();
    let rounds = scale("HOTFRAME_E2E_ROUNDS", 3);
    for round in 0..rounds {
        let bad = u16::try_from(round + 2).unwrap();
        server.drop_plugin("stamp.so", &failing(bad).bytes, Swap::Rename);
        wait_until("the failing version", || (version(&mut wire) == bad).then_some(()));
        wait_until("the version before", || {
            let _answer = wire.ask(MAY_FAIL, b"");
            (version(&mut wire) == 1).then_some(())
        });
        assert_eq!(wire.ask(MAY_FAIL, b"").error_code(), None);
    }
    let books = ledger.close();
    assert!(books.versions().contains(&1), "{:?}", books.versions());
    let row = wait_until("the last failed generation to be unloaded", || {
        let row = server.control().plugin("stamp").unwrap();
        (row["resident_generations"] == 1).then_some(row)
    });
    assert_eq!((&row["state"], &row["version"]), (&"active".into(), &"1".into()));
    assert!(row["reason"].as_str().unwrap().contains("switched back from"), "{row}");
    let metrics = server.http().get("/metrics").body;
    let told = format!("hotframe_plugin_switched_back_total {rounds}");
    assert!(metrics.contains(&told), "{told}");
    assert!(metrics.contains("hotframe_plugin_refusals_total 0"), "every file was taken");
    let refused = server.log().all(|line| line.field("code") == "HF0260");
    assert!(refused.is_empty(), "{refused:?}");
    assert_eq!(server.stop(), Some(0));
}

#[test]
fn the_operator_switches_a_plugin_back_off_and_on() {
    let server = serve();
    let mut wire = server.connect();
    server.drop_plugin("stamp.so", &Fixture::stamp(2).bytes, Swap::Rename);
    wait_until("the second version", || (version(&mut wire) == 2).then_some(()));
    let ask = |verb: &str, plugin: &str| {
        server.control().request(&json!({ "verb": verb, "plugin": plugin }))
    };
    let back = ask("rollback", "stamp").unwrap();
    assert_eq!((&back["version"], &back["state"]), (&"1".into(), &"active".into()));
    assert_eq!(version(&mut wire), 1);
    // What was in memory is used up, and nothing was proven yet.
    let refused = ask("rollback", "stamp").unwrap_err();
    assert_eq!(
        (&refused["code"], &refused["errors"][0]["code"]),
        (&"HF0520".into(), &"HF0263".into())
    );
    let reason = &server.control().plugin("stamp").unwrap()["reason"];
    assert!(reason.as_str().unwrap().contains("HF0260"), "not what failed to be done: {reason}");
    let refused = &server.control().ask("overview")["totals"]["plugin_refusals"];
    assert_eq!(refused, 0, "what was gone back from was not refused, it served");
    assert_eq!(ask("disable", "stamp").unwrap()["state"], "disabled");
    assert_eq!(wire.ask(STAMP, b"").error_code(), Some(2005));
    // What is set aside stays so, and nothing that was proven is there to stand in.
    let held = ask("enable", "stamp").unwrap_err();
    assert_eq!((&held["code"], &held["errors"][0]["code"]), (&"HF0520".into(), &"HF0260".into()));
    server.control().request(&json!({ "verb": "reload", "plugin": "stamp" })).unwrap();
    assert_eq!(version(&mut wire), 2, "what the file holds");
    assert_eq!(ask("disable", "builtin").unwrap_err()["code"], "HF0521");
    assert_eq!(ask("rollback", "nobody").unwrap_err()["code"], "HF0508");
    assert_eq!(server.stop(), Some(0));
}

/// Whether a version has stood its probation, so that a copy of it is there to go back to.
pub(super) fn proven(server: &Server) -> Option<()> {
    let kept = fs::read_dir(server.folder().join("run/kept/stamp")).ok()?;
    let mut names = kept.flatten().map(|entry| entry.file_name());
    names.any(|name| name.to_string_lossy().starts_with("current")).then_some(())
}

#[test]
fn what_was_rolled_back_does_not_come_back_with_enable() {
    let setup =
        Server::setup().route("0x0200 = \"stamp.stamp\"").settings("probation = \"50ms\"\n");
    let server = setup.plugin("stamp.so", &Fixture::stamp(1).bytes).start();
    let mut wire = server.connect();
    wait_until("the first version to be proven", || proven(&server));
    server.drop_plugin("stamp.so", &Fixture::stamp(2).bytes, Swap::Rename);
    wait_until("the second version", || (version(&mut wire) == 2).then_some(()));
    let ask =
        |verb: &str| server.control().request(&json!({ "verb": verb, "plugin": "stamp" })).unwrap();
    for verb in ["rollback", "disable", "enable"] {
        let _done = ask(verb);
    }
    assert_eq!(version(&mut wire), 1);
    let row = ask("enable");
    assert_eq!((&row["version"], &row["state"]), (&"1".into(), &"active".into()));
    assert!(row["reason"].as_str().unwrap().contains("hotframe ctl reload"), "{row}");
    let generation = server.control().plugin("stamp").unwrap()["generation"].clone();
    assert_eq!(ask("enable")["generation"], generation, "it serves as it is");
    assert_eq!(server.stop(), Some(0));
}
