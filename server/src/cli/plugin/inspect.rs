//! `hotframe plugin inspect`: what a plugin file is, offers and needs, and whether it would be
//! taken.

use std::fs;
use std::io::{self, IsTerminal};
use std::path::{Path, PathBuf};

use clap::Args;

use super::facts::{Facts, Verdict};
use crate::cli::Exit;
use crate::cli::check::print;
use crate::cli::failure::Failure;
use crate::cli::ink::Ink;
use crate::cli::sources::SourceArgs;
use crate::config::{PluginConfig, Settings, load};
use crate::plugins::{Candidate, Preflight, Probe, Rehearsal, Script, Word};
use crate::watch::Place;

/// Arguments of `hotframe plugin inspect`.
#[derive(Clone, Debug, Args)]
pub struct InspectArgs {
    /// The plugin: a shared library
    #[arg(value_name = "FILE.so")]
    file: PathBuf,
    #[command(flatten)]
    sources: SourceArgs,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// Files larger than this are not read.
const MAX_SIZE: u64 = 256 << 20;

/// Runs `hotframe plugin inspect`: good if the server would take the file.
#[must_use]
pub fn run(args: &InspectArgs) -> Exit {
    let settings = load(&args.sources.sources()).settings;
    let facts = look(&args.file, settings.as_ref());
    if let Facts { bytes: None, verdict: Verdict::Refused(refusal), .. } = &facts {
        return Failure::of_file(refusal).report(args.json);
    }
    let ink = Ink::on(io::stdout().is_terminal());
    print(&if args.json { format!("{}\n", facts.as_json()) } else { facts.as_text(ink) });
    if facts.verdict == Verdict::Taken { Exit::Good } else { Exit::Failed }
}

/// The plugin's configuration of this server, as a JSON object.
fn config_of(settings: Option<&Settings>, plugin: &str) -> String {
    let config = settings.and_then(|settings| settings.plugins.config.get(plugin));
    config.map_or_else(|| "{}".to_owned(), PluginConfig::reveal_json)
}

/// Looks at the file as a server would, and then at what a server remembers of it.
fn look(file: &Path, settings: Option<&Settings>) -> Facts {
    let mut facts = examine(file, settings);
    if let Some(settings) = settings {
        facts.remember(&settings.server.state_dir);
        let folders = settings.plugins.dirs.iter().map(|dir| dir.path.as_path());
        facts.name_taken_by = facts.plugin().and_then(|name| provider(name, file, folders));
    }
    facts
}

/// Another file of one of the folders that provides the plugin called `name`.
fn provider<'a>(
    name: &str,
    file: &Path,
    folders: impl Iterator<Item = &'a Path>,
) -> Option<PathBuf> {
    let is_other = |path: &PathBuf| path.file_name() != file.file_name();
    let provides = |path: &PathBuf| {
        let preflight = read(path).ok().and_then(|bytes| Preflight::read(&bytes).ok());
        preflight.is_some_and(|it| it.note.name == name)
    };
    let mut files = folders.flat_map(|folder| {
        let place = Place::Folder { path: folder.to_owned(), extension: "so" };
        place.files().unwrap_or_default()
    });
    files.find(|path| is_other(path) && provides(path))
}

/// Goes on as far as it can, in the order in which a server would.
fn examine(file: &Path, settings: Option<&Settings>) -> Facts {
    let mut facts = Facts::of(file);
    // What the contents say is of use although the file's owner or mode is wrong.
    if let Ok(bytes) = read(file) {
        facts.contents(&bytes, Preflight::read(&bytes).ok());
    }
    if let Err(fault) = Candidate::open(file, MAX_SIZE) {
        facts.refuse(fault);
        return facts;
    }
    let program = || PathBuf::from("/proc/self/exe");
    let rehearsal = match Rehearsal::of(file.to_owned(), program()) {
        Ok(rehearsal) => rehearsal,
        Err(refusal) => {
            facts.verdict = Verdict::Refused(refusal);
            return facts;
        }
    };
    let script = Script { config: "{}".to_owned(), steps: None, ..Script::default() };
    let played = rehearsal.play(&script, |word| {
        if let Word::Offers(offers) = word {
            facts.handlers = Some(offers);
        }
    });
    let config = config_of(settings, &rehearsal.preflight.note.name);
    let probe = Probe::by_this_program();
    match probe.try_out(rehearsal.copy(), &config).and(played) {
        Ok(()) => facts.verdict = Verdict::Taken,
        Err(fault) => facts.refuse(fault),
    }
    facts
}

fn read(file: &Path) -> io::Result<Vec<u8>> {
    let metadata = fs::metadata(file)?;
    match metadata.is_file() && metadata.len() <= MAX_SIZE {
        true => fs::read(file),
        false => Err(io::ErrorKind::InvalidInput.into()),
    }
}
