//! A plugin comes into a running server, and goes.

use std::fs;

use hotframe_protocol::Kind;
use hotframe_tests::{Fixture, Server, Stamp, Swap, Wire, wait_until};

const STAMP: u16 = 0x0200;
const ROUTE: &str = "0x0200 = \"stamp.stamp\"";

/// The version that answers, or the code of the error.
fn version(wire: &mut Wire) -> Result<u16, u16> {
    let reply = wire.ask(STAMP, b"");
    match reply.command.kind() {
        Kind::Reply => Ok(Stamp::split(&reply.data).unwrap().0.version),
        _ => Err(reply.error_code().unwrap()),
    }
}

/// Asks until the answer is `wanted`.
fn until(wire: &mut Wire, wanted: Result<u16, u16>) {
    wait_until("the answer to change", || (version(wire) == wanted).then_some(()));
}

#[test]
fn a_plugin_dropped_into_the_folder_answers() {
    let server = Server::setup().route(ROUTE).start();
    let mut wire = server.connect();
    assert_eq!(version(&mut wire), Err(2005), "its route is there, its plugin is not");
    assert_eq!(server.control().route("0x0200").unwrap()["state"], "missing");

    server.drop_plugin("stamp.so", &Fixture::stamp(7).bytes, Swap::Rename);
    until(&mut wire, Ok(7));
    let row = server.control().plugin("stamp").unwrap();
    assert_eq!((&row["state"], &row["version"]), (&"active".into(), &"7".into()));
    assert_eq!(server.control().route("0x0200").unwrap()["state"], "ok");
}

#[test]
fn a_removed_plugin_serves_on_by_default() {
    let setup = Server::setup().route(ROUTE).plugin("stamp.so", &Fixture::stamp(1).bytes);
    let server = setup.start();
    let mut wire = server.connect();
    assert_eq!(version(&mut wire), Ok(1));
    let mark = server.log().mark();
    fs::remove_file(server.folder().join("plugins/stamp.so")).unwrap();
    server.log().wait_for(mark, "a word about the removed file", |line| line.says("stamp.so"));
    assert_eq!(version(&mut wire), Ok(1));
    assert_eq!(server.control().plugin("stamp").unwrap()["state"], "active");
}

#[test]
fn a_removed_plugin_is_unloaded_where_that_is_asked_for() {
    let setup = Server::setup().route(ROUTE).plugin("stamp.so", &Fixture::stamp(1).bytes);
    let server = setup.settings("on_remove = \"unload\"\n").start();
    let mut wire = server.connect();
    assert_eq!(version(&mut wire), Ok(1));
    fs::remove_file(server.folder().join("plugins/stamp.so")).unwrap();
    until(&mut wire, Err(2005));
    server.drop_plugin("stamp.so", &Fixture::stamp(2).bytes, Swap::Rename);
    until(&mut wire, Ok(2));
}

#[test]
fn one_reload_by_the_operator_takes_the_file_as_it_is() {
    let setup = Server::setup().route(ROUTE).plugin("stamp.so", &Fixture::stamp(1).bytes);
    let server = setup.start();
    let mut wire = server.connect();
    assert_eq!(version(&mut wire), Ok(1));
    let before = Stamp::split(&wire.ask(STAMP, b"").data).unwrap().0;
    let request = serde_json::json!({ "verb": "reload", "plugin": "stamp" });
    server.control().request(&request).expect("the plugin is there to be loaded again");
    let after = wait_until("another instance", || {
        let stamp = Stamp::split(&wire.ask(STAMP, b"").data).unwrap().0;
        (stamp != before).then_some(stamp)
    });
    assert_eq!(after.version, 1);
}
