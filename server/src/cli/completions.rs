//! `hotframe completions`: the script by which a shell completes the command line.

use clap::{Args, Command, CommandFactory};
use clap_complete::Shell;

use super::check::print;
use super::{Cli, Exit};

/// Arguments of `hotframe completions`.
#[derive(Clone, Copy, Debug, Args)]
pub struct CompletionsArgs {
    /// The shell that is to complete
    #[arg(value_enum)]
    shell: Shell,
}

/// Runs `hotframe completions`.
#[must_use]
pub fn run(args: &CompletionsArgs) -> Exit {
    print(&script(args.shell));
    Exit::Good
}

/// The script, in the shell's own language.
fn script(shell: Shell) -> String {
    let mut text = Vec::new();
    clap_complete::generate(shell, &mut offered(), "hotframe", &mut text);
    String::from_utf8_lossy(&text).into_owned()
}

/// The command line without what nobody types: some shells would offer that, too.
fn offered() -> Command {
    let all = Cli::command();
    let commands = all.get_subcommands().filter(|command| !command.is_hide_set());
    Command::new("hotframe").args(all.get_arguments()).subcommands(commands)
}

#[cfg(test)]
mod tests {
    use clap::ValueEnum;

    use super::*;

    #[test]
    fn every_shell_completes_every_command_and_none_that_is_hidden() {
        let commands = Cli::command();
        let shown = || commands.get_subcommands().filter(|command| !command.is_hide_set());
        assert!(shown().count() >= 8);
        for shell in Shell::value_variants() {
            let script = script(*shell);
            for command in shown() {
                assert!(script.contains(command.get_name()), "{shell}: {}", command.get_name());
            }
            for option in ["config", "profile", "listen"] {
                assert!(script.contains(option), "{shell}: {option}");
            }
            assert!(!script.contains("__probe"), "{shell}");
        }
    }
}
