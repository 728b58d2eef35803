//! Configuration that is wrong while the server runs: the last good state serves on.

use std::fs;

use hotframe_tests::{Server, Swap, scale, wait_until};
use serde_json::Value;

const GOOD: &str = "[commands]\n0x0100 = \"echo.echo\"\n0x0101 = { handler = \"echo.reverse\", \
                    addresses = [1, \"16-31\"], timeout = \"2s\" }\n";

fn config(server: &Server) -> Value {
    server.control().ask("status")["config"].clone()
}

/// Puts a text in place of `commands.toml`, whose last state was good; whether it was taken.
fn is_taken(server: &Server, text: &str) -> bool {
    let generation = || server.control().ask("status")["generation"].clone();
    let before = generation();
    server.folder().replace("config/commands.toml", text.as_bytes(), Swap::Rename);
    wait_until("the file to be taken or refused", || {
        let config = config(server);
        if config["ok"] == false {
            have_their_place(&config, text);
            return Some(false);
        }
        (generation() != before).then_some(true)
    })
}

/// Every error says what, and where in this text.
fn have_their_place(config: &Value, text: &str) {
    let last = u64::try_from(text.lines().count()).unwrap() + 1;
    for error in config["errors"].as_array().unwrap() {
        for key in ["code", "message", "file"] {
            assert!(error[key].as_str().is_some_and(|text| !text.is_empty()), "{key}: {error}");
        }
        let line = error["line"].as_u64().expect("a line");
        assert!((1..=last).contains(&line), "{error}");
    }
}

#[test]
fn a_file_cut_at_any_byte_leaves_the_last_good_state() {
    let setup = Server::setup().shipped("echo");
    let server = setup.route(GOOD.strip_prefix("[commands]\n").unwrap()).start();
    let mut wire = server.connect();
    let stride = GOOD.len().div_ceil(scale("HOTFRAME_E2E_CUTS", 16)).max(1);
    let changing = (0..GOOD.len()).filter(|&cut| GOOD[..cut].trim() != GOOD.trim());
    for cut in changing.step_by(stride) {
        if !is_taken(&server, &GOOD[..cut]) {
            assert_eq!(wire.ask(0x0100, b"on").data, b"on", "cut at {cut}");
            assert_eq!(wire.ask(0x0101, b"on").data, b"no", "cut at {cut}");
        }
        // Some beginnings are whole files and were taken; after both, the whole one is good.
        server.folder().replace("config/commands.toml", GOOD.as_bytes(), Swap::Rename);
        wait_until("the whole file to serve again", || {
            let restored = wire.ask(0x0101, b"on").data == b"no";
            (restored && config(&server)["ok"] == true).then_some(())
        });
    }
    assert_eq!(wire.ask(0x0101, b"end").data, b"dne");
}

#[test]
fn a_mistake_has_its_place_in_status_and_log() {
    let server = Server::setup().shipped("echo").route("0x0100 = \"echo.echo\"").start();
    let mut wire = server.connect();
    let mark = server.log().mark();
    server.remap("0x0100 = \"echo.echo\"\n0x0101 = { handlr = \"echo.reverse\" }", Swap::InPlace);
    let config = wait_until("the mistake to be told", || {
        let config = config(&server);
        (config["ok"] == false).then_some(config)
    });
    let error = &config["errors"][0];
    assert_eq!(error["line"], 3, "{error}");
    assert!(error["file"].as_str().unwrap().ends_with("commands.toml"));
    let code = error["code"].as_str().unwrap().to_owned();
    server.log().wait_for(mark, "the mistake in the log", |line| line.says(&code));
    assert_eq!(wire.ask(0x0100, b"on").data, b"on");
    assert_eq!(wire.ask(0x0101, b"").error_code(), Some(1004));
}

#[test]
fn a_file_that_is_gone_changes_nothing() {
    let server = Server::setup().shipped("echo").route("0x0100 = \"echo.echo\"").start();
    let mut wire = server.connect();
    fs::remove_file(server.commands_file()).unwrap();
    wait_until("the loss to be told", || (config(&server)["ok"] == false).then_some(()));
    assert_eq!(wire.ask(0x0100, b"on").data, b"on");
    server.remap("0x0100 = \"echo.reverse\"", Swap::Rename);
    wait_until("the new file to serve", || (wire.ask(0x0100, b"on").data == b"no").then_some(()));
}
