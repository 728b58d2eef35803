//! What a plugin leaves behind in the process when it goes: threads that a library has started for
//! it, handlers of signals, and functions that are to be run at its end.

use std::fs;

use hotframe_tests::{Fixture, Server, Setup, Wire, resident, wait_until};
use rustix::process::Signal;
use serde_json::json;

const ECHO: u16 = 0x0200;

/// `left.cpp`; nothing where there is no compiler for it.
fn setup() -> Option<Setup> {
    let plugin = Fixture::compile_cxx("left.cpp")?;
    let setup = Server::setup().plugin("left.so", &plugin.bytes).route("0x0200 = \"left.echo\"");
    Some(setup.settings("probation = \"0s\"\n"))
}

fn answers(wire: &mut Wire) {
    assert_eq!(wire.ask(ECHO, b"on").data, b"on");
}

#[test]
fn a_thread_of_the_library_of_cpp_is_waited_for() {
    let Some(setup) = setup() else {
        return;
    };
    let gate = tempfile::tempdir().unwrap();
    let gate = gate.path().join("gate");
    let server = setup.settings(&format!("[plugins.config.left]\ngate = {gate:?}\n")).start();
    let mut wire = server.connect();
    answers(&mut wire);
    server.control().request(&json!({ "verb": "reload", "plugin": "left" })).unwrap();
    let row = || server.control().plugin("left").unwrap();
    wait_until("the thread to be seen", || {
        let reason = row()["reason"].as_str()?.to_owned();
        reason.contains("a thread of it still runs").then_some(())
    });
    answers(&mut wire);
    fs::write(&gate, "").unwrap();
    wait_until("the code to go", || (row()["resident_generations"] == 1).then_some(()));
    answers(&mut wire);
    assert_eq!(server.stop(), Some(0));
}

#[test]
fn a_signal_that_comes_when_its_handler_is_gone_ends_nothing() {
    let Some(setup) = setup() else {
        return;
    };
    let server = setup.settings("[plugins.config.left]\nsignal = \"yes\"\n").start();
    let mut wire = server.connect();
    server.signal(Signal::WINCH);
    answers(&mut wire);
    server.reset("signal = \"yes\"", "# none");
    let line = server.log().wait_for(0, "a word", |line| line.field("code") == "HF0351");
    assert!(line.says("a handler of signal 28"), "{line:?}");
    let is_gone = || {
        let row = server.control().plugin("left").unwrap();
        (row["resident_generations"] == 1).then_some(())
    };
    wait_until("the code to go", is_gone);
    for _ in 0..3 {
        server.signal(Signal::WINCH);
        answers(&mut wire);
    }
    assert_eq!(server.stop(), Some(0));
}

#[test]
fn functions_for_the_end_are_run_and_leave_no_trace() {
    let folder = tempfile::tempdir().unwrap();
    let marks = folder.path().join("marks");
    let config = format!("probation = \"0s\"\n[plugins.config.leaver]\nending = {marks:?}\n");
    let leaver = Fixture::compile("leaver.c", &[]);
    let setup = Server::setup().plugin("leaver.so", &leaver.bytes).settings(&config);
    let server = setup.route("0x0200 = \"leaver.echo\"").start();
    let reload = || {
        server.control().request(&json!({ "verb": "reload", "plugin": "leaver" })).unwrap();
        wait_until("the code to go", || {
            let row = server.control().plugin("leaver").unwrap();
            (row["resident_generations"] == 1).then_some(())
        });
    };
    (0..4).for_each(|_| reload());
    let early = resident(server.id());
    (0..16).for_each(|_| reload());
    // The C library takes 32 bytes for each of 16,384 functions: that would be 8 MiB.
    let grown = resident(server.id()).saturating_sub(early);
    assert!(grown < 4 << 20, "{grown} bytes");
    assert_eq!(fs::read(&marks).unwrap().len(), 20, "one for each version that went");
    answers(&mut server.connect());
    assert_eq!(server.stop(), Some(0));
}
