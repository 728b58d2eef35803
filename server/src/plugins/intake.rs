//! Owns what the helper thread does with one file: whether it is taken, and as what.
//!
//! Every step may refuse; then the file is written down as refused and nothing else changes.
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::defect::Defect;
use super::generation::{Loaded, Unloading};
use super::loader::Loader;
use super::offers::{Offer, Offers};
use super::preflight::Preflight;
use super::refusal::Refusal;
use super::service::{PluginEvent, PluginFolder};
use crate::watch::{Change, Toucher};

/// A file that changed while it was copied is tried again this often without a word; each try
/// takes at least the settling time. After that it is reported, and tried on.
const QUIET_TRIES: u32 = 10;

/// The state of the helper thread.
pub(super) struct Intake<D> {
    loader: Loader,
    folders: Vec<PluginFolder>,
    offers: Offers,
    /// Tries of files that changed while they were copied.
    tries: BTreeMap<PathBuf, u32>,
    /// Brings a file up again after the settling time.
    retry: Toucher,
    deliver: D,
}

/// What came of a file.
enum Verdict {
    Taken(Box<Loaded>),
    Unchanged {
        plugin: String,
    },
    /// Somebody else's library in a passive folder.
    PassedOver,
    /// Another file, which is still there, provides the plugin.
    Waiting {
        plugin: String,
        refusal: Box<Refusal>,
    },
    Refused(Box<Refusal>),
}

impl<D: Fn(PluginEvent)> Intake<D> {
    pub fn new(loader: Loader, folders: Vec<PluginFolder>, retry: Toucher, deliver: D) -> Self {
        let (offers, tries) = (Offers::default(), BTreeMap::new());
        Self {
            loader,
            folders,
            offers,
            tries,
            retry,
            deliver,
        }
    }

    /// A file in the folders was found changed or gone, or a look is complete.
    pub fn handle_change(&mut self, change: Change) {
        match change {
            Change::Changed { path } => self.take(&path, false),
            Change::Gone { path } => self.drop_file(&path),
            Change::Looked { ticket } => {
                // What was outside the file (a folder's mode, a missing library) may be mended.
                for path in self.offers.refused().iter().filter(|_| ticket > 0) {
                    self.take(path, false);
                }
                (self.deliver)(PluginEvent::Looked { ticket });
            }
        }
    }

    /// A plugin, or all, is to be loaded again from the same file.
    pub fn handle_reload(&mut self, plugin: Option<&str>) {
        for path in self.offers.providers(plugin) {
            self.take(&path, true);
        }
    }

    /// Other folders count from now on.
    pub fn handle_folders(&mut self, folders: Vec<PluginFolder>) {
        self.folders = folders;
        let mut known = self.offers.providers(None);
        known.append(&mut self.offers.refused());
        known.retain(|path| self.folder_of(path).is_none());
        for path in known {
            self.drop_file(&path);
        }
    }

    /// The loop is done with a generation.
    pub fn handle_unload(&self, unloading: Unloading) {
        let report = unloading.unload();
        (self.deliver)(PluginEvent::Unloaded(report));
    }

    fn take(&mut self, path: &Path, again: bool) {
        let verdict = self.judge(path, again);
        if !matches!(&verdict, Verdict::Refused(r) if r.defect == Defect::Unsettled) {
            self.tries.remove(path);
        }
        match verdict {
            Verdict::Taken(loaded) => self.accept(path, loaded),
            Verdict::Unchanged { plugin } => {
                (self.deliver)(PluginEvent::Unchanged {
                    plugin,
                    path: path.to_owned(),
                });
            }
            Verdict::PassedOver => {}
            Verdict::Waiting { plugin, refusal } => {
                self.refuse(path, Offer::Waiting { plugin }, refusal);
            }
            Verdict::Refused(refusal) => self.refuse(path, Offer::Refused, refusal),
        }
    }

    fn judge(&self, path: &Path, again: bool) -> Verdict {
        let known = self.offers.taken(path);
        let refuse = |refusal: Refusal| {
            let refusal = match (known, &refusal.plugin) {
                (Some((plugin, _)), None) => refusal.of(plugin),
                _ => refusal,
            };
            Verdict::Refused(Box::new(refusal))
        };
        let candidate = match self.loader.open(path) {
            Ok(candidate) => candidate,
            Err(refusal) => return refuse(refusal),
        };
        if let Some((plugin, sha256)) = known
            && sha256 == candidate.sha256
            && !again
        {
            return Verdict::Unchanged {
                plugin: plugin.to_owned(),
            };
        }
        let preflight = match Preflight::read(&candidate.bytes) {
            Ok(preflight) => preflight,
            Err(fault) if known.is_none() && self.is_foreign(path, fault.defect) => {
                return Verdict::PassedOver;
            }
            Err(fault) => return refuse(Refusal::new(path, fault)),
        };
        let plugin = preflight.note.name.clone();
        if let Some(provider) = self
            .offers
            .provider(&plugin)
            .filter(|p| *p != path && p.exists())
        {
            let message = format!("{} already provides plugin {plugin}", provider.display());
            let refusal = Refusal::new(path, Defect::NameTaken.because(message)).of(&plugin);
            return Verdict::Waiting {
                plugin,
                refusal: Box::new(refusal),
            };
        }
        match self.loader.map(path, candidate, preflight) {
            Ok(loaded) => Verdict::Taken(Box::new(loaded)),
            Err(refusal) => refuse(refusal),
        }
    }

    fn accept(&mut self, path: &Path, loaded: Box<Loaded>) {
        let plugin = loaded.name().to_owned();
        let offer = Offer::Taken {
            plugin: plugin.clone(),
            sha256: loaded.sha256().to_owned(),
        };
        let before = self.offers.set(path, offer);
        (self.deliver)(PluginEvent::Staged(loaded));
        self.release(path, before, Some(&plugin));
    }

    fn refuse(&mut self, path: &Path, offer: Offer, refusal: Box<Refusal>) {
        if refusal.defect == Defect::Unsettled {
            self.retry.touch(path);
            let tries = self.tries.entry(path.to_owned()).or_default();
            *tries = tries.saturating_add(1);
            if !tries.is_multiple_of(QUIET_TRIES) {
                return;
            }
        }
        // A file that provides a plugin goes on to do so: its last good bytes serve.
        if self.offers.taken(path).is_none() {
            self.offers.set(path, offer);
        }
        (self.deliver)(PluginEvent::Refused(refusal));
    }

    fn drop_file(&mut self, path: &Path) {
        self.tries.remove(path);
        match self.offers.remove(path) {
            taken @ Some(Offer::Taken { .. }) => self.release(path, taken, None),
            Some(_) => (self.deliver)(PluginEvent::Forgotten {
                path: path.to_owned(),
            }),
            None => {}
        }
    }

    /// If the file provided a plugin `before` that it does not provide `now`: who waited
    /// for its name gets it, and if nobody did, that plugin is gone.
    fn release(&mut self, path: &Path, before: Option<Offer>, now: Option<&str>) {
        let Some(Offer::Taken { plugin, .. }) = before else {
            return;
        };
        if now == Some(plugin.as_str()) {
            return;
        }
        for path in self.offers.waiting(&plugin) {
            self.take(&path, false);
        }
        if self.offers.provider(&plugin).is_none() {
            (self.deliver)(PluginEvent::Gone {
                plugin,
                path: path.to_owned(),
            });
        }
    }

    /// Whether a file is nothing to do with us: in a passive folder, and no plugin.
    fn is_foreign(&self, path: &Path, defect: Defect) -> bool {
        let no_plugin = matches!(
            defect,
            Defect::NoNote | Defect::NotElf | Defect::WrongMachine
        );
        no_plugin && self.folder_of(path).is_some_and(|folder| folder.passive)
    }

    fn folder_of(&self, path: &Path) -> Option<&PluginFolder> {
        self.folders
            .iter()
            .find(|folder| path.parent() == Some(&folder.path))
    }
}
