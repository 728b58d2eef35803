//! `hotframe ctl`: owns the way from the command line to the control socket and back to the
//! screen.

mod changes;
pub(super) mod failure;
mod one_plugin;
mod pages;
mod requests;
mod rows;
mod table;
mod tap;
pub(super) mod target;
pub(super) mod units;

use std::{
    io::{self, ErrorKind, IsTerminal, Write, stdout},
    path::PathBuf,
    time::Duration,
};

use clap::{Args, Subcommand};
use serde_json::Value;

pub use self::target::of_process as socket_path;

use super::Exit;
use super::send::span;
use crate::{
    control::answers::PluginRow,
    control::{self, AskError, ControlError, Verb, codes},
    logging::Style,
};

/// The server's own word about a timeout gets so long to arrive.
const SLACK: Duration = Duration::from_secs(2);

/// Arguments of `hotframe ctl`.
#[derive(Debug, Args)]
pub struct CtlArgs {
    #[command(subcommand)]
    verb: CtlVerb,
    /// Print the result as JSON, and errors as JSON on standard error
    #[arg(long, global = true)]
    json: bool,
    /// The server's control socket [default: $HOTFRAME_CONTROL, else run/hotframe.sock]
    #[arg(long, global = true, value_name = "PATH")]
    control: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
enum CtlVerb {
    /// Show how the server is
    Status,
    /// List the plugins, or show one of them in full
    Plugins {
        /// Only this one, with its handlers, its heap and what it measures
        plugin: Option<String>,
    },
    /// List the routes
    Routes,
    /// List the connections
    Connections,
    /// List the sessions of the clients that said HELLO
    Sessions,
    /// Close a connection when it got what it is owed, or end a client's session
    Kick {
        /// The id of a connection, or the name of a client
        id: String,
    },
    /// Read files and plugins again, and wait until they are live
    Reload {
        /// Load only this plugin again
        plugin: Option<String>,
    },
    /// Show what a reload of the configuration files would change
    Plan,
    /// Go back to a plugin's version before, or to the configuration before
    Rollback {
        /// The plugin [default: the settings and routes before the newest change]
        plugin: Option<String>,
    },
    /// Take a plugin out of service, over restarts, too: its routes answer 2005
    Disable {
        /// The plugin
        plugin: String,
    },
    /// Let a plugin serve again that was disabled or set aside
    Enable {
        /// The plugin
        plugin: String,
    },
    /// Let nobody new in, serve who is here until they leave, then end the server
    ///
    /// Waits until it is done and tells how it went. From the beginning /readyz answers 503 and the
    /// listeners are closed.
    Drain {
        /// How long peers may stay, such as 90s or 5m [default: server.shutdown_grace]
        #[arg(long, value_name = "TIME", value_parser = span::parse)]
        grace: Option<Duration>,
    },
    /// Show requests as they pass, with their payloads
    Tap {
        /// A command's number, a handler or a plugin [default: all]
        command: Option<String>,
        /// End after so many requests
        #[arg(long, short = 'n', value_name = "N")]
        count: Option<u64>,
    },
    /// List the slowest requests of the last minutes
    Slowlog {
        /// So many at most, the slowest first
        #[arg(long, short = 'n', value_name = "N", default_value_t = 20)]
        last: usize,
    },
    /// Show what is logged, or change it until the configuration says something else
    Log {
        /// off, error, warn, info, debug or trace; default: what the configuration says
        level: Option<String>,
        /// Only this target, such as plugin::echo or control
        target: Option<String>,
    },
    /// Answer what is owed, then end the server
    Shutdown,
}

impl CtlVerb {
    fn to_verb(&self) -> Verb {
        match self {
            Self::Status => Verb::Status,
            Self::Plugins { .. } => Verb::Plugins,
            Self::Routes => Verb::Routes,
            Self::Connections => Verb::Connections,
            Self::Sessions => Verb::Sessions,
            Self::Kick { id } => Verb::Kick { id: id.clone() },
            Self::Reload { plugin } => Verb::Reload { plugin: plugin.clone() },
            Self::Plan => Verb::Plan,
            Self::Rollback { plugin } => Verb::Rollback { plugin: plugin.clone() },
            Self::Disable { plugin } => Verb::Disable { plugin: plugin.clone() },
            Self::Enable { plugin } => Verb::Enable { plugin: plugin.clone() },
            Self::Drain { grace } => {
                let ms = |grace: Duration| u64::try_from(grace.as_millis()).unwrap_or(u64::MAX);
                Verb::Drain { grace_ms: grace.map(ms) }
            }
            Self::Tap { command, .. } => Verb::Tap { command: command.clone() },
            Self::Slowlog { .. } => Verb::SlowLog,
            Self::Log { level, target } => {
                Verb::Log { level: level.clone(), target: target.clone() }
            }
            Self::Shutdown => Verb::Shutdown,
        }
    }
}

/// Runs `hotframe ctl`.
#[must_use]
pub fn run(args: &CtlArgs) -> Exit {
    let socket = socket_path(args.control.as_deref());
    let verb = args.verb.to_verb();
    if let CtlVerb::Tap { count, command } = &args.verb {
        return tap::run(&socket, &verb, command.as_deref(), count.unwrap_or(u64::MAX), args.json);
    }
    let shown =
        control::ask(&socket, &verb, control::patience(&verb) + SLACK).and_then(
            |result| match &args.verb {
                CtlVerb::Plugins { plugin: Some(name) } => show_plugin(name, result, args.json),
                CtlVerb::Slowlog { last } => show(&verb, requests::first(result, *last), args.json),
                _ => show(&verb, result, args.json),
            },
        );
    match shown {
        Ok(text) => print(&text),
        Err(error) => failure::report(&error, &socket, args.json),
    }
}

/// What is printed for a result, with its line feed.
fn show(verb: &Verb, result: Value, json: bool) -> Result<String, AskError> {
    if json {
        return Ok(format!("{result}\n"));
    }
    let out = stdout();
    pages::page(verb, result, width_of(&out), Style::of(&out))
        .map_err(|error| AskError::Garbled(format!("{error} (another version? try --json)")))
}

/// The same for one plugin of those that are listed; as JSON it is a list, too, for a file that was
/// refused may bear the name of a plugin that serves.
fn show_plugin(name: &str, result: Value, json: bool) -> Result<String, AskError> {
    let garbled = |error| AskError::Garbled(format!("{error} (another version? try --json)"));
    let mut rows: Vec<PluginRow> = serde_json::from_value(result).map_err(garbled)?;
    let known: Vec<_> = rows.iter().map(|row| row.name.clone()).collect();
    rows.retain(|row| row.name == name);
    if rows.is_empty() {
        let error = ControlError::new(codes::UNKNOWN_PLUGIN, format!("no plugin `{name}`"));
        let error = error.with_help(format!("plugins here: {}", known.join(", ")));
        return Err(AskError::Refused(error));
    }
    if json {
        return Ok(format!("{}\n", serde_json::to_string(&rows).map_err(garbled)?));
    }
    let out = stdout();
    Ok(one_plugin::page(&rows, width_of(&out), Style::of(&out)))
}

/// Columns of the terminal; `None` off a terminal, where nothing is cut.
fn width_of(out: &io::Stdout) -> Option<usize> {
    if !out.is_terminal() {
        return None;
    }
    let columns = rustix::termios::tcgetwinsize(out).map_or(0, |size| size.ws_col);
    Some(if columns == 0 { 80 } else { usize::from(columns) })
}

fn print(text: &str) -> Exit {
    match stdout().write_all(text.as_bytes()).and_then(|()| stdout().flush()) {
        Ok(()) => Exit::Good,
        // The reader, `head` for one, has had enough.
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Exit::Good,
        Err(_) => Exit::Failed,
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        args: CtlArgs,
    }

    fn parse(line: &str) -> Result<CtlArgs, clap::Error> {
        Line::try_parse_from(line.split_whitespace()).map(|line| line.args)
    }

    #[test]
    fn options_may_stand_before_and_behind_the_verb() {
        for line in ["ctl status --json --control /s", "ctl --json --control /s status"] {
            let args = parse(line).unwrap();
            assert!(args.json && args.control == Some("/s".into()), "{line}");
        }
    }

    #[test]
    fn every_verb_of_the_control_room_can_be_asked() {
        for name in Verb::NAMES {
            let id = match *name {
                "kick" => "dev1",
                "disable" | "enable" => "echo",
                _ => "",
            };
            assert_eq!(parse(&format!("ctl {name} {id}")).unwrap().verb.to_verb().name(), *name);
        }
        let one = parse("ctl reload echo").unwrap().verb.to_verb();
        assert_eq!(one, Verb::Reload { plugin: Some("echo".into()) });
        assert_eq!(parse("ctl").unwrap_err().exit_code(), 2);
        assert_eq!(parse("ctl stauts").unwrap_err().exit_code(), 2);
    }

    #[test]
    fn json_is_the_result_as_it_is_on_one_line() {
        let result = serde_json::json!([{ "b": 1, "a": "x\ny" }]);
        let text = show(&Verb::Routes, result, true).unwrap();
        assert_eq!(text, "[{\"b\":1,\"a\":\"x\\ny\"}]\n");
    }

    #[test]
    fn no_more_rows_are_shown_than_were_asked_for() {
        let last = parse("ctl slowlog --last 7").unwrap().verb;
        assert!(matches!(last, CtlVerb::Slowlog { last: 7 }));
        assert!(matches!(parse("ctl slowlog").unwrap().verb, CtlVerb::Slowlog { last: 20 }));
    }

    #[test]
    fn a_result_of_another_shape_is_garbled_not_a_panic() {
        let error = show(&Verb::Status, serde_json::json!({ "version": 3 }), false).unwrap_err();
        assert!(matches!(error, AskError::Garbled(_)));
    }
}
