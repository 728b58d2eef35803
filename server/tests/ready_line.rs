//! What a machine that starts the server reads on its standard output, off a terminal.
#![allow(clippy::unwrap_used)]

use std::{env, process::Command};

use hotframe_server::{
    cli::banner::{PluginFact, RouteFact, StartFacts, announce},
    logging::{FLUSH_PATIENCE, LogOptions, init},
};
use serde_json::{Value, json};

/// Tells the test's own process from the one that it starts to get a standard output and a logger
/// of its own.
const CHILD: &str = "READY_LINE_CHILD";

fn facts() -> StartFacts {
    let plugin = |name: &str, file: Option<&str>| PluginFact {
        name: name.into(),
        version: "0.1.0".into(),
        file: file.map(Into::into),
        ..PluginFact::default()
    };
    StartFacts {
        version: "0.1.0".into(),
        listen: vec!["tcp://127.0.0.1:7400".into(), "unix:///run/frames.sock".into()],
        control: Some("/run/hotframe.sock".into()),
        plugins: vec![plugin("builtin", None), plugin("echo", Some("plugins/libecho.so"))],
        routes: vec![RouteFact {
            command: "0x0101".into(),
            handler: "tally.count".into(),
            ok: false,
        }],
        watched: vec!["plugins".into()],
        ..StartFacts::default()
    }
}

fn lines_of_a_child() -> Vec<Value> {
    let child = Command::new(env::current_exe().unwrap())
        .args(["--exact", "the_last_line_is_ready_and_says_what_is_bound", "--nocapture"])
        .env(CHILD, "1")
        .output()
        .unwrap();
    let text = String::from_utf8(child.stdout).unwrap();
    // The test harness says some words of its own around the log.
    let lines = text.lines().filter(|line| line.starts_with('{'));
    lines.map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn the_last_line_is_ready_and_says_what_is_bound() {
    if env::var_os(CHILD).is_some() {
        let logging = init(&LogOptions::default()).unwrap();
        announce(&facts());
        assert!(logging.stop(FLUSH_PATIENCE));
        return;
    }
    let lines = lines_of_a_child();
    let ready = lines.last().unwrap();
    assert!(ready["message"].as_str().unwrap().starts_with("ready"), "{ready}");
    assert_eq!(ready["listen"], json!(["tcp://127.0.0.1:7400", "unix:///run/frames.sock"]));
    assert_eq!(ready["control"], "/run/hotframe.sock");
    assert_eq!(ready["http"], Value::Null);
    assert!(ready.as_object().unwrap().contains_key("http"));
    assert_eq!(ready["level"], "info");

    let find = |key: &str, value: &str| lines.iter().find(|line| line[key] == value).unwrap();
    assert_eq!(find("url", "tcp://127.0.0.1:7400")["reach"], "this machine only");
    assert_eq!(find("plugin", "echo")["file"], "plugins/libecho.so");
    assert_eq!(find("plugin", "builtin")["file"], Value::Null);
    assert_eq!(find("command", "0x0101")["level"], "warn");
    let starts_ready = |line: &&Value| line["message"].as_str().unwrap().starts_with("ready");
    assert_eq!(lines.iter().filter(starts_ready).count(), 1);
}
