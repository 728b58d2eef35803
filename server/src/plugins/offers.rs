//! Owns the book of which file provides which plugin. Pure: no file is looked at here.
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// What a file turned out to be when it was looked at last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Offer {
    /// It provides a plugin, with the bytes of that hash.
    Taken { plugin: String, sha256: String },
    /// It was refused because another file provides that plugin.
    Waiting { plugin: String },
    /// It was refused for another reason.
    Refused,
}

/// The files, and what each is.
#[derive(Debug, Default)]
pub(super) struct Offers(BTreeMap<PathBuf, Offer>);

impl Offers {
    /// The file that provides `plugin`.
    pub fn provider(&self, plugin: &str) -> Option<&Path> {
        let mut taken = self.0.iter().filter(|(_, offer)| provides(offer, plugin));
        taken.next().map(|(path, _)| path.as_path())
    }

    /// The plugin that the file provides, with the hash of its bytes.
    pub fn taken(&self, path: &Path) -> Option<(&str, &str)> {
        match self.0.get(path) {
            Some(Offer::Taken { plugin, sha256 }) => Some((plugin, sha256)),
            _ => None,
        }
    }

    /// Writes down what a file is now, and returns what it was.
    ///
    /// Whoever provided the same plugin before provides it no longer.
    pub fn set(&mut self, path: &Path, offer: Offer) -> Option<Offer> {
        if let Offer::Taken { plugin, .. } = &offer {
            self.0
                .retain(|other, offer| other == path || !provides(offer, plugin));
        }
        self.0.insert(path.to_owned(), offer)
    }

    /// Strikes a file out, and returns what it was.
    pub fn remove(&mut self, path: &Path) -> Option<Offer> {
        self.0.remove(path)
    }

    /// The files that wait for `plugin` to be free.
    pub fn waiting(&self, plugin: &str) -> Vec<PathBuf> {
        let waits = |offer: &Offer| matches!(offer, Offer::Waiting { plugin: p } if p == plugin);
        self.0
            .iter()
            .filter(|(_, offer)| waits(offer))
            .map(|(path, _)| path.clone())
            .collect()
    }

    /// The files that were refused, for whatever reason.
    pub fn refused(&self) -> Vec<PathBuf> {
        let is_refused = |offer: &Offer| !matches!(offer, Offer::Taken { .. });
        self.0
            .iter()
            .filter(|(_, offer)| is_refused(offer))
            .map(|(path, _)| path.clone())
            .collect()
    }

    /// The files that provide a plugin: that one, or any.
    pub fn providers(&self, plugin: Option<&str>) -> Vec<PathBuf> {
        let is_meant = |offer: &Offer| match (offer, plugin) {
            (Offer::Taken { plugin, .. }, Some(name)) => plugin == name,
            (Offer::Taken { .. }, None) => true,
            _ => false,
        };
        self.0
            .iter()
            .filter(|(_, offer)| is_meant(offer))
            .map(|(path, _)| path.clone())
            .collect()
    }
}

fn provides(offer: &Offer, name: &str) -> bool {
    matches!(offer, Offer::Taken { plugin, .. } if plugin == name)
}
