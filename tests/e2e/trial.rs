//! A new version is tried out with the state that it is to go on from: what crashes, ends, hangs or
//! hoards while it takes that over, or begins, does so in a process of its own.

use std::fs;
use std::time::Instant;

use hotframe_protocol::Kind;
use hotframe_tests::{Fixture, Record, Server, Setup, Swap, Wire, request, wait_until};

const ADD: u16 = 0x0200;
const SET: u16 = 0x0101;

/// What a plugin does, the code that it is refused with, and what is said of that.
const WAYS: [(&str, &str, &str); 5] = [
    ("CRASH", "HF0231", "SIGSEGV"),
    ("ABORT", "HF0231", "SIGABRT"),
    ("EXIT", "HF0232", "code 3"),
    ("HOARD", "HF0231", "SIGSEGV"),
    ("HANG", "HF0233", "did not get on"),
];

/// Where, and how the trial calls it.
const PLACES: [(&str, &str); 3] = [
    ("AT_LOAD", "load_state ran, with version 1 of the state"),
    ("AT_START", ": start ran"),
    ("AT_QUIESCE", ": quiesce ran"),
];

/// `keeper.c` with these macros.
fn keeper(defines: &[(&str, &str)]) -> Vec<u8> {
    Fixture::compile("keeper.c", defines).bytes
}

fn setup() -> Setup {
    Server::setup().route("0x0200 = \"keeper.add\"").plugin("keeper.so", &keeper(&[]))
}

/// The version that answers, and its count.
fn add(wire: &mut Wire, number: u8) -> (u8, u64) {
    let reply = wire.ask(ADD, &[number]);
    assert_eq!(reply.command.kind(), Kind::Reply, "{reply:?}");
    (reply.data[0], u64::from_be_bytes(reply.data[9..17].try_into().unwrap()))
}

#[test]
fn what_ends_while_it_takes_over_or_begins_ends_a_process_of_its_own() {
    let mut server = setup().start();
    let mut wire = server.connect();
    let mut count = 0;
    for (place, stage) in PLACES {
        for (act, code, words) in WAYS {
            let defines = [("VERSION", "2"), ("STATE_MAX", "2"), (place, "1"), ("DO", act)];
            let told = || {
                let fits = |line: &Record| line.field("code") == code && line.says(words);
                server.log().all(|line| fits(line) && line.says(stage)).len()
            };
            let before = told();
            server.drop_plugin("keeper.so", &keeper(&defines), Swap::Rename);
            // It serves on while the other is tried out, and what it counts is not lost.
            wait_until("the refusal", || {
                count += 1;
                assert_eq!(add(&mut wire, 1), (1, count), "{place} {act}");
                (told() > before).then_some(())
            });
            assert!(server.is_running(), "{place} {act}");
            let row = server.control().plugin("keeper").unwrap();
            assert!(row["reason"].as_str().unwrap().contains(code), "{row}");
        }
    }
    let good = [("VERSION", "3"), ("STATE_MAX", "2")];
    server.drop_plugin("keeper.so", &keeper(&good), Swap::Rename);
    wait_until("a good version to go on", || {
        count += 1;
        let (version, sum) = add(&mut wire, 1);
        assert_eq!(sum, count);
        (version == 3).then_some(())
    });
    assert_eq!(server.stop(), Some(0));
}

/// The version in the folder ended in its trial, when it was given the state; the server is up.
#[track_caller]
fn is_refused(server: &Server) {
    let line = server.log().wait_for(0, "the refusal", |line| line.field("code") == "HF0231");
    assert!(line.says("load_state ran, with version 1 of the state"), "{line:?}");
    assert_eq!(server.connect().ask(ADD, &[1]).error_code(), Some(2005), "the server is up");
}

/// A good version goes on from the seven that were counted before.
fn goes_on(server: Server) {
    server.drop_plugin("keeper.so", &keeper(&[("VERSION", "3")]), Swap::Rename);
    wait_until("a good version to go on", || {
        let reply = server.connect().ask(ADD, &[1]);
        (reply.command.kind() == Kind::Reply).then(|| assert_eq!(reply.data.last(), Some(&8)))
    });
    assert_eq!(server.stop(), Some(0));
}

#[test]
fn kept_state_is_tried_before_it_is_loaded() {
    let policy = "[plugins.policy.keeper]\npersist_state = true\n";
    let server = setup().settings(policy).start();
    assert_eq!(add(&mut server.connect(), 7), (1, 7));
    let bad = keeper(&[("VERSION", "2"), ("AT_LOAD", "1"), ("DO", "CRASH")]);
    let server = server.restart_after(|folder| {
        fs::write(folder.join("plugins/keeper.so"), &bad).unwrap();
    });
    is_refused(&server);
    assert_eq!(server.control().plugin("keeper").unwrap()["state"], "quarantined");
    goes_on(server);
}

#[test]
fn state_that_comes_from_another_server_is_tried_when_it_is_there() {
    let policy = "[plugins.policy.keeper]\npersist_state = true\n";
    let server = setup().settings(policy).start();
    assert_eq!(add(&mut server.connect(), 7), (1, 7));
    let mine = server.folder().join("a mine");
    let crash = format!("if (access({mine:?}, F_OK) == 0) CRASH");
    let bad = keeper(&[("VERSION", "2"), ("AT_LOAD", "1"), ("DO", &crash)]);
    server.drop_plugin("keeper.so", &bad, Swap::Rename);
    wait_until("the version", || (add(&mut server.connect(), 0) == (2, 7)).then_some(()));
    fs::write(&mine, "").unwrap();
    let (server, _before) = server.take_over();
    is_refused(&server);
    goes_on(server);
}

#[test]
fn of_much_state_the_first_part_is_tried() {
    let setup = Server::setup().shipped("kv").route("0x0101 = \"kv.set\"");
    let server = setup.settings("probation = \"0s\"\n").start();
    let mut wire = server.connect();
    let value = [7; 230];
    let keys = 80_000_u32;
    for first in (0..keys).step_by(500) {
        for key in first..first + 500 {
            let key = key.to_be_bytes();
            let data = [&[4], &key[..], &value[..]].concat();
            wire.send(&request(SET, &data));
        }
        for _ in 0..500 {
            assert_eq!(wire.receive().unwrap().command.kind(), Kind::Reply);
        }
    }
    let begun = Instant::now();
    server.control().request(&serde_json::json!({ "verb": "reload", "plugin": "kv" })).unwrap();
    println!("reloaded with {keys} keys in {:?}", begun.elapsed());
    let told = server.log().wait_for(0, "a word", |line| line.field("code") == "HF0350");
    assert!(told.says("no more than 16 MiB"), "{told:?}");
    server.log().wait_for(0, "all of it", |line| {
        line.says("bytes of state went over") && line.field("bytes").as_u64() > Some(17 << 20)
    });
    assert_eq!(server.stop(), Some(0));
}
