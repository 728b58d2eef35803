//! Owns what the helper thread does with one file: whether it is taken, and as what.
//!
//! Every step may refuse; then the file is written down as refused and nothing else changes.
mod crowd;
mod due;
mod folders;
mod inquiring;
mod leaving;
mod outlook;
mod standing;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Instant;

use self::crowd::Crowd;
use self::folders::folder_of;
use super::candidate::Candidate;
use super::care::Care;
use super::defect::Defect;
use super::event::PluginEvent;
use super::generation::Loaded;
use super::loader::Loader;
use super::offers::{Offers, Taken};
use super::phases::Phase;
use super::preflight::Preflight;
use super::record::{Cause as Blame, Kept, Record};
use super::refusal::Refusal;
use super::service::PluginFolder;
use crate::watch::{Change, Toucher};

/// A file that changed while it was copied is tried again this often without a word; each try
/// takes at least the settling time. After that it is reported, and tried on.
const QUIET_TRIES: u32 = 10;

/// The state of the helper thread.
pub(super) struct Intake<D> {
    loader: Loader,
    folders: Vec<PluginFolder>,
    offers: Offers,
    crowd: Crowd,
    record: Record,
    kept: Kept,
    /// The newest private copy of each plugin, there as long as it is in memory.
    copies: BTreeMap<String, PathBuf>,
    /// Tries of files that changed while they were copied.
    tries: BTreeMap<PathBuf, u32>,
    /// Folders that cannot be listed, as was told.
    unlisted: BTreeSet<PathBuf>,
    /// When files were tried last of which no event will tell.
    retried: Instant,
    /// Brings a file up again after the settling time.
    retry: Toucher,
    deliver: D,
    /// The loop answers nothing any more.
    is_ending: Arc<AtomicBool>,
}

/// Why a file is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Cause {
    /// It changed.
    Change,
    /// Somebody wants it loaded even if it has not changed.
    Demand,
    /// What was wrong with it may be mended. Only news are reported.
    Retry,
}

/// What came of a file.
enum Verdict {
    Taken(Box<Loaded>),
    /// Its bytes are those that were loaded last.
    Unchanged {
        plugin: String,
    },
    /// Somebody else's library in a passive folder.
    PassedOver,
    Refused(Box<Refusal>),
    /// It would have harmed the server, and is not tried again for a while.
    SetAside {
        refusal: Box<Refusal>,
        sha256: String,
    },
}

impl<D: Fn(PluginEvent)> Intake<D> {
    /// What is remembered from one run to the next is `record` and `kept`.
    pub fn new(
        loader: Loader,
        folders: Vec<PluginFolder>,
        (record, kept): (Record, Kept),
        retry: Toucher,
        (deliver, is_ending): (D, Arc<AtomicBool>),
    ) -> Self {
        Self {
            loader,
            folders,
            offers: Offers::default(),
            crowd: Crowd::default(),
            record,
            kept,
            copies: BTreeMap::new(),
            tries: BTreeMap::new(),
            unlisted: BTreeSet::new(),
            retried: Instant::now(),
            retry,
            deliver,
            is_ending,
        }
    }

    /// A file in the folders was found changed or gone, or a look is complete.
    pub fn handle_change(&mut self, change: Change) {
        match change {
            Change::Changed { path } => self.take(&path, Cause::Change),
            Change::Gone { path } => self.drop_file(&path),
            Change::Woken => {}
            Change::Listing { folder, trouble } => self.handle_listing(&folder, trouble),
            Change::Looked { ticket } => {
                // What was outside the file (a folder's mode, a missing library) may be mended.
                let mut refused = self.offers.refused();
                refused.retain(|path| ticket > 0 && !self.crowd.is_wanted(path));
                for path in refused {
                    self.take(&path, Cause::Retry);
                }
                (self.deliver)(PluginEvent::Looked { ticket });
            }
        }
    }

    /// Files are treated so from now on.
    pub fn handle_care(&mut self, care: Care) {
        self.loader.set_care(care);
    }

    fn take(&mut self, path: &Path, cause: Cause) {
        let verdict = self.judge(path, cause);
        if !matches!(&verdict, Verdict::Refused(r) if r.defect == Defect::Unsettled) {
            self.tries.remove(path);
        }
        match verdict {
            Verdict::Taken(loaded) => self.accept(path, loaded),
            Verdict::Unchanged { plugin } => {
                let was_wrong = self.offers.clear(path);
                if was_wrong || cause != Cause::Retry {
                    (self.deliver)(PluginEvent::Unchanged { plugin, path: path.to_owned() });
                }
            }
            Verdict::PassedOver => {
                self.offers.clear(path);
            }
            Verdict::Refused(refusal) => self.refuse(path, *refusal, cause),
            Verdict::SetAside { refusal, sha256 } => {
                let fault = refusal.defect.because(refusal.message.as_str());
                let plugin = refusal.plugin.clone().unwrap_or_default();
                self.record.hold(&plugin, &sha256, Blame::Trial, &fault);
                self.refuse(path, *refusal, cause);
            }
        }
    }

    fn judge(&self, path: &Path, cause: Cause) -> Verdict {
        let begun = Instant::now();
        let (candidate, preflight) = match self.examine(path, cause, &self.folders) {
            Ok(fit) => fit,
            Err(verdict) => return verdict,
        };
        Phase::Check.record(begun);
        let (plugin, sha256) = (preflight.note.name.clone(), candidate.sha256.clone());
        self.kept.offer(&plugin, &sha256, &candidate.bytes);
        match self.with_inquirer(|inquirer| self.loader.map(path, candidate, preflight, inquirer)) {
            Ok(loaded) => Verdict::Taken(Box::new(loaded)),
            Err(refusal) if refusal.defect.is_set_aside() => {
                Verdict::SetAside { refusal: Box::new(refusal.of(&plugin)), sha256 }
            }
            Err(refusal) => Verdict::Refused(Box::new(self.named(path, refusal))),
        }
    }

    /// A refusal that does not know whose file it is speaks of the plugin that it provides.
    fn named(&self, path: &Path, refusal: Refusal) -> Refusal {
        match (self.offers.taken(path), &refusal.plugin) {
            (Some(taken), None) => refusal.of(&taken.plugin),
            _ => refusal,
        }
    }

    /// Whether a file is fit to be tried out, by its bytes and what is known. Nothing of it runs.
    fn examine(
        &self,
        path: &Path,
        cause: Cause,
        folders: &[PluginFolder],
    ) -> Result<(Candidate, Preflight), Verdict> {
        let known = self.offers.taken(path);
        let refuse = |refusal| Err(Verdict::Refused(Box::new(self.named(path, refusal))));
        let candidate = match self.loader.open(path) {
            Ok(candidate) => candidate,
            Err(refusal) => return refuse(refusal),
        };
        if let Some(Taken { plugin, sha256 }) = known
            && *sha256 == candidate.sha256
            && cause != Cause::Demand
        {
            return Err(Verdict::Unchanged { plugin: plugin.clone() });
        }
        let preflight = match Preflight::read(&candidate.bytes) {
            Ok(preflight) => preflight,
            Err(fault) if known.is_none() && is_foreign(path, fault.defect, folders) => {
                return Err(Verdict::PassedOver);
            }
            Err(fault) => return refuse(Refusal::new(path, fault)),
        };
        let plugin = preflight.note.name.as_str();
        if self.record.is_disabled(plugin) {
            let message = format!("plugin {plugin} is disabled");
            return refuse(Refusal::new(path, Defect::Disabled.because(message)).of(plugin));
        }
        if let Some(fault) = self.record.verdict(&candidate.sha256, Instant::now()) {
            return refuse(Refusal::new(path, fault).of(plugin));
        }
        let provider = self.offers.provider(plugin).filter(|provider| *provider != path);
        if let Some(provider) = provider.filter(|provider| self.still_holds(provider, plugin)) {
            let message = format!("{} already provides plugin {plugin}", provider.display());
            return refuse(Refusal::new(path, Defect::NameTaken.because(message)).of(plugin));
        }
        if let Err(fault) = self.crowd.check(plugin) {
            return refuse(Refusal::new(path, fault).of(plugin));
        }
        Ok((candidate, preflight))
    }

    fn accept(&mut self, path: &Path, loaded: Box<Loaded>) {
        let (plugin, sha256) = (loaded.name().to_owned(), loaded.sha256().to_owned());
        self.record.forget(&sha256);
        self.crowd.wait_no_more(path);
        self.crowd.come(&plugin);
        self.copies.insert(plugin.clone(), loaded.copy().to_owned());
        let before = self.offers.take(path, Taken { plugin: plugin.clone(), sha256 });
        (self.deliver)(PluginEvent::Staged(loaded));
        if let Some(before) = before.filter(|before| before.plugin != plugin) {
            self.release(path, before.plugin);
        }
    }

    fn refuse(&mut self, path: &Path, refusal: Refusal, cause: Cause) {
        if refusal.defect == Defect::Unsettled {
            self.retry.touch(path);
            let tries = self.tries.entry(path.to_owned()).or_default();
            *tries = tries.saturating_add(1);
            if !tries.is_multiple_of(QUIET_TRIES) {
                return;
            }
        }
        if refusal.defect == Defect::TooManyDrain {
            self.crowd.put_off(path, cause == Cause::Demand);
        }
        let is_news = self.offers.refuse(path, refusal.clone());
        let set_aside = refusal.plugin.clone().filter(|_| refusal.defect.is_set_aside());
        if is_news || cause != Cause::Retry {
            (self.deliver)(PluginEvent::Refused(Box::new(refusal)));
        }
        if let Some(plugin) = set_aside.filter(|plugin| self.offers.provider(plugin).is_none()) {
            self.stand_in(&plugin, path);
        }
    }

    /// Whether a file that provides `plugin` keeps the name: it is there, and not another plugin by
    /// now. One that cannot be read, or whose newest bytes are broken, keeps it.
    fn still_holds(&self, file: &Path, plugin: &str) -> bool {
        let candidate = self.loader.open(file).ok();
        let now = candidate.and_then(|candidate| Preflight::read(&candidate.bytes).ok());
        file.exists() && now.is_none_or(|preflight| preflight.note.name == plugin)
    }
}

/// Whether a file is nothing to do with us: in a passive folder, and no plugin.
fn is_foreign(path: &Path, defect: Defect, folders: &[PluginFolder]) -> bool {
    let no_plugin = matches!(defect, Defect::NoNote | Defect::NotElf | Defect::WrongMachine);
    no_plugin && folder_of(path, folders).is_some_and(|folder| folder.passive)
}
