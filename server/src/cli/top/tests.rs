//! The live view, drawn on a terminal that is none and steered by keys that nobody presses.

use ratatui::backend::TestBackend;
use ratatui::crossterm::event::{Event, KeyCode, KeyEvent, KeyModifiers};
use serde_json::json;

use super::app::{App, Deed, Mode, Tab};
use super::feed::News;
use super::once;
use super::speaks_unicode;
use crate::control::answers::{
    ConfigState, ConnectionRow, Overview, PluginRow, PluginState, Problem, RouteRow, SightingRow,
    Status, TurnTimes,
};
use crate::control::{AskError, Verb};

/// How the server is after `n` looks, a second apart: it gets faster, and at the fifth look the
/// plugin `echo` was replaced.
fn look(n: u64) -> Box<Overview> {
    let echo = PluginRow {
        name: "echo".into(),
        version: if n < 5 { "1.0.0" } else { "1.1.0" }.into(),
        generation: if n < 5 { 1 } else { 2 },
        calls: 400 * n * n,
        reloads: u64::from(n >= 5),
        ..PluginRow::default()
    };
    let bad = PluginRow {
        name: "store".into(),
        version: "0.3.0".into(),
        state: PluginState::Failed,
        reason: Some("store.so: it refused to start".into()),
        ..PluginRow::default()
    };
    let route = |command: &str, handler: &str, calls| RouteRow {
        command: command.into(),
        handler: handler.into(),
        calls,
        ..RouteRow::default()
    };
    let peer = |id, frames_in| ConnectionRow {
        id,
        peer: Some(format!("127.0.0.1:{}", 40_000 + id)),
        frames_in,
        frames_out: frames_in,
        age_s: n,
        ..ConnectionRow::default()
    };
    let status = Status {
        version: "0.1.0".into(),
        pid: 7,
        uptime_s: n,
        generation: 1,
        config: ConfigState { ok: true, ..ConfigState::default() },
        connections: 2,
        sessions: 1,
        frames_in: 500 * n * n,
        frames_out: 500 * n * n,
        errors_out: n,
        listen: vec!["tcp://127.0.0.1:7400".into()],
        ..Status::default()
    };
    Box::new(Overview {
        at_ms: 1_000 * n,
        phase: "running".into(),
        status,
        plugins: vec![bad, echo],
        routes: vec![route("0x0100", "echo.echo", 9 * n), route("0x0101", "echo.reverse", n)],
        connections: vec![peer(1, n), peer(2, 300 * n)],
        turns: TurnTimes {
            below_ns: vec![(8_000, 90 * n), (64_000, 99 * n), (512_000, 100 * n)],
            count: 100 * n,
            ..TurnTimes::default()
        },
        requests: TurnTimes {
            below_ns: vec![(2_048, 50 * n), (4_096, 100 * n)],
            count: 100 * n,
            ..TurnTimes::default()
        },
        ..Overview::default()
    })
}

fn app(looks: u64) -> App {
    let mut app = App::new(false, true);
    for n in 1..=looks {
        assert_eq!(app.take(News::Look(Ok(look(n)))), Deed::Draw);
    }
    app
}

fn press(app: &mut App, key: KeyCode) -> Deed {
    app.take(News::Terminal(Event::Key(KeyEvent::new(key, KeyModifiers::NONE))))
}

fn type_in(app: &mut App, keys: &str) -> Deed {
    keys.chars().map(|key| press(app, KeyCode::Char(key))).last().unwrap_or(Deed::Draw)
}

fn drawn(app: &App) -> String {
    let mut text = String::new();
    let Ok(()) = once::draw_on(TestBackend::new(80, 24), app, |buffer| text = once::plain(buffer));
    text
}

#[test]
fn the_screen_of_80_by_24() {
    insta::assert_snapshot!(drawn(&app(12)), @r"
    hotframe 0.1.0  running  up 12s  config 1 good  tcp://127.0.0.1:7400
    2 connections  1 sessions  0 owed  0 B waiting
    frames/s  11.5k in, 11.5k out            turn time  p50 8 µs, p99 64 µs
                                     ▁▂▃▅▆█                              ███████████
                                ▂▃▄▆▇██████                              ███████████
                                   ▲                                        ▲
    errors/s  1.0                            requests  p50 3 µs, p99 5 µs
                                ███████████                              ███████████
                                ███████████                              ███████████
                                   ▲                                        ▲
     1 plugins   2 routes   3 connections   4 changes   5 requests
    NAME           VERSION  STATE       CALLS/S▾   ERR/S  OWED   GEN RELOADS WHY
    echo           1.1.0    active          9200       0     0     2       1
    store          0.3.0    failed             0       0     0     0       0 store.s









    q quit   p pause   s sort   / search   r reload plugin   b back   t tap   ? help
    ");
}

#[test]
fn in_ascii_no_letter_is_foreign() {
    let mut app = app(12);
    app.is_ascii = true;
    let foreign: String = drawn(&app).chars().filter(|letter| !letter.is_ascii()).collect();
    assert_eq!(foreign, "");
    assert!(drawn(&app).contains("p50 8 us"), "{}", drawn(&app));
}

#[test]
fn every_size_can_be_drawn_on() {
    let mut app = app(3);
    for mode in [Mode::Browse, Mode::Search, Mode::Help] {
        app.mode = mode;
        for (width, height) in [(1, 1), (10, 3), (39, 12), (80, 10), (300, 100)] {
            once::draw_on(TestBackend::new(width, height), &app, |_| {}).unwrap();
        }
    }
}

#[test]
fn before_the_first_look_there_is_nothing_and_no_harm() {
    let mut app = App::new(false, true);
    drawn(&app);
    assert_eq!(type_in(&mut app, "jsS4/"), Deed::Draw);
    assert_eq!(type_in(&mut App::new(false, true), "r"), Deed::Ask(Verb::Reload { plugin: None }));
}

#[test]
fn rows_are_sorted_searched_and_selected() {
    let mut app = app(6);
    let keys = |app: &App| app.sheet().rows.into_iter().map(|row| row.key).collect::<Vec<_>>();
    assert_eq!(keys(&app), ["echo", "store"], "the busiest first");
    type_in(&mut app, "S");
    assert_eq!(app.sort(), 2);
    type_in(&mut app, "2");
    assert_eq!(keys(&app), ["0x0100", "0x0101"]);
    type_in(&mut app, "/reverse");
    assert_eq!(keys(&app), ["0x0101"]);
    press(&mut app, KeyCode::Backspace);
    press(&mut app, KeyCode::Enter);
    assert_eq!((app.mode.clone(), app.wanted.as_str()), (Mode::Browse, "revers"));
    press(&mut app, KeyCode::Esc);
    type_in(&mut app, "3");
    assert_eq!(keys(&app), ["2", "1"]);
    type_in(&mut app, "jjjj");
    assert_eq!(app.selected, 1, "the last row is the last");
    type_in(&mut app, "1j");
    assert!(drawn(&app).contains("store: store.so: it refused to start"), "in full");
}

#[test]
fn a_reload_is_of_the_selected_plugin_and_elsewhere_of_all() {
    let mut app = app(2);
    let store = Verb::Reload { plugin: Some("store".into()) };
    assert_eq!(type_in(&mut app, "jr"), Deed::Ask(store.clone()));
    let done = json!({ "plugins": [{ "changed": true }, { "changed": false }] });
    app.take(News::Done(store.clone(), Ok(done)));
    assert!(drawn(&app).contains("reload: one plugin is new"));
    app.take(News::Done(store, Err(AskError::Garbled("x".into()))));
    assert!(app.word.as_ref().unwrap().is_bad);
    assert_eq!(type_in(&mut app, "2r"), Deed::Ask(Verb::Reload { plugin: None }));
}

#[test]
fn a_roll_back_asks_first() {
    let mut app = app(2);
    let store = Verb::Rollback { plugin: Some("store".into()) };
    assert_eq!(type_in(&mut app, "jb"), Deed::Draw);
    assert!(drawn(&app).contains("rolling plugin store back: y does it"));
    assert_eq!(type_in(&mut app, "n"), Deed::Draw);
    assert_eq!(app.mode, Mode::Browse);
    assert_eq!(type_in(&mut app, "by"), Deed::Ask(store));
    assert_eq!(type_in(&mut app, "2by"), Deed::Ask(Verb::Rollback { plugin: None }));
}

#[test]
fn a_tap_shows_requests_until_it_is_ended() {
    let mut app = app(2);
    assert!(type_in(&mut app, "5") == Deed::Draw && drawn(&app).contains("t shows requests"));
    assert_eq!(type_in(&mut app, "1t"), Deed::Tap(Some("echo".into())));
    assert!(app.tab == Tab::Requests && drawn(&app).contains("tap: echo"));
    let row = |number: u64| {
        json!(SightingRow {
            timestamp: "2026-03-01T12:00:00.123456Z".into(),
            command: format!("0x{number:04X}"),
            handler: Some("echo.echo".into()),
            end: "replied".into(),
            duration_us: 7,
            ..SightingRow::default()
        })
    };
    (0..300).for_each(|number| drop(app.take(News::Tapped(row(number)))));
    assert_eq!((app.sheet().rows.len(), app.sheet().rows[0].cells[1].text()), (200, "0x012B"));
    app.take(News::Tapped(json!({ "dropped": 3 })));
    assert!(drawn(&app).contains("3 more"));
    assert_eq!(type_in(&mut app, "t"), Deed::EndTap);
    assert_eq!(app.sheet().rows.len(), 200, "what has come stays");
    assert_eq!(type_in(&mut app, "2t"), Deed::Tap(Some("0x0100".into())));
    app.take(News::TapEnded(Some(AskError::Garbled("x".into()))));
    assert!(app.word.as_ref().unwrap().is_bad && !app.tapped.is_open());
}

#[test]
fn a_pause_holds_the_screen_and_a_silent_server_is_told() {
    let mut app = app(2);
    type_in(&mut app, "p");
    app.take(News::Look(Ok(look(3))));
    assert_eq!(app.history.newest.as_ref().unwrap().at_ms, 2_000);
    assert!(drawn(&app).contains("PAUSED"));
    let gone = std::io::Error::from(std::io::ErrorKind::ConnectionRefused);
    app.take(News::Look(Err(AskError::Unreachable(gone))));
    assert!(drawn(&app).contains("no server answers"));
    app.take(News::Look(Ok(look(4))));
    assert!(!drawn(&app).contains("no server answers"));
}

#[test]
fn a_bad_configuration_is_told_with_its_place() {
    let mut bad = look(2);
    let problem = Problem {
        code: "HF0102".into(),
        file: Some("/srv/commands.toml".into()),
        line: Some(4),
        ..Problem::default()
    };
    bad.status.config = ConfigState { errors: vec![problem], ..ConfigState::default() };
    let mut app = app(1);
    app.take(News::Look(Ok(bad)));
    assert!(drawn(&app).contains("config BAD HF0102 commands.toml:4"));
}

#[test]
fn changes_are_marked_and_listed() {
    let mut app = app(12);
    let marked: Vec<_> = app.history.samples.iter().map(|sample| sample.is_marked).collect();
    assert_eq!(marked.iter().position(|marked| *marked), Some(3));
    type_in(&mut app, "4");
    assert!(drawn(&app).contains("plugin echo 1.1.0: generation 2"));
}

#[test]
fn every_way_out_ends_it() {
    assert_eq!(type_in(&mut app(1), "q"), Deed::Quit);
    let interrupt = KeyEvent::new(KeyCode::Char('c'), KeyModifiers::CONTROL);
    let mut searching = app(1);
    type_in(&mut searching, "/");
    assert_eq!(searching.take(News::Terminal(Event::Key(interrupt))), Deed::Quit);
    assert_eq!(type_in(&mut searching, "q"), Deed::Draw, "a letter to search for");
    type_in(&mut searching, "\u{1b}");
}

#[test]
fn ascii_is_chosen_by_the_locale() {
    let set = |name: &'static str, value: &'static str| {
        move |asked: &str| (asked == name).then(|| value.into())
    };
    assert!(speaks_unicode(|_| None));
    assert!(speaks_unicode(set("LANG", "de_DE.UTF-8")));
    assert!(!speaks_unicode(set("LANG", "C")));
    assert!(!speaks_unicode(set("LC_ALL", "POSIX")));
    assert!(speaks_unicode(set("LC_ALL", "")));
}
