//! A version with state that fails is gone back from, and what it has changed is not lost; where it
//! cannot be handed back, the version before serves on with what it had, and that is said.

use hotframe_protocol::Kind;
use hotframe_tests::{Fixture, Record, Server, Swap, Wire, wait_until};
use serde_json::json;

const ADD: u16 = 0x0200;
const MAY_FAIL: u16 = 0x0202;

/// A macro, and what it stands for.
type Define = (&'static str, &'static str);

fn keeper(defines: &[Define]) -> Vec<u8> {
    Fixture::compile("keeper.c", defines).bytes
}

fn serve(first: &[Define], settings: &str) -> Server {
    let setup = Server::setup().settings(&format!("probation = \"1h\"\n{settings}"));
    let setup = setup.route("0x0200 = \"keeper.add\"").route("0x0202 = \"keeper.may_fail\"");
    setup.plugin("keeper.so", &keeper(first)).http().start()
}

/// Version, generation and count, as an addition answers.
fn add(wire: &mut Wire, number: u8) -> (u8, u64, u64) {
    let reply = wire.ask(ADD, &[number]);
    assert_eq!(reply.command.kind(), Kind::Reply, "{reply:?}");
    let number = |at: usize| u64::from_be_bytes(reply.data[at..at + 8].try_into().unwrap());
    (reply.data[0], number(1), number(9))
}

/// Puts a failing version in place, and waits until it serves.
fn replace(server: &Server, wire: &mut Wire, defines: &[Define]) {
    server.drop_plugin("keeper.so", &keeper(defines), Swap::Rename);
    let version = defines.iter().find(|(name, _)| *name == "VERSION").unwrap().1;
    wait_until("the version to serve", || (add(wire, 0).0.to_string() == version).then_some(()));
}

/// Lets it fail until the version before serves.
fn fail(wire: &mut Wire) {
    wait_until("the version before", || {
        let _answer = wire.ask(MAY_FAIL, b"");
        (add(wire, 0).0 == 1).then_some(())
    });
}

fn is(code: &str) -> impl Fn(&Record) -> bool {
    move |record| record.field("code") == code
}

#[test]
fn what_a_failing_version_has_changed_is_there_when_it_is_gone_back_from() {
    let server = serve(&[], "");
    let mut wire = server.connect();
    let first = add(&mut wire, 5);
    let failing = [("VERSION", "2"), ("STATE_MAX", "2"), ("FAILS", "1")];
    replace(&server, &mut wire, &failing);
    let second = add(&mut wire, 7);
    assert_eq!((first.2, second.2), (5, 12));
    fail(&mut wire);
    let third = add(&mut wire, 1);
    assert_eq!((third.0, third.2), (1, 13));
    assert!(third.1 > second.1, "it is a fresh instance");
    let line = server.log().wait_for(0, "the way back", is("HF0261"));
    assert!(line.says("version 1 serves again"), "{line:?}");
    assert!(server.log().all(is("HF0270")).is_empty());
    let row = wait_until("the others to be gone", || {
        let row = server.control().plugin("keeper").unwrap();
        (row["resident_generations"] == 1).then_some(row)
    });
    assert_eq!((&row["state"], &row["version"]), (&"active".into(), &"1".into()));
    assert!(row["reason"].as_str().unwrap().contains("switched back from"), "{row}");
    assert!(server.http().get("/metrics").body.contains("switched_back_total 1\n"));
    // What is mended goes on from there.
    replace(&server, &mut wire, &[("VERSION", "3"), ("STATE_MAX", "2")]);
    assert_eq!(add(&mut wire, 1).2, 14);
    assert_eq!(server.control().plugin("keeper").unwrap()["reason"], json!(null));
    drop(wire);
    assert_eq!(server.stop(), Some(0));
}

#[test]
fn where_state_cannot_go_back_the_version_before_goes_on_with_its_own() {
    let fresh = "[plugins.policy.keeper]\non_state_mismatch = \"fresh\"\n";
    let table: [(&[Define], &[Define], &str, &str); 4] = [
        (&[], &[("SAVE_FAILS", "1")], "", "cannot say what it has"),
        (&[("LOAD_FAILS", "1")], &[], "", "makes nothing of that"),
        (&[("STATE_MAX", "2")], &[("STATE_MIN", "3")], fresh, "versions 1 to 2"),
        (&[], &[("NO_STATE", "1")], fresh, ""),
    ];
    for (first, failing, settings, words) in table {
        let server = serve(first, settings);
        let mut wire = server.connect();
        assert_eq!(add(&mut wire, 5).2, 5);
        let failing = [failing, &[("VERSION", "2"), ("STATE_MAX", "3"), ("FAILS", "1")]].concat();
        replace(&server, &mut wire, &failing);
        add(&mut wire, 7);
        fail(&mut wire);
        let (version, _, count) = add(&mut wire, 1);
        assert_eq!((version, count), (1, 6), "{words}");
        server.log().wait_for(0, "the way back", is("HF0261"));
        let row = server.control().plugin("keeper").unwrap();
        assert_eq!((&row["state"], &row["version"]), (&"active".into(), &"1".into()));
        if !words.is_empty() {
            let lost = server.log().wait_for(0, "what is lost", is("HF0270"));
            assert!(lost.says(words), "{lost:?}");
        }
        // It can be replaced as ever.
        replace(&server, &mut wire, &[("VERSION", "4"), ("STATE_MAX", "3")]);
        drop(wire);
        assert_eq!(server.stop(), Some(0));
    }
}

#[test]
fn a_version_that_ends_the_server_when_it_hands_back_is_named_and_set_aside() {
    let server = serve(&[], "");
    let mut wire = server.connect();
    add(&mut wire, 5);
    let failing = [("VERSION", "2"), ("FAILS", "1"), ("SAVE_CRASHES", "1")];
    replace(&server, &mut wire, &failing);
    (0..10).for_each(|_| wire.send(&hotframe_tests::request(MAY_FAIL, b"")));
    let server = server.again();
    let named = server.log().wait_for(0, "the culprit", is("HF0264"));
    assert!(named.says("SIGABRT in save_state"), "{named:?}");
    assert_eq!(server.control().plugin("keeper").unwrap()["state"], "quarantined");
    assert_eq!(server.stop(), Some(0));
}

#[test]
fn the_operator_goes_back_with_the_state_too() {
    let server = serve(&[], "");
    let mut wire = server.connect();
    let roll_back = || {
        let wish = json!({ "verb": "rollback", "plugin": "keeper" });
        server.control().request(&wish).unwrap()
    };
    add(&mut wire, 5);
    replace(&server, &mut wire, &[("VERSION", "2"), ("STATE_MAX", "2")]);
    assert_eq!(add(&mut wire, 7).2, 12);
    let row = roll_back();
    assert_eq!((&row["version"], &row["state"]), (&"1".into(), &"active".into()), "{row}");
    assert_eq!(add(&mut wire, 1).2, 13);
    // One that cannot hand anything back is gone back from all the same.
    replace(&server, &mut wire, &[("VERSION", "3"), ("SAVE_FAILS", "1")]);
    assert_eq!(add(&mut wire, 7).2, 20);
    let row = roll_back();
    assert_eq!(row["version"], "1", "{row}");
    assert!(row["reason"].as_str().unwrap().contains("HF0270"), "{row}");
    assert_eq!(add(&mut wire, 1).2, 14, "what it had when it was replaced");
    drop(wire);
    assert_eq!(server.stop(), Some(0));
}
