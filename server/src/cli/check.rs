//! `hotframe check`: every problem of configuration, routes and plugins, without listening.

use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};

use super::Exit;
use crate::config::{Loaded, Routes, Settings, Sources, load, missing_handlers};
use crate::diagnostics::{Diagnostic, Format, render, tally};

/// Arguments of `hotframe check`.
#[derive(Debug, Default, Args)]
pub struct CheckArgs {
    /// The configuration file [default: config/hotframe.toml, if it is there]
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Lay profiles/NAME.toml over the configuration
    #[arg(long, value_name = "NAME")]
    profile: Option<String>,
    /// Set one key, last of all
    #[arg(long = "set", value_name = "KEY=VALUE")]
    sets: Vec<String>,
    /// The form of the report
    #[arg(long, value_enum, default_value_t)]
    format: FormatArg,
}

#[derive(Clone, Copy, Debug, Default, ValueEnum)]
enum FormatArg {
    /// For people, with source lines
    #[default]
    Text,
    /// One JSON object a line
    Json,
    /// Workflow commands that annotate a change
    Github,
}

/// What a look at the plugins brings to the report.
#[derive(Clone, Debug, Default)]
pub struct PluginFindings {
    /// What is wrong with plugin files.
    pub problems: Vec<Diagnostic>,
    /// The full names of all handlers that would be there, the built-in ones included.
    pub handlers: Vec<String>,
}

/// Runs `hotframe check`.
#[must_use]
pub fn run(args: &CheckArgs) -> Exit {
    run_with(args, |_| None)
}

/// Runs `hotframe check` with `plugins` to look at the plugin files of good settings; `None`
/// leaves plugins and the routes' handlers unjudged.
pub fn run_with(
    args: &CheckArgs,
    plugins: impl FnOnce(&Settings) -> Option<PluginFindings>,
) -> Exit {
    let sources = Sources {
        config: args.config.clone(),
        profile: args.profile.clone(),
        sets: args.sets.clone(),
        ..Sources::of_process()
    };
    let loaded = load(&sources);
    let mut problems = loaded.problems.clone();
    if let Some(found) = loaded.settings.as_ref().and_then(plugins) {
        problems.extend(found.problems);
        if let Some(routes) = &loaded.routes {
            problems.extend(missing_handlers(routes, &found.handlers));
        }
    }
    report(args.format, &sources, &loaded, &problems);
    if problems.iter().any(Diagnostic::is_error) {
        Exit::Config
    } else {
        Exit::Good
    }
}

fn report(format: FormatArg, sources: &Sources, loaded: &Loaded, problems: &[Diagnostic]) {
    let verdict = verdict(sources, loaded, problems);
    let format = match format {
        FormatArg::Text => Format::Text,
        FormatArg::Json => Format::Json,
        FormatArg::Github => Format::Github,
    };
    print(&render(problems, format, wants_colour()));
    match format {
        Format::Text => print(&format!("{verdict}\n")),
        // Standard output is read by a program.
        Format::Json | Format::Github => eprintln!("{verdict}"),
    }
}

/// The closing line.
fn verdict(sources: &Sources, loaded: &Loaded, problems: &[Diagnostic]) -> String {
    let tally = tally(problems);
    if problems.iter().any(Diagnostic::is_error) {
        return tally;
    }
    let good = match (&loaded.settings, &loaded.routes) {
        (Some(settings), Some(routes)) => good(sources, loaded, settings, routes),
        _ => "nothing to serve".to_owned(),
    };
    if tally.is_empty() {
        good
    } else {
        format!("{good} ({tally})")
    }
}

fn good(sources: &Sources, loaded: &Loaded, settings: &Settings, routes: &Routes) -> String {
    let there = loaded.files.iter().filter(|file| file.exists());
    let names: Vec<_> = there.map(|file| shown(sources, file)).collect();
    let (names, verb) = match names.split_last() {
        None => ("the built-in configuration".to_owned(), "is"),
        Some((only, [])) => (only.clone(), "is"),
        Some((last, rest)) => (format!("{} and {last}", rest.join(", ")), "are"),
    };
    let routes = counted(routes.iter().count(), "route");
    let listeners = counted(settings.listen.len(), "listener");
    format!("{names} {verb} good: {routes}, {listeners}")
}

fn counted(count: usize, noun: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {noun}{plural}")
}

fn shown(sources: &Sources, file: &Path) -> String {
    let near = file.strip_prefix(&sources.cwd).unwrap_or(file);
    near.display().to_string()
}

/// Whether standard output takes colour and the user has not turned it off.
fn wants_colour() -> bool {
    let declined = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    std::io::stdout().is_terminal() && !declined
}

/// Prints to standard output. A reader that went away, as `head` does, is no failure of ours.
pub(super) fn print(text: &str) {
    let mut out = std::io::stdout().lock();
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}
