//! `hotframe send`: one command to a server, once or in a loop, and what came back.

pub(super) mod command;
pub(super) mod payload;
mod repeat;
pub(super) mod report;
mod resolve;
pub(super) mod session;
pub(super) mod span;
mod tally;
mod typed;

use std::io::{self, IsTerminal, Read, Write};
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use super::Exit;
use super::ctl;
use super::failure::Failure;
use super::ink::Ink;
use super::login::Login;
use command::{Message, Target};
use repeat::Pace;
use report::Report;
use session::Session;

/// Arguments of `hotframe send`.
#[derive(Debug, Args)]
pub struct SendArgs {
    /// The command's number (0x0100, 256), or the name of a handler (echo.echo), which the
    /// running server is asked for
    #[arg(value_name = "COMMAND")]
    command: String,
    /// The data: text, hex:01ff, file:PATH, @- (standard input), u8:7, u16be:513, i32le:-5,
    /// f32be:1.5 and so on, several with commas (u16be:1500,text:hello); text:… for text that looks
    /// like one of these
    #[arg(value_name = "PAYLOAD", allow_hyphen_values = true)]
    payload: Option<String>,
    /// Where the server listens: tcp://HOST:PORT, unix:///PATH or HOST:PORT
    #[arg(long, value_name = "ADDR", default_value = "tcp://127.0.0.1:7400")]
    to: String,
    /// The device's address, 0 to 255
    #[arg(long, value_name = "N", default_value = "1", value_parser = command::address)]
    address: u8,
    /// Send an event, which is never answered
    #[arg(long)]
    event: bool,
    #[command(flatten)]
    login: Login,
    /// How long to wait, for the connection and for each answer: 250ms, 2s, 1m
    #[arg(long, value_name = "T", default_value = "5s", value_parser = span::parse)]
    timeout: Duration,
    /// Send again and again, so far apart; until interrupted, or --count times
    #[arg(long, value_name = "T", value_parser = span::parse)]
    every: Option<Duration>,
    /// Send so many times
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    count: Option<u64>,
    /// Print one JSON object for each answer
    #[arg(long)]
    json: bool,
    /// The running server's control socket, which knows the handlers' names
    /// [default: $HOTFRAME_CONTROL, else run/hotframe.sock]
    #[arg(long, value_name = "PATH")]
    control: Option<PathBuf>,
}

/// Runs `hotframe send`.
#[must_use]
pub fn run(args: &SendArgs) -> Exit {
    let stdout = io::stdout();
    let ink = Ink::on(stdout.is_terminal());
    match perform(args, &mut io::stdin().lock(), ink, &mut stdout.lock()) {
        Ok(exit) => exit,
        Err(failure) => failure.report(args.json),
    }
}

/// Does what the arguments say, in this order: all that can be wrong with them first.
fn perform(
    args: &SendArgs,
    stdin: &mut impl Read,
    ink: Ink,
    out: &mut impl Write,
) -> Result<Exit, Failure> {
    let hello = args.login.read()?;
    let data = payload::read(args.payload.as_deref().unwrap_or_default(), stdin)?;
    let control = ctl::socket_path(args.control.as_deref());
    let target = Target::resolve(&args.command, args.address, &control, args.timeout)?;
    let message = Message { target, data, event: args.event };
    let mut session = Session::open(&args.to, args.timeout)?;
    if let Some(hello) = &hello {
        session.hello(args.address, hello)?;
    }
    let pace = Pace::new(args.every, args.count)?;
    let mut report = Report::new(out, ink, args.json, pace.repeats());
    repeat::run(&mut session, &message, pace, &mut report)
}

#[cfg(test)]
mod tests;
