//! Configuration that is wrong while the server runs: the last good state serves on.

use std::fs;

use hotframe_tests::{Server, Swap, scale, wait_until};
use serde_json::Value;

const GOOD: &str = "[commands]\n0x0100 = \"echo.echo\"\n0x0101 = { handler = \"echo.reverse\", \
                    addresses = [1, \"16-31\"], timeout = \"2s\" }\n";

fn config(server: &Server) -> Value {
    server.control().ask("status")["config"].clone()
}

/// Whether a text, as the whole of `commands.toml`, is TOML that routes 0x0100 as GOOD does.
fn is_ok(server: &Server, text: &str) -> bool {
    let generation = || server.control().ask("status")["generation"].clone();
    let before = generation();
    server
        .folder()
        .replace("config/commands.toml", text.as_bytes(), Swap::Rename);
    wait_until("the file to be taken or refused", || {
        let config = config(server);
        let refused = config["ok"] == false && errors_tell_of(&config, text);
        (refused || generation() != before).then_some(config["ok"] == true)
    })
}

/// An error has a place inside this text, so it is about it and not about an earlier one.
fn errors_tell_of(config: &Value, text: &str) -> bool {
    let errors = config["errors"].as_array().unwrap();
    let lines = u64::try_from(text.lines().count().max(1)).unwrap();
    errors.iter().all(|error| {
        let has_text = |key: &str| error[key].as_str().is_some_and(|text| !text.is_empty());
        assert!(
            has_text("code") && has_text("message") && has_text("file"),
            "{error}"
        );
        error["line"]
            .as_u64()
            .is_some_and(|line| (1..=lines + 1).contains(&line))
    })
}

#[test]
fn a_file_cut_at_any_byte_leaves_the_last_good_state() {
    let setup = Server::setup().shipped("echo");
    let server = setup
        .route(GOOD.strip_prefix("[commands]\n").unwrap())
        .start();
    let mut wire = server.connect();
    let stride = GOOD.len().div_ceil(scale("HOTFRAME_E2E_CUTS", 16)).max(1);
    for cut in (0..GOOD.len()).step_by(stride) {
        if is_ok(&server, &GOOD[..cut]) {
            // Some beginnings are whole files; what they say holds.
            assert!(is_ok(&server, GOOD), "the whole file after a cut at {cut}");
            continue;
        }
        assert_eq!(wire.ask(0x0100, b"on").data, b"on", "cut at {cut}");
        assert_eq!(wire.ask(0x0101, b"on").data, b"no", "cut at {cut}");
        server
            .folder()
            .replace("config/commands.toml", GOOD.as_bytes(), Swap::Rename);
        wait_until("the mended file to be taken", || {
            (config(&server)["ok"] == true).then_some(())
        });
    }
    assert_eq!(wire.ask(0x0101, b"end").data, b"dne");
}

#[test]
fn a_mistake_has_its_place_in_status_and_log() {
    let server = Server::setup()
        .shipped("echo")
        .route("0x0100 = \"echo.echo\"")
        .start();
    let mut wire = server.connect();
    let mark = server.log().mark();
    server.remap(
        "0x0100 = \"echo.echo\"\n0x0101 = { handlr = \"echo.reverse\" }",
        Swap::InPlace,
    );
    let config = wait_until("the mistake to be told", || {
        let config = config(&server);
        (config["ok"] == false).then_some(config)
    });
    let error = &config["errors"][0];
    assert_eq!(error["line"], 3, "{error}");
    assert!(error["file"].as_str().unwrap().ends_with("commands.toml"));
    let code = error["code"].as_str().unwrap().to_owned();
    server
        .log()
        .wait_for(mark, "the mistake in the log", |line| line.says(&code));
    assert_eq!(wire.ask(0x0100, b"on").data, b"on");
    assert_eq!(wire.ask(0x0101, b"").error_code(), Some(1004));
}

#[test]
fn a_file_that_is_gone_changes_nothing() {
    let server = Server::setup()
        .shipped("echo")
        .route("0x0100 = \"echo.echo\"")
        .start();
    let mut wire = server.connect();
    fs::remove_file(server.commands_file()).unwrap();
    wait_until("the loss to be told", || {
        (config(&server)["ok"] == false).then_some(())
    });
    assert_eq!(wire.ask(0x0100, b"on").data, b"on");
    server.remap("0x0100 = \"echo.reverse\"", Swap::Rename);
    wait_until("the new file to serve", || {
        (wire.ask(0x0100, b"on").data == b"no").then_some(())
    });
}
