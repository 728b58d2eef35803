//! `hotframe man`: the manual page, and a page for each command.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use clap::{Args, Command, CommandFactory};
use clap_mangen::Man;

use super::check::print;
use super::failure::{Failure, Sort};
use super::{Cli, Exit};

/// Arguments of `hotframe man`.
#[derive(Clone, Debug, Default, Args)]
pub struct ManArgs {
    /// Write every page into this folder, `hotframe.1` and one for each command, instead of
    /// printing one: `man -l` reads both
    #[arg(long, value_name = "FOLDER")]
    dir: Option<PathBuf>,
    /// The page of this command: `ctl`, or `plugin new`
    #[arg(value_name = "COMMAND", conflicts_with = "dir")]
    command: Vec<String>,
}

/// Runs `hotframe man`.
#[must_use]
pub fn run(args: &ManArgs) -> Exit {
    let mut all = Cli::command().disable_help_subcommand(true);
    all.build();
    let done = match &args.dir {
        Some(folder) => write_all(&all, folder),
        None => find(&all, &args.command).and_then(|command| {
            page(command)
                .map(|text| print(&text))
                .map_err(|error| unwritten(Path::new("-"), &error))
        }),
    };
    match done {
        Ok(()) => Exit::Good,
        Err(failure) => failure.report(false),
    }
}

/// The command that is named, one word for each level.
fn find<'a>(all: &'a Command, names: &[String]) -> Result<&'a Command, Failure> {
    names.iter().try_fold(all, |command, name| {
        command.find_subcommand(name).filter(|found| !found.is_hide_set()).ok_or_else(|| {
            let message = format!(
                "`{}` has no command `{name}`",
                command.get_bin_name().unwrap_or("hotframe")
            );
            Failure::new(Sort::Argument, message, "`hotframe --help` lists the commands")
        })
    })
}

/// Writes a command's page and those of its own commands.
fn write_all(command: &Command, folder: &Path) -> Result<(), Failure> {
    let name = command.get_bin_name().unwrap_or("hotframe").replace(' ', "-");
    let file = folder.join(format!("{name}.1"));
    let written = page(command).and_then(|text| {
        fs::create_dir_all(folder)?;
        fs::write(&file, text)
    });
    written.map_err(|error| unwritten(&file, &error))?;
    let shown = command.get_subcommands().filter(|command| !command.is_hide_set());
    shown.into_iter().try_for_each(|command| write_all(command, folder))
}

/// The page in roff.
fn page(command: &Command) -> io::Result<String> {
    let mut text = Vec::new();
    let source = concat!("hotframe ", env!("CARGO_PKG_VERSION"));
    Man::new(command.clone()).source(source).render(&mut text)?;
    String::from_utf8(text).map_err(io::Error::other)
}

fn unwritten(file: &Path, error: &io::Error) -> Failure {
    let message = format!("cannot write {}: {error}", file.display());
    Failure::new(Sort::Input, message, "name a folder that may be written to with --dir")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all() -> Command {
        let mut all = Cli::command().disable_help_subcommand(true);
        all.build();
        all
    }

    fn words(text: &str) -> Vec<String> {
        text.split_whitespace().map(str::to_owned).collect()
    }

    #[test]
    fn every_command_has_a_page_that_names_its_options() {
        let folder = tempfile::tempdir().unwrap();
        write_all(&all(), folder.path()).unwrap();
        let read = |name: &str| fs::read_to_string(folder.path().join(name)).unwrap();
        let main = read("hotframe.1");
        for word in [".TH hotframe 1", "hotframe\\-serve(1)", "event loop"] {
            assert!(main.contains(word), "{word}: {main}");
        }
        assert!(!main.contains("__probe"));
        assert!(read("hotframe-send.1").contains("\\-\\-timeout"));
        assert!(read("hotframe-ctl-reload.1").contains("hotframe ctl reload"));
        assert!(!folder.path().join("hotframe-__probe.1").exists());
    }

    #[test]
    fn a_page_is_found_by_its_command_and_a_missing_one_is_told() {
        let all = all();
        assert_eq!(find(&all, &[]).unwrap().get_name(), "hotframe");
        assert_eq!(find(&all, &words("ctl reload")).unwrap().get_name(), "reload");
        for missing in ["nonsense", "ctl nonsense", "__probe"] {
            let failure = find(&all, &words(missing)).unwrap_err();
            assert_eq!(failure.exit, Exit::Usage, "{failure}");
        }
    }
}
