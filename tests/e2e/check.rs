//! `hotframe check` beside a running server: plugin files are judged as at a start, and a file that
//! is refused is not told twice over by the routes that lead to it.

use std::fs;
use std::process::Command;

use hotframe_tests::{Fixture, Server, Stamp, Swap, built, wait_until};
use serde_json::json;

use super::probation::proven;

/// What `check` prints in the server's folder.
fn check(server: &Server) -> String {
    let mut command = Command::new(built().join("hotframe"));
    command.args(["check", "--config", "config/hotframe.toml"]).current_dir(server.folder().path());
    String::from_utf8(command.output().unwrap().stdout).unwrap()
}

#[test]
fn a_refused_file_is_told_once_and_what_was_kept_is_known() {
    let routes = "0x0200 = \"stamp.stamp\"\n0x0201 = \"stamp.stmap\"";
    let settings = "probation = \"50ms\"\n[plugins.policy.stmap]\ntokens = \"fail\"\n";
    let setup = Server::setup().route(routes).settings(settings);
    let server = setup.plugin("libstamp.so", &Fixture::stamp(1).bytes).start();
    let mut wire = server.connect();
    wait_until("the first version to be proven", || proven(&server));
    server.drop_plugin("libstamp.so", &Fixture::stamp(2).bytes, Swap::Rename);
    wait_until("the second version", || {
        let (stamp, _) = Stamp::split(&wire.ask(0x0200, b"").data)?;
        (stamp.version == 2).then_some(())
    });
    let back = json!({ "verb": "rollback", "plugin": "stamp" });
    server.control().request(&back).unwrap();
    wait_until("that to be written down", || {
        let record = server.folder().join("run/plugins.json");
        fs::read_to_string(record).ok()?.contains("rolled").then_some(())
    });
    let told = check(&server);
    assert_eq!(told.matches("HF0260").count(), 1, "{told}");
    assert!(told.contains("back; version 1, which was kept, serves"), "{told}");
    assert_eq!(told.matches("HF0120").count(), 1, "{told}");
    assert!(told.contains("did you mean `stamp.stamp`?"), "{told}");
    assert!(told.contains("HF0330") && told.contains("did you mean `stamp`?"), "{told}");
    assert!(told.contains("judged as at a start"), "{told}");
    // It does not even say whose it is.
    server.drop_plugin("libstamp.so", b"no plugin", Swap::Rename);
    let told = check(&server);
    assert!(told.contains("HF0210") || told.contains("HF0212"), "{told}");
    assert!(!told.contains("HF0120"), "the file is why no handler is there: {told}");
    assert_eq!(Stamp::split(&wire.ask(0x0200, b"").data).unwrap().0.version, 1);
    assert_eq!(server.stop(), Some(0));
}
