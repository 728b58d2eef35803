//! `hotframe check`: every problem of configuration, routes and plugins, without listening.

use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};

use super::sources::SourceArgs;
use super::{Exit, survey};
use crate::config::{
    Loaded, Routes, Settings, Sources, expectations, load, missing_handlers, missing_judge, unmet,
};
use crate::diagnostics::{Diagnostic, Format, render, tally};

/// Arguments of `hotframe check`.
#[derive(Debug, Default, Args)]
pub struct CheckArgs {
    #[command(flatten)]
    sources: SourceArgs,
    /// The form of the report
    #[arg(long, value_enum, default_value_t)]
    format: FormatArg,
    /// The same as --format json
    #[arg(long, conflicts_with = "format")]
    json: bool,
    /// Also say where the routes do not lead where this file expects
    #[arg(long, value_name = "FILE")]
    expect: Option<PathBuf>,
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
    /// All plugins that would be there, and whether each judges credentials.
    pub judges: Vec<(String, bool)>,
    /// The full names of all handlers that would be there, the built-in ones included.
    pub handlers: Vec<String>,
    /// The plugins that would serve.
    pub loaded: Vec<String>,
    /// The plugins of which nothing would serve, because of one of the problems.
    pub held_back: Vec<String>,
}

impl PluginFindings {
    /// Whether it is said already why nothing offers that handler.
    fn explains(&self, handler: &str) -> bool {
        let plain = |name: &str| name.replace('-', "_");
        let plugin = handler.split_once('.').map_or(handler, |(plugin, _)| plugin);
        self.held_back.iter().any(|held| plain(held) == plain(plugin))
    }
}

/// Runs `hotframe check`.
#[must_use]
pub fn run(args: &CheckArgs) -> Exit {
    let sources = args.sources.sources();
    let loaded = load(&sources);
    let expect = args.expect.as_deref().map(|file| (&sources, file));
    let problems = judge(&loaded, expect, |settings| Some(survey::plugins(settings)));
    let format = if args.json { FormatArg::Json } else { args.format };
    report(format, &sources, &loaded, &problems);
    if problems.iter().any(Diagnostic::is_error) { Exit::Config } else { Exit::Good }
}

/// All problems: those of the files, then those of plugins, of routes without a handler, and of
/// routes that do not lead where the file of expectations says.
fn judge(
    loaded: &Loaded,
    expect: Option<(&Sources, &Path)>,
    plugins: impl FnOnce(&Settings) -> Option<PluginFindings>,
) -> Vec<Diagnostic> {
    let mut problems = loaded.problems.clone();
    let (expected, mistakes) = match expect {
        Some((sources, file)) => expectations(sources, file),
        None => Default::default(),
    };
    problems.extend(mistakes);
    if let Some(found) = loaded.settings.as_ref().and_then(plugins) {
        problems.extend(found.problems.iter().cloned());
        let judge = loaded.settings.as_ref().and_then(|settings| settings.auth.plugin.as_deref());
        let missing = judge.and_then(|judge| missing_judge(judge, &found.judges));
        let place = loaded.judge_named_at.clone().map(Box::new);
        problems.extend(missing.map(|missing| Diagnostic { place, ..missing }));
        if let Some(routes) = &loaded.routes {
            let unexplained = routes.without(|route| found.explains(&route.handler));
            problems.extend(missing_handlers(&unexplained, &found.handlers));
            problems.extend(unmet(&expected, routes, &found.handlers));
        }
    }
    problems
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
        Format::Text => print(&format!("{verdict}\n{}", remark(problems))),
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
    if tally.is_empty() { good } else { format!("{good} ({tally})") }
}

/// What plugin files were judged by, where one of them is no good.
fn remark(problems: &[Diagnostic]) -> &'static str {
    match problems.iter().any(|problem| problem.code.as_str().starts_with("HF02")) {
        true => {
            "plugin files are judged as at a start; where one is refused, a server that runs \
             serves on with the version before it\n"
        }
        false => "",
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

#[cfg(test)]
mod tests {
    use super::*;

    /// The closing line for two files, with the plugin `echo` at hand.
    fn closing(settings: &str, commands: &str) -> String {
        let folder = tempfile::tempdir().unwrap();
        let config = folder.path().join("config");
        std::fs::create_dir(&config).unwrap();
        std::fs::write(config.join("hotframe.toml"), settings).unwrap();
        std::fs::write(config.join("commands.toml"), commands).unwrap();
        let sources = Sources { cwd: folder.path().to_owned(), ..Sources::default() };
        let loaded = load(&sources);
        let plugins = |_: &Settings| {
            Some(PluginFindings {
                problems: Vec::new(),
                judges: vec![("echo".to_owned(), false)],
                handlers: vec!["echo.echo".to_owned(), "echo.reverse".to_owned()],
                ..PluginFindings::default()
            })
        };
        verdict(&sources, &loaded, &judge(&loaded, None, plugins))
    }

    #[test]
    fn good_files_are_named_with_what_they_hold() {
        let listen = "listen = [\"tcp://127.0.0.1:1\", \"tcp://127.0.0.1:2\"]";
        assert_eq!(
            closing(listen, "[commands]\n0x0100 = \"echo.echo\"\n"),
            "config/hotframe.toml and config/commands.toml are good: 1 route, 2 listeners"
        );
    }

    #[test]
    fn a_route_without_a_handler_is_a_warning_with_the_fix() {
        let commands = "[commands]\n0x0100 = \"echo.revers\"\n";
        assert!(closing("", commands).ends_with("1 route, 1 listener (1 warning)"));
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("commands.toml");
        std::fs::write(&file, commands).unwrap();
        let sources = Sources {
            cwd: folder.path().to_owned(),
            sets: vec!["commands=commands.toml".to_owned()],
            ..Sources::default()
        };
        let routes = load(&sources).routes.unwrap();
        let [missing] = &missing_handlers(&routes, &["echo.reverse".to_owned()])[..] else {
            panic!("one route has no handler");
        };
        assert_eq!(missing.help.as_deref(), Some("did you mean `echo.reverse`?"));
        assert_eq!(missing.place.as_ref().map(|place| place.line), Some(2));
    }

    #[test]
    fn a_plugin_that_judges_no_credentials_is_a_warning_with_its_place() {
        let settings = "[auth]\nplugin = \"echo\"\n";
        let commands = "[commands]\n0x0100 = \"echo.echo\"\n";
        assert!(closing(settings, commands).ends_with("1 route, 1 listener (1 warning)"));
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("hotframe.toml");
        std::fs::write(&file, settings).unwrap();
        let cwd = folder.path().to_owned();
        let loaded = load(&Sources { cwd, config: Some(file), ..Sources::default() });
        let problems = judge(&loaded, None, |_| Some(PluginFindings::default()));
        let missing = problems.iter().find(|it| it.code.as_str() == "HF0320").unwrap();
        assert_eq!(missing.place.as_ref().map(|it| (it.line, it.column)), Some((2, 10)));
    }

    #[test]
    fn mistakes_are_counted() {
        let settings = "nonsense = 1\n[limits]\nmax_garbage = 0\n";
        assert_eq!(closing(settings, "[commands]\n5 = \"a.b\"\n"), "3 errors");
    }

    #[test]
    fn an_empty_folder_is_good() {
        let folder = tempfile::tempdir().unwrap();
        let sources = Sources { cwd: folder.path().to_owned(), ..Sources::default() };
        let loaded = load(&sources);
        assert_eq!(
            verdict(&sources, &loaded, &loaded.problems),
            "the built-in configuration is good: 1 route, 1 listener"
        );
    }
}
