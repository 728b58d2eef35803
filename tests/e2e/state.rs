//! State that outlives the plugin's code: over a reload, in either direction, over a restart; and
//! what is refused leaves the old version serving with all that it had.

use std::fs;

use hotframe_protocol::Kind;
use hotframe_tests::{Fixture, Server, Setup, Swap, Wire, request, wait_until};
use serde_json::json;

const ADD: u16 = 0x0200;
const HOLD: u16 = 0x0201;

/// A macro, and what it stands for.
type Define = (&'static str, &'static str);

/// `keeper.c` with these macros.
fn keeper(defines: &[(&str, &str)]) -> Vec<u8> {
    Fixture::compile("keeper.c", defines).bytes
}

fn version(number: &str) -> Vec<u8> {
    keeper(&[("VERSION", number), ("STATE_MAX", number)])
}

fn setup() -> Setup {
    let setup = Server::setup().settings("probation = \"0s\"\n");
    setup.route("0x0200 = \"keeper.add\"").route("0x0201 = \"keeper.hold\"")
}

fn serving(plugin: &[u8]) -> Server {
    setup().plugin("keeper.so", plugin).start()
}

/// What the plugin answered to an addition: its version, its generation and its count.
fn add(wire: &mut Wire, number: u8) -> (u8, u64, u64) {
    let reply = wire.ask(ADD, &[number]);
    assert_eq!(reply.command.kind(), Kind::Reply, "{reply:?}");
    let number = |at: usize| u64::from_be_bytes(reply.data[at..at + 8].try_into().unwrap());
    (reply.data[0], number(1), number(9))
}

/// Puts a version in place and waits until it serves.
fn replace(server: &Server, plugin: &[u8], version: &str) {
    server.drop_plugin("keeper.so", plugin, Swap::Rename);
    wait_until("the version to serve", || {
        let row = server.control().plugin("keeper").unwrap();
        (row["version"] == version && row["state"] == "active").then_some(())
    });
}

#[test]
fn a_newer_and_an_older_version_go_on_where_the_other_was() {
    let server = serving(&version("1"));
    let mut wire = server.connect();
    let first = add(&mut wire, 5);
    assert_eq!((first.0, first.2), (1, 5));
    let mut count = 5;
    for number in ["2", "3", "1", "2"] {
        replace(&server, &version(number), number);
        count += 1;
        let (found, generation, sum) = add(&mut wire, 1);
        assert_eq!((found.to_string().as_str(), sum), (number, count));
        assert!(generation > first.1);
    }
    // The log has a thread of its own, which may be behind.
    wait_until("each that was replaced to be told", || {
        let quiet = server.log().all(|record| record.message() == "quiet");
        (quiet.len() == 4).then_some(())
    });
    assert_eq!(server.stop(), Some(0));
}

#[test]
fn what_cannot_go_on_from_the_state_there_is_is_refused() {
    let server = setup()
        .settings("max_state = \"64KiB\"\n")
        .plugin("keeper.so", &keeper(&[("STATE_MIN", "2"), ("STATE_MAX", "3")]))
        .start();
    let mut wire = server.connect();
    let (version, generation, _) = add(&mut wire, 0);
    let good = [("VERSION", "9"), ("STATE_MAX", "3")];
    let late = ("SPARES_TRIAL", "1");
    let wrong: [(&[Define], &str, &str); 11] = [
        (&[("SCHEMA", "8"), ("STATE_MAX", "3")], "HF0243", "0x8"),
        (&[("STATE_MAX", "1")], "HF0243", "versions 1 to 1"),
        (&[("STATE_MIN", "4"), ("STATE_MAX", "5")], "HF0243", "versions 4 to 5"),
        (&[("NO_STATE", "1")], "HF0243", "takes none"),
        (&[("STATE_MAX", "3"), ("LOAD_FAILS", "1")], "HF0245", "makes nothing of that"),
        (&[("STATE_MAX", "3"), ("LOAD_PANICS", "1")], "HF0245", "load_state returned -7"),
        (&[("STATE_MAX", "3"), ("START_FAILS", "1")], "HF0242", "no way to begin"),
        (&[("STATE_MAX", "3"), ("SELF_TEST_FAILS", "1")], "HF0241", "feels unwell"),
        (&[("STATE_MAX", "3"), ("BAD_TABLE", "1")], "HF0249", "8 bytes"),
        (&[("STATE_MAX", "3"), ("LOAD_FAILS", "1"), late], "HF0245", "makes nothing of that"),
        (&[("STATE_MAX", "3"), ("START_FAILS", "1"), late], "HF0242", "no way to begin"),
    ];
    for (count, (defines, code, words)) in (1..).zip(wrong) {
        let mark = server.log().mark();
        let defines = [defines, &[("VERSION", "9")]].concat();
        server.drop_plugin("keeper.so", &keeper(&defines), Swap::Rename);
        let line = server.log().wait_for(mark, words, |record| record.field("code") == code);
        assert!(line.says(words), "{line:?}");
        assert_eq!(add(&mut wire, 1), (version, generation, count), "{words}");
        let row = server.control().plugin("keeper").unwrap();
        assert!(row["reason"].as_str().unwrap().contains(code), "{row}");
    }
    replace(&server, &keeper(&good), "9");
    assert_eq!(add(&mut wire, 1).2, 12);
    wait_until("nothing to linger", || {
        let row = server.control().plugin("keeper").unwrap();
        (row["resident_generations"] == 1).then_some(())
    });
    assert_eq!(server.stop(), Some(0));
}

#[test]
fn who_cannot_save_or_has_too_much_serves_on() {
    for (defines, code) in [(("SAVE_FAILS", "1"), "HF0244"), (("PADDING", "5000"), "HF0246")] {
        let setup = setup().settings("max_state = \"4KiB\"\n");
        let server = setup.plugin("keeper.so", &keeper(&[defines])).start();
        let mut wire = server.connect();
        assert_eq!(add(&mut wire, 3).2, 3);
        server.drop_plugin("keeper.so", &version("2"), Swap::Rename);
        server.log().wait_for(0, code, |record| record.field("code") == code);
        let (version, _, count) = add(&mut wire, 3);
        assert_eq!((version, count), (1, 6));
        assert_eq!(server.stop(), Some(0));
    }
}

#[test]
fn a_plugin_may_begin_anew_where_its_policy_says_so() {
    let policy = "[plugins.policy.keeper]\non_state_mismatch = \"fresh\"\n";
    let server = setup().settings(policy).plugin("keeper.so", &version("1")).start();
    let mut wire = server.connect();
    assert_eq!(add(&mut wire, 7).2, 7);
    replace(&server, &keeper(&[("VERSION", "2"), ("SCHEMA", "8")]), "2");
    assert_eq!(add(&mut wire, 1).2, 1);
}

#[test]
fn kept_state_is_there_after_a_restart() {
    let policy = "[plugins.policy.keeper]\npersist_state = true\n";
    let server = setup().settings(policy).plugin("keeper.so", &version("1")).start();
    assert_eq!(add(&mut server.connect(), 7).2, 7);
    let server = server.restart();
    assert_eq!(add(&mut server.connect(), 1).2, 8);
    // A newer version finds it, too.
    let newer = keeper(&[("VERSION", "2"), ("STATE_MAX", "2")]);
    fs::write(server.folder().join("plugins/keeper.so"), &newer).unwrap();
    let server = server.restart();
    let (version, _, count) = add(&mut server.connect(), 1);
    assert_eq!((version, count), (2, 9));
    // State of version 2, which this one does not know; the newer one has kept version 1, too.
    let oldest = keeper(&[]);
    fs::write(server.folder().join("plugins/keeper.so"), &oldest).unwrap();
    let server = server.restart();
    let told = server.log().all(|record| record.field("code") == "HF0341");
    assert!(told[0].says("as of version 1"), "{told:?}");
    let (version, _, count) = add(&mut server.connect(), 1);
    assert_eq!((version, count), (1, 10));
    // One that has kept nothing older: it is not started, and nothing is lost.
    let newer = keeper(&[("VERSION", "2"), ("STATE_MAX", "3"), ("STATE_MIN", "1")]);
    fs::write(server.folder().join("plugins/keeper.so"), &newer).unwrap();
    let server = server.restart_after(|folder| {
        fs::write(folder.join("plugins/keeper.so"), &newer).unwrap();
    });
    assert_eq!(add(&mut server.connect(), 1).2, 11);
    let server = server.restart_after(|folder| {
        fs::remove_file(folder.join("run/state/keeper.state.older")).unwrap();
        fs::write(folder.join("plugins/keeper.so"), &oldest).unwrap();
    });
    assert_eq!(server.connect().ask(ADD, &[1]).error_code(), Some(2005));
    let row = server.control().plugin("keeper").unwrap();
    assert!(row["reason"].as_str().unwrap().contains("HF0243"), "{row}");
    fs::write(server.folder().join("plugins/keeper.so"), &newer).unwrap();
    let server = server.restart();
    assert_eq!(add(&mut server.connect(), 1).2, 12);
    assert_eq!(server.stop(), Some(0));
}

#[test]
fn kept_state_that_is_damaged_is_neither_loaded_nor_overwritten() {
    let policy = "[plugins.policy.keeper]\npersist_state = true\n";
    let server = setup().settings(policy).plugin("keeper.so", &version("1")).start();
    assert_eq!(add(&mut server.connect(), 7).2, 7);
    let path = server.folder().join("run/state/keeper.state");
    let server = server.restart_after(|_| {
        let mut bytes = fs::read(&path).unwrap();
        *bytes.last_mut().unwrap() ^= 1;
        fs::write(&path, &bytes).unwrap();
    });
    assert_eq!(server.connect().ask(ADD, &[1]).error_code(), Some(2005));
    let row = server.control().plugin("keeper").unwrap();
    assert!(row["reason"].as_str().unwrap().contains("HF0247"), "{row}");
    server.reset("persist_state = true", "persist_state = true\non_state_mismatch = \"fresh\"");
    wait_until("it to serve without state", || {
        (server.connect().ask(ADD, &[1]).command.kind() == Kind::Reply).then_some(())
    });
    // A thread that may block moves it out of the way.
    wait_until("what was there to be put aside", || {
        path.with_extension("refused").exists().then_some(())
    });
}

/// A connection that has asked for what is held back, and the server that holds it.
fn holding(policy: &str) -> (Server, Wire) {
    let policy = format!("[plugins.policy.keeper]\ntokens = \"{policy}\"\n");
    let settings = format!("drain_timeout = \"1m\"\n{policy}");
    let server = setup().settings(&settings).plugin("keeper.so", &version("1")).start();
    let mut wire = server.connect();
    for _ in 0..3 {
        wire.send(&request(HOLD, b""));
    }
    wire.send(&request(ADD, &[1]));
    wait_until("all to be held", || {
        (server.control().plugin("keeper").unwrap()["in_flight"] == 3).then_some(())
    });
    (server, wire)
}

#[test]
fn a_new_version_adopts_what_the_old_one_has_put_off() {
    let (server, mut wire) = holding("adopt");
    replace(&server, &version("2"), "2");
    for _ in 0..3 {
        let reply = wire.receive().unwrap();
        assert_eq!((reply.command.kind(), &reply.data[..]), (Kind::Reply, &b"2"[..]));
    }
    assert_eq!(wire.receive().unwrap().data[0], 1, "what was asked behind them");
    for left in (0..3).rev() {
        let told = format!("tokens that are mine: {left}");
        server.log().wait_for(0, "the old one to be told", |record| record.message() == told);
    }
    wait_until("the old one to be gone", || {
        (server.control().plugin("keeper").unwrap()["resident_generations"] == 1).then_some(())
    });
    assert_eq!(server.control().ask("status")["errors_out"], 0);
    let late = server.log().all(|record| record.says("answered late"));
    assert!(late.is_empty(), "{late:?}");
    assert_eq!(server.stop(), Some(0));
}

#[test]
fn what_was_put_off_fails_at_once_where_the_policy_says_so() {
    let (server, mut wire) = holding("fail");
    replace(&server, &version("2"), "2");
    for _ in 0..3 {
        assert_eq!(wire.receive().unwrap().error_code(), Some(2005));
    }
    assert_eq!(wire.receive().unwrap().data[0], 1);
    assert_eq!(server.stop(), Some(0));
}

#[test]
fn a_successor_that_fails_after_it_has_adopted_gives_everything_back() {
    let (server, mut wire) = holding("adopt");
    let mark = server.log().mark();
    let failing = [("VERSION", "2"), ("START_FAILS", "1"), ("SPARES_TRIAL", "1")];
    let failing = keeper(&failing);
    server.drop_plugin("keeper.so", &failing, Swap::Rename);
    server.log().wait_for(mark, "the refusal", |record| record.field("code") == "HF0242");
    assert_eq!(server.control().plugin("keeper").unwrap()["in_flight"], 3);
    replace(&server, &version("3"), "3");
    for _ in 0..3 {
        assert_eq!(wire.receive().unwrap().data, b"3");
    }
    assert_eq!(server.stop(), Some(0));
}

#[test]
fn who_is_disabled_goes_on_where_it_was_when_it_is_enabled() {
    let server = serving(&version("1"));
    let mut wire = server.connect();
    assert_eq!(add(&mut wire, 5).2, 5);
    let ask = |verb: &str| server.control().request(&json!({ "verb": verb, "plugin": "keeper" }));
    let off = ask("disable").unwrap();
    assert!(off["reason"].as_str().unwrap().contains("waits in memory"), "{off}");
    assert_eq!(wire.ask(ADD, &[1]).error_code(), Some(2005));
    assert_eq!(ask("enable").unwrap()["state"], "active");
    assert_eq!(add(&mut wire, 1).2, 6);
    // What is refused has not used the state up.
    let _off = ask("disable").unwrap();
    server.drop_plugin("keeper.so", &keeper(&[("VERSION", "2"), ("SCHEMA", "8")]), Swap::Rename);
    assert!(ask("enable").unwrap_err()["errors"].to_string().contains("HF0243"));
    server.drop_plugin("keeper.so", &version("3"), Swap::Rename);
    wait_until("a version that knows it", || {
        let reply = wire.ask(ADD, &[1]);
        (reply.command.kind() == Kind::Reply).then(|| assert_eq!(reply.data.last(), Some(&7)))
    });
    assert_eq!(server.stop(), Some(0));
}

#[test]
fn a_policy_that_lets_a_refused_version_in_is_taken_as_soon_as_it_is_saved() {
    let server = serving(&version("1"));
    let mut wire = server.connect();
    assert_eq!(add(&mut wire, 7).2, 7);
    server.drop_plugin("keeper.so", &keeper(&[("VERSION", "2"), ("SCHEMA", "8")]), Swap::Rename);
    server.log().wait_for(0, "the refusal", |line| line.field("code") == "HF0243");
    assert_eq!(add(&mut wire, 1).0, 1);
    let probation = "probation = \"0s\"\n";
    let policy = "[plugins.policy.keeper]\non_state_mismatch = \"fresh\"\n";
    server.reset(probation, &format!("{probation}{policy}"));
    wait_until("the version that was refused", || (add(&mut wire, 0).0 == 2).then_some(()));
    assert_eq!(add(&mut wire, 1).2, 1);
    assert_eq!(server.stop(), Some(0));
}
