//! A plugin that ends the server, or holds it: the next start goes on without that version.

use hotframe_tests::{Fixture, Server, Setup, Swap, request, wait_until};

const DIE: u16 = 0x0200;
const HOLD: u16 = 0x0201;
const PROMPT: u16 = 0x0202;
const SPIN: u16 = 0x0203;
const ECHO: u16 = 0x0100;

fn mortal(version: &str) -> Fixture {
    Fixture::compile("mortal.c", &[("VERSION", &format!("\"{version}\""))])
}

fn setup() -> Setup {
    let setup = Server::setup().shipped("echo").plugin("mortal.so", &mortal("1").bytes);
    let routes = [(ECHO, "echo.echo"), (DIE, "mortal.die"), (HOLD, "mortal.hold")];
    let routes = routes.into_iter().chain([(PROMPT, "mortal.prompt"), (SPIN, "mortal.spin")]);
    routes.fold(setup, |setup, (number, handler)| {
        setup.route(&format!("0x{number:04x} = \"{handler}\""))
    })
}

/// What the next start says of it, and how it serves.
fn is_set_aside(server: &Server, words: &[&str]) {
    let line =
        server.log().wait_for(0, "the culprit to be named", |line| line.field("code") == "HF0264");
    for word in words {
        assert!(line.message().contains(word), "{word}: {}", line.message());
    }
    let row = server.control().plugin("mortal").unwrap();
    assert_eq!(row["state"], "quarantined", "{row}");
    assert!(row["reason"].as_str().unwrap().contains("HF0260"), "{row}");
    let mut wire = server.connect();
    assert_eq!(wire.ask(ECHO, b"on").data, b"on", "the rest serves");
    assert_eq!(wire.ask(HOLD, b"\0").error_code(), Some(2005));
}

#[test]
fn whoever_ended_the_server_is_set_aside_by_the_next_start() {
    let ways: [(&[u8], &[&str]); 6] = [
        (b"s", &["SIGSEGV because of address 0x8 in mortal.die", "at offset 0x"]),
        (b"a", &["SIGABRT in mortal.die"]),
        (b"e", &["a call of exit in mortal.die"]),
        (b"t", &["SIGSEGV", "in a thread of its own"]),
        (b"o", &["SIGSEGV", "in a thread of its own"]),
        (b"j", &["SIGABRT in a job"]),
    ];
    for (way, words) in ways {
        let server = setup().start();
        let mut wire = server.connect();
        assert_eq!(wire.ask(ECHO, b"on").data, b"on");
        wire.send(&request(DIE, way));
        let server = server.again();
        is_set_aside(&server, words);
        // Whoever insists gets it back.
        let insist = serde_json::json!({ "verb": "reload", "plugin": "mortal" });
        server.control().request(&insist).unwrap();
        assert_eq!(server.control().plugin("mortal").unwrap()["state"], "active");
        assert_eq!(server.stop(), Some(0), "its end leaves no record");
    }
}

#[test]
fn a_proven_version_stands_in_for_the_one_that_crashed() {
    let server = setup().settings("probation = \"1ms\"\n").start();
    let mut wire = server.connect();
    let version = |wire: &mut hotframe_tests::Wire| wire.ask(HOLD, b"\0").data;
    assert_eq!(version(&mut wire), b"1");
    let kept = server.folder().join("run/kept/mortal");
    let is_kept = || {
        let mut files = std::fs::read_dir(&kept).ok()?.flatten();
        files.find(|file| file.file_name().to_string_lossy().starts_with("current-"))
    };
    wait_until("the first version to be proven", is_kept);
    server.drop_plugin("mortal.so", &mortal("2").bytes, Swap::Rename);
    wait_until("the second version", || (version(&mut wire) == b"2").then_some(()));
    wire.send(&request(DIE, b"s"));
    let server = server.again();
    let mut wire = server.connect();
    assert_eq!(version(&mut wire), b"1", "from the kept copy");
    let row = server.control().plugin("mortal").unwrap();
    assert_eq!((&row["state"], &row["version"]), (&"active".into(), &"1".into()));
    server.drop_plugin("mortal.so", &mortal("3").bytes, Swap::Rename);
    wait_until("the mended version", || (version(&mut wire) == b"3").then_some(()));
    assert_eq!(server.stop(), Some(0));
}

#[test]
fn a_crash_from_outside_is_nobodys_fault() {
    let server = setup().start();
    server.signal(rustix::process::Signal::SEGV);
    let server = server.again();
    let mut wire = server.connect();
    assert_eq!(wire.ask(HOLD, b"\0").data, b"1");
    assert_eq!(server.stop(), Some(0));
}

#[test]
fn whoever_holds_the_loop_is_named_while_it_does() {
    let server = setup().start();
    let mark = server.log().mark();
    let mut wire = server.connect();
    wire.send(&request(HOLD, &[60]));
    let line = server.log().wait_for(mark, "the watchdog", |line| line.field("code") == "HF0265");
    assert!(line.message().contains("mortal.hold has held the loop for"), "{}", line.message());
    assert_eq!(line.field("plugin"), "mortal");
    server.log().wait_for(mark, "its end", |line| line.says("mortal.hold has let the loop go"));
    assert_eq!(wire.receive().unwrap().data, b"1");
    assert_eq!(server.stop(), Some(0));
}

#[test]
fn the_watchdog_says_which_calls_hold_the_loop() {
    let server = setup().start();
    let mut wire = server.connect();
    // One computes, the other is in a system call.
    for (number, name) in [(SPIN, "(mortal_spin+0x"), (HOLD, "(hold+0x")] {
        wait_until("the calls to be told", || {
            // Where others have all processors it may not answer in time.
            assert_eq!(wire.ask(number, &[60]).data, b"1");
            let told = server.log().all(|line| line.field("code") == "HF0265");
            let stacks = told.iter().filter_map(|line| line.field("stack").as_str());
            stacks.into_iter().any(|stack| stack.contains(name)).then_some(())
        });
    }
    assert_eq!(server.stop(), Some(0));
}

#[test]
fn a_handler_that_is_slower_than_it_wants_to_be_is_told_of() {
    let server = setup().start();
    let mut wire = server.connect();
    assert_eq!(wire.ask(PROMPT, &[2]).data, b"1");
    let line = server.log().wait_for(0, "the word", |line| line.field("code") == "HF0266");
    assert!(line.message().contains("mortal.prompt takes longer than the 5ms"), "{line:?}");
    assert!(line.field("duration_us").as_u64().unwrap() >= 20_000, "{line:?}");
    assert_eq!(server.stop(), Some(0));
}

#[test]
fn beyond_the_hard_limit_the_server_ends_and_the_next_start_goes_on_without_it() {
    let server = setup().start();
    let generation = || server.control().ask("status")["generation"].clone();
    let before = generation();
    let file = server.folder().join("config/hotframe.toml");
    let text = std::fs::read_to_string(&file).unwrap();
    let text = text.replace("[server]\n", "[server]\nwatchdog_hard = \"300ms\"\n");
    server.folder().replace("config/hotframe.toml", text.as_bytes(), Swap::Rename);
    wait_until("the limit to be live", || (generation() != before).then_some(()));
    server.connect().send(&request(HOLD, &[255]));
    let server = server.again();
    is_set_aside(&server, &["it held the loop beyond `server.watchdog_hard` in mortal.hold"]);
}
