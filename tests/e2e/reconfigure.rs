//! A plugin's configuration, changed while it serves.

use hotframe_tests::{Fixture, Record, Server, Swap, Wire, wait_until};

const ADD: u16 = 0x0200;

fn serving(step: &str) -> Server {
    let settings = format!("[plugins.config.keeper]\nstep = {step}\n");
    let setup = Server::setup().route("0x0200 = \"keeper.add\"").settings(&settings);
    setup.plugin("keeper.so", &Fixture::compile("keeper.c", &[]).bytes).start()
}

/// Adds one: the generation that did it, and what it added.
fn step(wire: &mut Wire, before: &mut u64) -> (u64, u64) {
    let reply = wire.ask(ADD, &[1]);
    let number = |at: usize| u64::from_be_bytes(reply.data[at..at + 8].try_into().unwrap());
    let step = number(9) - *before;
    *before = number(9);
    (number(1), step)
}

#[test]
fn it_is_taken_without_a_reload_where_the_plugin_can() {
    let server = serving("2");
    let (mut wire, mut count) = (server.connect(), 0);
    let (generation, first) = step(&mut wire, &mut count);
    assert_eq!(first, 2);
    server.reset("step = 2", "step = 5");
    wait_until("the new configuration", || (step(&mut wire, &mut count).1 == 5).then_some(()));
    assert_eq!(step(&mut wire, &mut count).0, generation, "it is the same instance");
    // What it cannot take so, it is loaded again for; its state goes along.
    server.reset("step = 5", "step = 13");
    wait_until("the newer one", || (step(&mut wire, &mut count).1 == 13).then_some(()));
    assert!(step(&mut wire, &mut count).0 > generation);
    assert_eq!(server.control().plugin("keeper").unwrap()["reloads"], 1);
    assert_eq!(server.stop(), Some(0));
}

#[test]
fn what_the_plugin_finds_wrong_is_shown_at_its_place_and_holds_back_only_itself() {
    let server = serving("2");
    let (mut wire, mut count) = (server.connect(), 0);
    let (generation, _) = step(&mut wire, &mut count);
    let routes = "0x0200 = \"keeper.add\"\n0x0300 = \"builtin.echo\"";
    server.reset("step = 2", "step = 4711\n[limits]\nmax_in_flight = 7");
    server.remap(routes, Swap::Rename);
    let refused = |record: &Record| record.field("code") == "HF0140";
    let line = server.log().wait_for(0, "the mistake", refused);
    assert!(line.message().contains("`step`: at most 100"), "{line:?}");
    let text = std::fs::read_to_string(server.folder().join("config/hotframe.toml")).unwrap();
    let at = 1 + text.lines().position(|line| line == "step = 4711").unwrap();
    assert_eq!((line.field("line"), line.field("column")), (&at.into(), &8.into()));

    let status = server.control().ask("status");
    assert_eq!(status["config"]["ok"], false);
    let [error] = &status["config"]["errors"].as_array().unwrap()[..] else {
        panic!("one mistake: {status}");
    };
    assert_eq!(
        (&error["code"], &error["line"], &error["column"]),
        (&"HF0140".into(), &at.into(), &8.into())
    );
    assert!(error["file"].as_str().unwrap().ends_with("config/hotframe.toml"), "{error}");
    let row = server.control().plugin("keeper").unwrap();
    assert!(row["reason"].as_str().unwrap().contains("HF0240"), "{row}");
    assert_eq!(step(&mut wire, &mut count), (generation, 2), "the old one serves on");
    wait_until("the rest of both files to be live", || {
        (wire.ask(0x0300, b"x").data == b"x").then_some(())
    });

    server.reset("step = 4711", "step = 3");
    wait_until("it to be mended", || (step(&mut wire, &mut count).1 == 3).then_some(()));
    assert_eq!(server.control().ask("status")["config"]["ok"], true);
    assert!(server.control().plugin("keeper").unwrap()["reason"].is_null());
    // Found good, and refused all the same when it was to be taken.
    server.reset("step = 3", "step = 66");
    server.log().wait_for(0, "the refusal", |record| record.says("not this number"));
    assert_eq!(step(&mut wire, &mut count).1, 3);
    assert_eq!(server.stop(), Some(0));
}

#[test]
fn a_plugin_that_refuses_its_first_configuration_comes_as_soon_as_it_is_mended() {
    let server = serving("4711");
    let mut wire = server.connect();
    assert_eq!(wire.ask(ADD, &[1]).error_code(), Some(2005));
    assert_eq!(server.control().ask("status")["config"]["ok"], false);
    server.reset("step = 4711", "step = 3");
    wait_until("it to serve", || wire.ask(ADD, &[1]).error_code().is_none().then_some(()));
    assert_eq!(server.control().ask("status")["config"]["ok"], true);
}
