//! What Prometheus scrapes is well-formed, right, and as the documents say.

use std::collections::BTreeSet;
use std::fs;
use std::io::Write;
use std::process::{Command, Stdio};

use hotframe_protocol::Kind;
use hotframe_tests::{Scrape, Server, frame, repository, request, skipped, wait_until};
use serde_json::json;

fn serve() -> Server {
    let setup = Server::setup().http().shipped("echo").route("0x0100 = \"echo.echo\"");
    setup.route("default = \"nobody.home\"").start()
}

fn scrape(server: &Server) -> Scrape {
    let answer = server.http().get("/metrics");
    assert_eq!(answer.status, 200);
    assert!(answer.head.contains("text/plain; version=0.0.4"), "{}", answer.head);
    Scrape::read(&answer.body)
}

#[test]
fn the_figures_are_those_of_what_happened() {
    let server = serve();
    let mut wire = server.connect();
    for _ in 0..3 {
        assert_eq!(wire.ask(0x0100, b"x").data, b"x");
    }
    assert_eq!(wire.ask(0x0999, b"").error_code(), Some(2005));
    assert_eq!(wire.ask(0x0007, b"").error_code(), Some(1004));
    let figures = wait_until("the figures to be young", || {
        let figures = scrape(&server);
        (figures.value("hotframe_frames_received_total") >= 5.0).then_some(figures)
    });
    for (series, value) in [
        ("hotframe_frames_received_total", 5.0),
        ("hotframe_frames_sent_total", 5.0),
        ("hotframe_received_bytes_total", 43.0),
        ("hotframe_errors_total{code=\"1004\",status=\"UNKNOWN_COMMAND\"}", 1.0),
        ("hotframe_errors_total{code=\"2005\",status=\"HANDLER_UNAVAILABLE\"}", 1.0),
        ("hotframe_errors_total{code=\"2001\",status=\"HANDLER_FAILED\"}", 0.0),
        ("hotframe_connections{state=\"active\"}", 1.0),
        ("hotframe_connections_accepted_total", 1.0),
        ("hotframe_plugin_calls_total{plugin=\"echo\"}", 3.0),
        ("hotframe_plugin_resident_generations{plugin=\"echo\"}", 1.0),
        ("hotframe_route_calls_total{command=\"0x0100\"}", 3.0),
        ("hotframe_route_errors_total{command=\"default\"}", 1.0),
        ("hotframe_route_ok{command=\"default\",handler=\"nobody.home\"}", 0.0),
        ("hotframe_state{state=\"running\"}", 1.0),
        ("hotframe_config_ok", 1.0),
        ("hotframe_config_generation", 1.0),
    ] {
        assert_eq!(figures.value(series), value, "{series}");
    }
    let turns = figures.value("hotframe_loop_turn_seconds_count");
    assert!(turns > 5.0);
    assert_eq!(figures.value("hotframe_loop_turn_seconds_bucket{le=\"+Inf\"}"), turns);
}

#[test]
fn promtool_has_nothing_to_say() {
    check_with_promtool(&serve());
}

/// What plugins define themselves is read as the server's own, and goes on over a reload.
#[test]
fn the_figures_of_plugins_are_among_them() {
    let setup = Server::setup().http().shipped("presence");
    let server = setup.route("0x0166 = \"presence.ask\"").start();
    let mut wire = server.connect();
    wire.ask(0x0001, b"me");
    let answered = "hotframe_plugin_presence_questions_total{result=\"answered\"}";
    for number in 1..=2 {
        wire.send(&request(0x0166, b"\x02me?"));
        let question = wire.receive().unwrap();
        let reply = question.command.with_kind(Kind::Reply);
        wire.send(&frame(question.address, reply, b"yes"));
        assert_eq!(wire.receive().unwrap().data, b"yes");
        wait_until("the answer to be counted", || {
            let figures = scrape(&server);
            (figures.value(answered) >= f64::from(number)).then_some(())
        });
        let before = server.control().plugin("presence").unwrap()["generation"].as_u64();
        let reload = json!({ "verb": "reload", "plugin": "presence" });
        server.control().request(&reload).unwrap();
        wait_until("the next generation", || {
            let row = server.control().plugin("presence").unwrap();
            (row["generation"].as_u64() > before).then_some(())
        });
    }
    let figures = wait_until("the figures of the last generation", || {
        let figures = scrape(&server);
        (figures.value("hotframe_plugin_presence_online") >= 1.0).then_some(figures)
    });
    assert_eq!(figures.value("hotframe_plugin_presence_answer_seconds_count"), 2.0);
    check_with_promtool(&server);
    assert_eq!(server.stop(), Some(0));
}

fn check_with_promtool(server: &Server) {
    let text = server.http().get("/metrics").body;
    assert!(!Scrape::read(&text).is_empty());
    let mut tool = Command::new("promtool");
    tool.args(["check", "metrics"]).stdin(Stdio::piped());
    tool.stdout(Stdio::piped()).stderr(Stdio::piped());
    let Ok(mut tool) = tool.spawn() else {
        // The strict reader above stands alone.
        return skipped("/metrics, by promtool", "apt-get install prometheus");
    };
    tool.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    let output = tool.wait_with_output().unwrap();
    let said = [output.stdout, output.stderr].concat();
    assert!(output.status.success() && said.is_empty(), "{}", String::from_utf8_lossy(&said));
}

#[test]
fn the_documents_list_exactly_what_there_is() {
    let server = serve();
    let figures = scrape(&server);
    let page = fs::read_to_string(repository().join("docs/operations.md")).unwrap();
    let rows = page.lines().filter_map(|line| line.strip_prefix("| `hotframe_"));
    let documented: BTreeSet<(String, String)> = rows
        .map(|row| {
            let (name, behind) = row.split_once('`').unwrap();
            let kind = behind.trim_start_matches(" | ").split(' ').next().unwrap();
            (format!("hotframe_{name}"), kind.to_owned())
        })
        .collect();
    let kinds = figures.kinds().iter().map(|(name, kind)| (name.clone(), kind.clone()));
    assert_eq!(documented, kinds.collect());
}

#[test]
fn the_dashboard_asks_for_nothing_that_is_not_there() {
    let server = serve();
    let figures = scrape(&server);
    let text = fs::read_to_string(repository().join("config/grafana/hotframe.json")).unwrap();
    let dashboard: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert!(dashboard["panels"].as_array().unwrap().len() >= 10);
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let words = text.split(|c: char| !is_part(c)).filter(|word| word.starts_with("hotframe_"));
    let mut asked = 0;
    for word in words {
        let histogram = ["_bucket", "_sum", "_count"].iter().find_map(|end| word.strip_suffix(end));
        let is_there = |name: &str| figures.kinds().contains_key(name);
        let is_whole = |name: &&str| {
            let kind = figures.kinds().get(*name).map(String::as_str);
            matches!(kind, Some("histogram" | "summary"))
        };
        let part = histogram.filter(is_whole);
        assert!(is_there(word) || part.is_some(), "{word}");
        asked += 1;
    }
    assert!(asked > 20, "{asked}");
}
