//! A disk that is full, by a bound on the size of files: nothing can be written, and nobody who is
//! served notices.

use hotframe_tests::{Fixture, Ledger, Server, Swap, wait_until};
use rustix::process::{Pid, Resource, Rlimit, prlimit};
use serde_json::json;

const STAMP: u16 = 0x0200;

#[test]
fn the_version_before_serves_on_until_there_is_room_for_the_next() {
    let setup = Server::setup().settings("probation = \"200ms\"\n");
    let setup = setup.plugin("stamp.so", &Fixture::stamp(1).bytes).shipped("kv");
    let setup = setup.settings("[plugins.policy.kv]\npersist_state = true\n");
    let server = setup.route("0x0200 = \"stamp.stamp\"").start();
    let ledger = Ledger::open(server.endpoints(), 4, STAMP, false);
    let id = i32::try_from(server.id()).ok().and_then(Pid::from_raw);
    let bound = |current| prlimit(id, Resource::Fsize, Rlimit { current, maximum: None }).unwrap();
    bound(Some(0));
    server.drop_plugin("stamp.so", &Fixture::stamp(2).bytes, Swap::Rename);
    let row = || server.control().plugin("stamp").unwrap();
    let refused =
        wait_until("it to be refused", || Some(row()).filter(|row| !row["reason"].is_null()));
    assert_eq!((&refused["version"], &refused["state"]), (&json!("1"), &json!("active")));
    let reason = refused["reason"].to_string();
    assert!(reason.contains("File too large"), "{reason}");
    bound(None);
    server.control().request(&json!({"verb": "reload", "plugin": "stamp"})).unwrap();
    wait_until("the next one to serve", || (row()["version"] == "2").then_some(()));
    let books = ledger.close();
    assert!(books.requests > 0);
    // What was to be kept at the end is told to be lost, and the end is a good one.
    bound(Some(0));
    let log = server.log().clone();
    assert_eq!(server.stop(), Some(0));
    assert!(!log.all(|line| line.says("its state is not kept")).is_empty(), "{}", log.text());
}
