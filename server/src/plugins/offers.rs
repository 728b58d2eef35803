//! Owns the book of which file provides which plugin. Pure: no file is looked at here.
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::defect::Defect;
use super::refusal::Refusal;

/// The files: what each provides, and what is wrong with it. A file can have both: its last good
/// bytes serve while its newest are refused.
#[derive(Debug, Default)]
pub(super) struct Offers {
    taken: BTreeMap<PathBuf, Taken>,
    refused: BTreeMap<PathBuf, Refusal>,
}

/// What was loaded from a file last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Taken {
    /// The plugin that it provides.
    pub plugin: String,
    /// The hash of its bytes.
    pub sha256: String,
}

impl Offers {
    /// The file that provides `plugin`.
    pub fn provider(&self, plugin: &str) -> Option<&Path> {
        let mut taken = self.taken.iter().filter(|(_, taken)| taken.plugin == plugin);
        taken.next().map(|(path, _)| path.as_path())
    }

    /// What the file provides.
    pub fn taken(&self, path: &Path) -> Option<&Taken> {
        self.taken.get(path)
    }

    /// Writes down what the file provides, and returns what it provided before. Whoever provided
    /// the same plugin until now provides it no longer, and nothing is wrong with the file.
    pub fn take(&mut self, path: &Path, now: Taken) -> Option<Taken> {
        self.clear(path);
        self.taken.retain(|other, taken| other == path || taken.plugin != now.plugin);
        self.taken.insert(path.to_owned(), now)
    }

    /// Writes down what is wrong with the file; true if that is not known already.
    pub fn refuse(&mut self, path: &Path, refusal: Refusal) -> bool {
        let is_known = self.refused.get(path) == Some(&refusal);
        self.refused.insert(path.to_owned(), refusal);
        !is_known
    }

    /// Nothing is wrong with the file any more; true if something was.
    pub fn clear(&mut self, path: &Path) -> bool {
        self.refused.remove(path).is_some()
    }

    /// Strikes out what the file provides, and returns that.
    pub fn remove(&mut self, path: &Path) -> Option<Taken> {
        self.taken.remove(path)
    }

    /// The files that would provide `plugin` if no other did.
    pub fn waiting(&self, plugin: &str) -> Vec<PathBuf> {
        let waits = |refusal: &&Refusal| {
            refusal.defect == Defect::NameTaken && refusal.plugin.as_deref() == Some(plugin)
        };
        self.refused.values().filter(waits).map(|refusal| refusal.path.clone()).collect()
    }

    /// The files with which something is wrong.
    pub fn refused(&self) -> Vec<PathBuf> {
        self.refused.keys().cloned().collect()
    }

    /// The files with which nothing is wrong but what lies around them, and may be mended there.
    pub fn misplaced(&self) -> Vec<PathBuf> {
        let outside = |refusal: &Refusal| {
            use Defect::{NoShadow, ProbeUnavailable, TooManyLinger, UnsafeFolder};
            matches!(refusal.defect, UnsafeFolder | NoShadow | TooManyLinger | ProbeUnavailable)
        };
        let misplaced = self.refused.iter().filter(|(_, refusal)| outside(refusal));
        misplaced.map(|(path, _)| path.clone()).collect()
    }

    /// The files of `plugin` that wait until fewer generations of it are in memory.
    pub fn put_off(&self, plugin: &str) -> Vec<PathBuf> {
        let waits = |refusal: &&Refusal| {
            refusal.defect == Defect::TooManyDrain && refusal.plugin.as_deref() == Some(plugin)
        };
        self.refused.values().filter(waits).map(|refusal| refusal.path.clone()).collect()
    }

    /// The files that provide a plugin.
    pub fn providers(&self, plugin: &str) -> Vec<PathBuf> {
        let meant = self.taken.iter().filter(|(_, taken)| taken.plugin == plugin);
        meant.map(|(path, _)| path.clone()).collect()
    }

    /// The files that provide a plugin, and those that would if nothing were wrong with them.
    pub fn files_of(&self, plugin: &str) -> Vec<PathBuf> {
        let would = |refusal: &&Refusal| {
            refusal.plugin.as_deref() == Some(plugin) && refusal.defect != Defect::NameTaken
        };
        let refused = self.refused.values().filter(would).map(|refusal| refusal.path.clone());
        let files: BTreeSet<_> = refused.chain(self.providers(plugin)).collect();
        files.into_iter().collect()
    }

    /// What is wrong with the file.
    pub fn refusal(&self, path: &Path) -> Option<&Refusal> {
        self.refused.get(path)
    }

    /// Whether what the file holds is set aside.
    pub fn is_set_aside(&self, path: &Path) -> bool {
        self.refusal(path).is_some_and(|refusal| refusal.defect.is_set_aside())
    }

    /// Every file that is known.
    pub fn files(&self) -> BTreeSet<PathBuf> {
        self.taken.keys().chain(self.refused.keys()).cloned().collect()
    }
}
