//! `hotframe top`: owns the live view of a running server, from the command line to the screen.
//!
//! A `feed` asks the server again and again; `history` makes rates and marks of the answers;
//! `app` holds what the person at the keys has chosen; `draw` puts both on the screen.

mod app;
mod draw;
mod feed;
mod history;
mod once;
mod screen;
mod sheet;
mod tables;
mod tapped;
mod word;

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use super::Exit;
use super::ctl::{failure, target};
use crate::control::AskError;

/// Arguments of `hotframe top`.
#[derive(Debug, Args)]
pub struct TopArgs {
    /// Print one screen as text and end
    #[arg(long)]
    once: bool,
    /// Print JSON, one object a look: what the server is and its rates
    #[arg(long)]
    json: bool,
    /// Draw with ASCII alone
    #[arg(long)]
    ascii: bool,
    /// Milliseconds between two looks
    #[arg(long, value_name = "MS", default_value_t = 1000, value_parser = interval())]
    interval: u64,
    /// The server's control socket [default: $HOTFRAME_CONTROL, else run/hotframe.sock]
    #[arg(long, value_name = "PATH")]
    control: Option<PathBuf>,
}

/// Not faster than an eye, and not slower than anybody waits.
fn interval() -> impl clap::builder::TypedValueParser<Value = u64> {
    clap::value_parser!(u64).range(100..=60_000)
}

/// What the view is made with.
#[derive(Clone, Debug)]
struct View {
    socket: PathBuf,
    every: Duration,
    /// Blocks and arrows are drawn as ASCII.
    is_ascii: bool,
    /// Colour is left out.
    is_plain: bool,
}

/// Runs `hotframe top`.
#[must_use]
pub fn run(args: &TopArgs) -> Exit {
    let variable = std::env::var_os(target::VARIABLE);
    let view = View {
        socket: target::socket_path(args.control.as_deref(), variable),
        every: Duration::from_millis(args.interval),
        is_ascii: args.ascii || !speaks_unicode(|name| std::env::var_os(name)),
        is_plain: std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty()),
    };
    let ended = match (args.once, args.json) {
        (true, true) => once::json(&view, Some(1)),
        (false, true) => once::json(&view, None),
        (true, false) => once::text(&view),
        (false, false) => screen::run(&view),
    };
    match ended {
        Ok(exit) => exit,
        Err(error) => failure::report(&error, &view.socket, args.json),
    }
}

/// Whether the locale of the terminal is one of Unicode; without a word about it, it is.
fn speaks_unicode(variable: impl Fn(&str) -> Option<OsString>) -> bool {
    let set = ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().filter_map(variable);
    let mut locales = set.map(|value| value.to_string_lossy().to_ascii_lowercase());
    match locales.find(|value| !value.is_empty()) {
        Some(locale) => locale.contains("utf"),
        None => true,
    }
}

/// What ends a view before its time.
type Ended = Result<Exit, AskError>;

#[cfg(test)]
mod tests;
