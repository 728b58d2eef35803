//! The start screen, line by line.

use super::*;

fn route(command: &str, handler: &str, ok: bool) -> RouteFact {
    RouteFact { command: command.into(), handler: handler.into(), ok }
}

fn facts() -> StartFacts {
    let plugin = |name: &str, file: Option<&str>| PluginFact {
        name: name.into(),
        version: "0.1.0".into(),
        file: file.map(Into::into),
        load_time: Duration::from_micros(850),
        handlers: vec!["echo".into()],
    };
    StartFacts {
        version: "0.1.0".into(),
        took: Duration::from_micros(12_400),
        listen: vec!["tcp://127.0.0.1:7400".into(), "tcp://0.0.0.0:7500".into()],
        control: Some("/srv/run/hotframe.sock".into()),
        http: None,
        config: Some("config/hotframe.toml".into()),
        plugins: vec![plugin("builtin", None), plugin("echo", Some("plugins/libecho.so"))],
        routes: vec![
            route("0x0100", "echo.echo", true),
            route("0x0101", "tally.count", false),
            route("default", "echo.echo", true),
        ],
        watched: vec!["config/hotframe.toml".into(), "plugins".into()],
        problems: 1,
        crash: None,
    }
}

#[test]
fn the_whole_screen() {
    insta::assert_snapshot!(render(&facts(), Style::Plain), @r"
    hotframe 0.1.0 is ready after 12 ms

      listen    tcp://127.0.0.1:7400  this machine only
                tcp://0.0.0.0:7500    everyone who can reach this machine
      control   /srv/run/hotframe.sock
      plugins   builtin 0.1.0  part of the server
                echo 0.1.0     plugins/libecho.so, loaded in 0.8 ms
      routes    0x0100  → echo.echo
                0x0101  → tally.count  cannot answer yet
                default → echo.echo
      config    config/hotframe.toml
      watched   config/hotframe.toml
                plugins
      look at   1 problem: `hotframe ctl status` tells

      In another terminal: hotframe send 0x0100 hello   Ctrl-C ends the server.
    ");
}

#[test]
fn a_lone_binary_in_an_empty_folder() {
    let facts = StartFacts {
        listen: vec!["tcp://127.0.0.1:7400".into()],
        config: None,
        plugins: facts().plugins[..1].to_vec(),
        routes: vec![route("default", "builtin.echo", true)],
        watched: Vec::new(),
        problems: 0,
        ..facts()
    };
    insta::assert_snapshot!(render(&facts, Style::Plain), @r"
    hotframe 0.1.0 is ready after 12 ms

      listen    tcp://127.0.0.1:7400  this machine only
      control   /srv/run/hotframe.sock
      plugins   builtin 0.1.0  part of the server
      routes    default → builtin.echo
      config    the built-in default: there is no config/hotframe.toml

      In another terminal: hotframe send 0x0100 hello   Ctrl-C ends the server.
    ");
}

#[test]
fn many_routes_are_folded_and_those_that_cannot_answer_are_shown() {
    let mut facts = facts();
    facts.routes =
        (0..40).map(|n| route(&format!("0x{:04x}", 0x200 + n), "echo.echo", n != 39)).collect();
    let screen = render(&facts, Style::Plain);
    assert_eq!(screen.matches('→').count(), SHOWN_ROUTES - 1);
    assert!(screen.contains("0x0227 → echo.echo  cannot answer yet"), "{screen}");
    assert!(screen.contains("and 33 more: `hotframe ctl routes` lists them"), "{screen}");
}

#[test]
fn the_next_command_is_one_that_gets_a_reply() {
    let next = |listen: &str, routes: Vec<RouteFact>| {
        next_command(&StartFacts { listen: vec![listen.into()], routes, ..StartFacts::default() })
    };
    let echo = || vec![route("0x0101", "a.b", true), route("0x0100", "echo.echo", true)];
    let usual = Some("hotframe send 0x0100 hello".to_owned());
    assert_eq!(next("tcp://127.0.0.1:7400", echo()), usual);
    assert_eq!(next("tcp://0.0.0.0:7400", echo()), usual);
    let other = vec![route("0x0100", "a.b", false), route("0x0200", "a.b", true)];
    let expected = Some("hotframe send 0x0200 hello --to 127.0.0.1:9".to_owned());
    assert_eq!(next("tcp://127.0.0.1:9", other), expected);
    let expected = Some("hotframe send 0x0100 hello --to unix:///run/x".to_owned());
    assert_eq!(next("unix:///run/x", echo()), expected);
    assert_eq!(next("tcp://[::]:9", Vec::new()), None);
    assert_eq!(reachable("tcp://[::]:9"), "[::1]:9");
}

#[test]
fn colour_changes_nothing_but_colour() {
    let plain = render(&facts(), Style::Plain);
    let colour = render(&facts(), Style::Colour);
    let mut bare = String::new();
    let mut chars = colour.chars();
    while let Some(char) = chars.next() {
        if char == '\u{1b}' {
            chars.by_ref().find(|char| *char == 'm');
        } else {
            bare.push(char);
        }
    }
    assert_eq!(bare, plain);
    assert_ne!(colour, plain);
}
