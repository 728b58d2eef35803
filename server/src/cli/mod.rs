//! The command line: one file a command; this one owns the list of commands and nothing else.

pub mod banner;
pub mod bench;
pub mod check;
pub mod completions;
pub mod ctl;
pub mod decode;
pub mod exit;
pub mod explain;
pub mod hash;
pub mod listen;
pub mod man;
pub mod plugin;
pub mod probe;
pub mod rehearse;
mod report;
pub mod send;
pub mod serve;
pub mod sources;
pub mod survey;
pub mod take_over;
pub mod top;

mod bytes;
mod failure;
mod ink;
mod login;
mod tenure;

use std::ffi::OsString;

use clap::{Parser, Subcommand};

pub use self::exit::Exit;
use self::failure::{Failure, Sort};

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
    /// Print what a server pushes to a client
    Listen(listen::ListenArgs),
    /// Send requests as fast or as often as told, verify every reply, and say what came of it
    Bench(bench::BenchArgs),
    /// Talk to the running server
    Ctl(ctl::CtlArgs),
    /// Watch the running server live
    Top(top::TopArgs),
    /// Print frames field by field
    Decode(decode::DecodeArgs),
    /// Make the hash of a secret that is read from standard input, for the file of clients
    Hash,
    /// Make, test and inspect plugins
    Plugin(plugin::PluginArgs),
    /// Print the script by which a shell completes this command line
    Completions(completions::CompletionsArgs),
    /// Print the manual page, or write one for each command
    Man(man::ManArgs),
    /// Try a plugin out, for the server
    #[command(name = crate::plugins::PROBE_COMMAND, hide = true)]
    Probe(probe::ProbeArgs),
    /// Play with a plugin, for `plugin test`
    #[command(name = crate::plugins::REHEARSE_COMMAND, hide = true)]
    Rehearse(rehearse::RehearseArgs),
}

/// Reads the process's arguments and runs the command that they name.
#[must_use]
pub fn run() -> Exit {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) if error.use_stderr() && wants_json(std::env::args_os()) => {
            return misuse(&error).report(true);
        }
        Err(error) => error.exit(),
    };
    match cli.command.unwrap_or(Command::Serve(cli.serve)) {
        Command::Serve(args) => serve::run(&args),
        Command::Check(args) => check::run(&args),
        Command::Explain(args) => explain::run(&args),
        Command::Send(args) => send::run(&args),
        Command::Listen(args) => listen::run(&args),
        Command::Bench(args) => bench::run(&args),
        Command::Ctl(args) => ctl::run(&args),
        Command::Top(args) => top::run(&args),
        Command::Decode(args) => decode::run(&args),
        Command::Hash => hash::run(),
        Command::Plugin(args) => plugin::run(&args),
        Command::Completions(args) => completions::run(&args),
        Command::Man(args) => man::run(&args),
        Command::Probe(args) => probe::run(&args),
        Command::Rehearse(args) => rehearse::run(&args),
    }
}

/// Whether errors are to be JSON, as far as a command line that cannot be understood tells.
fn wants_json(args: impl Iterator<Item = OsString>) -> bool {
    args.take_while(|arg| arg != "--").any(|arg| arg == "--json")
}

/// What is wrong with a command line, in the form of every other failure.
fn misuse(error: &clap::Error) -> Failure {
    let text = error.render().to_string();
    let (message, help) = text.split_once("\n\n").unwrap_or((&text, ""));
    let one_line = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let message = message.strip_prefix("error: ").unwrap_or(message);
    let help: Vec<_> = help.split("\n\n").map(one_line).filter(|part| !part.is_empty()).collect();
    Failure::new(Sort::Argument, one_line(message), help.join("; "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_misused_command_line_is_told_as_json_where_that_was_asked_for() {
        let line = ["hotframe", "ctl", "nonsense", "--json"];
        let error = Cli::try_parse_from(line).unwrap_err();
        let failure = misuse(&error);
        assert!(wants_json(line.into_iter().map(OsString::from)));
        assert_eq!(failure.exit, Exit::Usage);
        let text = failure.to_string();
        assert!(text.starts_with("error[HF0011]: unrecognized subcommand 'nonsense'\n"), "{text}");
        assert!(text.contains("--help"), "{text}");
        let data = ["hotframe", "send", "0x0100", "--", "--json"];
        assert!(!wants_json(data.into_iter().map(OsString::from)));
    }
}
