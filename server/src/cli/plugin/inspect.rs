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
use crate::config::{PluginConfig, load};
use crate::plugins::{Candidate, Preflight, Probe, Rehearsal, Script, Word};

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
    let facts = look(&args.file, |plugin| config_of(args, plugin));
    if let Facts { bytes: None, verdict: Verdict::Refused(refusal), .. } = &facts {
        return Failure::of_file(refusal).report(args.json);
    }
    let ink = Ink::on(io::stdout().is_terminal());
    print(&if args.json { format!("{}\n", facts.as_json()) } else { facts.as_text(ink) });
    if facts.verdict == Verdict::Taken { Exit::Good } else { Exit::Failed }
}

/// The plugin's configuration of this server, as a JSON object.
fn config_of(args: &InspectArgs, plugin: &str) -> String {
    let settings = load(&args.sources.sources()).settings;
    let mut configs = settings.map(|settings| settings.plugins.config).unwrap_or_default();
    let config = configs.remove(plugin);
    config.map_or_else(|| "{}".to_owned(), |config| PluginConfig::reveal_json(&config))
}

/// Looks at the file in the order in which a server would, and goes on as far as it can.
fn look(file: &Path, config_of: impl Fn(&str) -> String) -> Facts {
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
    let config = config_of(&rehearsal.preflight.note.name);
    let probe = Probe::by_this_program();
    match probe.run(rehearsal.copy(), &config).and(played) {
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
