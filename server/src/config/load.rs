//! Loading: owns the order in which sources are read and laid over one another.

use std::path::{Path, PathBuf};

use crate::auth::Clients;
use crate::config::findings::Findings;
use crate::config::read::read_text;
use crate::config::text::TextId;
use crate::config::tree::Table;
use crate::config::values::{clean, path};
use crate::config::{
    Routes, Settings, Sources, clients, commands, known, layers, plugin_config, relations,
    sections, syntax,
};
use crate::diagnostics::codes::config as codes;
use crate::diagnostics::codes::{runtime, start};
use crate::diagnostics::{Diagnostic, Place};

/// What came of the sources.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// The settings; `None` when `hotframe.toml` or what is laid over it holds an error.
    pub settings: Option<Settings>,
    /// The routes; `None` when the commands file holds an error or is not known.
    pub routes: Option<Routes>,
    /// Who may be which client; `None` when the file of clients holds an error, or none is named.
    pub clients: Option<Clients>,
    /// Every file that was read or looked for, absolute: a change of any may change the outcome.
    pub files: Vec<PathBuf>,
    /// Whether `http.listen` is set, and not only its default in force.
    pub http_is_set: bool,
    /// Where the plugin is named that judges credentials.
    pub judge_named_at: Option<Place>,
    /// All problems, errors and warnings, in the order of files and lines.
    pub problems: Vec<Diagnostic>,
}

/// Reads and checks everything that `sources` names.
///
/// Blocks on the file system; never panics on anything that a file, variable or option may hold.
#[must_use]
pub fn load(sources: &Sources) -> Loaded {
    let mut findings = Findings::default();
    let layers = Layers::read(&mut findings, sources);
    let built_in = Settings::built_in(sources);
    for layer in &layers.all {
        known::check(&mut findings, layer);
        sections::read(&mut findings, layer, built_in.clone());
    }
    let mut merged = Table::default();
    for layer in layers.all {
        layers::merge(&mut merged, layer);
    }
    let settings = settings(&mut findings, sources, &merged, &built_in);
    let is_good = findings.errors() == 0;
    let commands = Commands::find(
        &findings,
        &merged,
        (layers.file.as_deref(), layers.is_whole),
        sources.commands.as_ref(),
    );
    let (commands, routes) = commands.read(&mut findings, sources);
    let settings = Settings { commands, ..settings };
    let clients = match is_good {
        true => settings.auth.file.clone(),
        // Who may come does not hang on other settings.
        false => settings.auth.file.clone().or_else(|| sources.clients.clone()),
    };
    let named = merged.find("auth.file");
    let named_at = named.map(|entry| findings.texts.place(&entry.node.span));
    let clients = clients.and_then(|path| clients::read(&mut findings, &path, named_at));
    let http_is_set = merged.find("http.listen").is_some();
    let judge = merged.find("auth.plugin");
    let judge_named_at = judge.map(|entry| findings.texts.place(&entry.node.span));
    Loaded {
        settings: is_good.then_some(settings),
        routes,
        http_is_set,
        judge_named_at,
        clients,
        files: core::mem::take(&mut findings.files),
        problems: findings.into_problems(),
    }
}

/// The trees to lay over one another, the lowest first.
struct Layers {
    all: Vec<Table>,
    /// The configuration file, if there is one.
    file: Option<PathBuf>,
    /// Whether every file was understood, so that a key that is not there was not written.
    is_whole: bool,
}

impl Layers {
    fn read(findings: &mut Findings, sources: &Sources) -> Self {
        let default = sources.cwd.join("config/hotframe.toml");
        let named = sources.config.as_ref();
        let path = named.map_or(default, |named| clean(&sources.cwd.join(named)));
        findings.watch(path.clone());
        let is_due = named.is_some() || sources.served.contains(&path);
        let file = (is_due || path.symlink_metadata().is_ok()).then(|| path.clone());
        let mut all = Vec::new();
        if let Some(file) = &file {
            all.extend(read_tree(findings, sources, file, None).map(|(_, table)| table));
        }
        if let Some(profile) = profile(findings, sources, &path) {
            findings.watch(profile.file.clone());
            let read = read_tree(findings, sources, &profile.file, Some(profile.named_at));
            all.extend(read.map(|(_, table)| table));
        }
        let is_whole = findings.errors() == 0;
        all.extend(layers::of_environment(findings, sources));
        all.extend(layers::of_sets(findings, sources));
        all.extend(layers::of_listens(findings, sources));
        Self { all, file, is_whole }
    }
}

/// A profile that is asked for.
struct Profile {
    /// Its file, beside the configuration file.
    file: PathBuf,
    /// Where it is asked for.
    named_at: Place,
}

fn profile(findings: &mut Findings, sources: &Sources, config: &Path) -> Option<Profile> {
    let from_env = sources.variable("HOTFRAME_PROFILE");
    let (origin, name) = match (&sources.profile, from_env) {
        (Some(name), _) => ("--profile", name.as_str()),
        (None, Some(name)) if !name.is_empty() => ("environment HOTFRAME_PROFILE", name),
        _ => return None,
    };
    let named_at = Place::in_text(origin, name, 0..name.len());
    let legal = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    if name.is_empty() || name.starts_with('.') || !name.bytes().all(legal) {
        let message = format!("`{name}` cannot be a profile's name");
        let problem = Diagnostic::error(start::BAD_PROFILE, message)
            .at(named_at)
            .help("letters, digits, `-`, `_` and `.`, not beginning with a dot");
        findings.note_elsewhere(problem);
        return None;
    }
    let folder = config.parent().unwrap_or(&sources.cwd);
    Some(Profile { file: folder.join("profiles").join(format!("{name}.toml")), named_at })
}

/// Reads and parses one file; `None` when it could not be read, which is told at `named_at`.
pub(super) fn read_tree(
    findings: &mut Findings,
    sources: &Sources,
    file: &Path,
    named_at: Option<Place>,
) -> Option<(TextId, Table)> {
    let shown = shown(sources, file);
    match read_text(file, &shown) {
        Ok(content) => {
            let base = file.parent().unwrap_or(&sources.cwd).to_owned();
            let text = findings.texts.add(shown, content, base);
            Some((text, syntax::parse(findings, text)))
        }
        Err(mut problem) => {
            problem.place = problem.place.or(named_at.map(Box::new));
            if sources.served.iter().any(|served| served == file) {
                let help = "put it back; until then what it said last serves on";
                // Where else it might be was asked when it was found.
                problem.help.take_if(|_| !file.is_symlink() && problem.code == codes::NOT_FOUND);
                problem.help.get_or_insert_with(|| help.to_owned());
            }
            findings.note_elsewhere(problem);
            None
        }
    }
}

/// `file` as a person would name it: from the working folder, where it lies under it.
fn shown(sources: &Sources, file: &Path) -> String {
    match file.strip_prefix(&sources.cwd) {
        Ok(near) if near.as_os_str().is_empty() => ".".to_owned(),
        Ok(near) => near.display().to_string(),
        Err(_) => file.display().to_string(),
    }
}

/// The settings of the merged tree.
fn settings(
    findings: &mut Findings,
    sources: &Sources,
    merged: &Table,
    built_in: &Settings,
) -> Settings {
    let mut settings = sections::read(findings, merged, built_in.clone());
    if merged.find("control.socket").is_none() {
        settings.control.socket = settings.server.state_dir.join("hotframe.sock");
    }
    settings.plugins.config = plugin_config::read(findings, sources, merged);
    if findings.errors() == 0 {
        relations::check(findings, merged, &settings);
        stays_guarded(findings, sources, &settings);
    }
    settings
}

/// A file that lost its `[auth]`, or all it had, must not let everybody in: only a word does.
fn stays_guarded(findings: &mut Findings, sources: &Sources, settings: &Settings) {
    if sources.is_guarded && !settings.auth.is_checked() && settings.auth.required {
        let message = "credentials are required until now, and these settings name nobody who \
                       checks them";
        findings.note_elsewhere(Diagnostic::error(runtime::UNGUARDED, message));
    }
}

/// Which commands file to read.
enum Commands {
    /// One that a key, at this place, names: it must be there.
    Named(PathBuf, Place),
    /// The one beside the configuration file, if it is there.
    Beside(PathBuf),
    /// None: the built-in routes serve.
    BuiltIn,
    /// The key could not be read, nor perhaps the file that has it: the one that served until now.
    Served(PathBuf),
    /// The same, and none served. The file beside the configuration file is looked through for
    /// mistakes, but not served from: it may not be the one that is meant.
    Unknown(Option<PathBuf>),
}

impl Commands {
    fn find(
        findings: &Findings,
        merged: &Table,
        (file, is_whole): (Option<&Path>, bool),
        served: Option<&PathBuf>,
    ) -> Self {
        let entry = merged.entry("commands");
        let beside = file.map(|file| file.with_file_name("commands.toml"));
        let named = entry.map(|entry| {
            let place = findings.texts.place(&entry.node.span);
            path(&entry.node, &findings.texts).map(|path| Self::Named(path, place))
        });
        let is_unknown = matches!(named, Some(Err(_))) || named.is_none() && !is_whole;
        match (named, beside) {
            (Some(Ok(named)), _) => named,
            (_, beside) if is_unknown => match served {
                Some(served) => Self::Served(served.clone()),
                None => Self::Unknown(beside),
            },
            (_, Some(beside)) => Self::Beside(beside),
            (_, None) => Self::BuiltIn,
        }
    }

    /// The file that is served from, and its routes.
    fn read(self, findings: &mut Findings, sources: &Sources) -> (Option<PathBuf>, Option<Routes>) {
        let is_there = |path: &Path| path.symlink_metadata().is_ok();
        let is_due = |path: &PathBuf| is_there(path) || sources.served.contains(path);
        match self {
            Self::Named(path, place) => {
                let routes = routes(findings, sources, &path, Some(place));
                (Some(path), routes)
            }
            Self::Served(path) => {
                let routes = routes(findings, sources, &path, None);
                (Some(path), routes)
            }
            Self::Beside(path) if is_due(&path) => {
                let routes = routes(findings, sources, &path, None);
                (Some(path), routes)
            }
            Self::Beside(path) => {
                findings.watch(path);
                (None, Some(Routes::built_in()))
            }
            Self::BuiltIn => (None, Some(Routes::built_in())),
            Self::Unknown(beside) => {
                if let Some(path) = beside.filter(|path| is_there(path)) {
                    routes(findings, sources, &path, None);
                }
                (None, None)
            }
        }
    }
}

/// The routes of a commands file; `None` if it holds an error.
fn routes(
    findings: &mut Findings,
    sources: &Sources,
    path: &Path,
    named_at: Option<Place>,
) -> Option<Routes> {
    findings.watch(path.to_owned());
    let errors = findings.errors();
    read_tree(findings, sources, path, named_at)
        .map(|(text, table)| commands::read(findings, text, &table))
        .filter(|_| findings.errors() == errors)
}
