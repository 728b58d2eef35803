//! The command line: one file a command; this one owns the list of commands and nothing else.

pub mod banner;
pub mod bench;
pub mod check;
pub mod ctl;
pub mod decode;
pub mod exit;
pub mod explain;
pub mod probe;
mod report;
pub mod send;
pub mod serve;
pub mod sources;
pub mod survey;

mod bytes;
mod failure;
mod ink;

use clap::{Parser, Subcommand};

pub use exit::Exit;

/// A server for the Modular Communication Protocol with hot-swappable plugins.
#[derive(Debug, Parser)]
#[command(name = "hotframe", version, about, args_conflicts_with_subcommands = true)]
pub struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    /// `hotframe` alone is `hotframe serve`.
    #[command(flatten)]
    serve: serve::ServeArgs,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the server (what `hotframe` alone does)
    Serve(serve::ServeArgs),
    /// Read configuration, routes and plugins without listening, and report every problem
    Check(check::CheckArgs),
    /// Say what a diagnostic code means and how to mend it
    Explain(explain::ExplainArgs),
    /// Send a command and print the reply
    Send(send::SendArgs),
    /// Send requests as fast or as often as told, verify every reply, and say what came of it
    Bench(bench::BenchArgs),
    /// Talk to the running server
    Ctl(ctl::CtlArgs),
    /// Print frames field by field
    Decode(decode::DecodeArgs),
    /// Try a plugin out, for the server
    #[command(name = crate::plugins::PROBE_COMMAND, hide = true)]
    Probe(probe::ProbeArgs),
}

/// Reads the process's arguments and runs the command that they name.
#[must_use]
pub fn run() -> Exit {
    let cli = Cli::parse();
    match cli.command.unwrap_or(Command::Serve(cli.serve)) {
        Command::Serve(args) => serve::run(&args),
        Command::Check(args) => check::run(&args),
        Command::Explain(args) => explain::run(&args),
        Command::Send(args) => send::run(&args),
        Command::Bench(args) => bench::run(&args),
        Command::Ctl(args) => ctl::run(&args),
        Command::Decode(args) => decode::run(&args),
        Command::Probe(args) => probe::run(&args),
    }
}
