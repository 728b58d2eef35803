//! Owns which of the watched folders cannot be listed, and why.
use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use super::place::Place;
use super::watcher::{Change, Unlisted};

/// The folders among the places that cannot be listed. Pure but for the listing.
#[derive(Debug, Default)]
pub(super) struct Folders {
    unlisted: BTreeMap<PathBuf, Unlisted>,
    /// Whether a folder could be listed changed so often, and is to be told.
    news: Vec<Change>,
}

impl Folders {
    /// The files of all places that can be listed.
    pub fn list(&mut self, places: &[Place]) -> BTreeSet<PathBuf> {
        let mut files = BTreeSet::new();
        for place in places {
            let listed = place.files();
            if let Place::Folder { path, .. } = place {
                self.note(path, listed.as_ref().err());
            }
            files.extend(listed.unwrap_or_default());
        }
        files
    }

    /// Whether nobody knows what has become of a file: its folder is there, and cannot be listed.
    pub fn hides(&self, path: &Path) -> bool {
        let folder = path.parent().and_then(|folder| self.unlisted.get(folder));
        folder.is_some_and(|unlisted| !unlisted.is_gone)
    }

    /// Forgets the folders that are no places any more.
    pub fn keep_to(&mut self, places: &[Place]) {
        let is_place =
            |folder: &Path| places.iter().any(|place| place.holds(&folder.join("any.file")));
        self.unlisted.retain(|folder, _| is_place(folder));
    }

    /// What is to be told, in order.
    pub fn take_news(&mut self) -> Vec<Change> {
        std::mem::take(&mut self.news)
    }

    fn note(&mut self, folder: &Path, error: Option<&io::Error>) {
        let trouble = error.map(|error| Unlisted {
            is_gone: matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory),
            why: error.to_string(),
        });
        let before = match &trouble {
            Some(unlisted) => self.unlisted.insert(folder.to_owned(), unlisted.clone()),
            None => self.unlisted.remove(folder),
        };
        if before != trouble {
            self.news.push(Change::Listing { folder: folder.to_owned(), trouble });
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn what_a_folder_turns_into_is_told_once() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("plugins");
        let places = [Place::Folder { path: path.clone(), extension: "so" }];
        let mut folders = Folders::default();
        let mut told = || {
            let listed = folders.list(&places);
            let again = folders.list(&places);
            assert_eq!(listed, again);
            let hides = folders.hides(&path.join("a.so"));
            let news = folders.take_news().into_iter().map(|change| match change {
                Change::Listing { trouble, .. } => trouble.map(|trouble| trouble.is_gone),
                other => panic!("{other:?}"),
            });
            (news.collect::<Vec<_>>(), hides, listed.len())
        };
        assert_eq!(told(), (vec![Some(true)], false, 0));
        fs::create_dir(&path).unwrap();
        fs::write(path.join("a.so"), "").unwrap();
        assert_eq!(told(), (vec![None], false, 1));
        assert_eq!(told(), (vec![], false, 1));
        fs::remove_dir_all(&path).unwrap();
        fs::write(&path, "a file").unwrap();
        assert_eq!(told(), (vec![Some(true)], false, 0));
        fs::remove_file(&path).unwrap();
        symlink(&path, &path).unwrap();
        assert_eq!(told(), (vec![Some(false)], true, 0), "it is there, and leads nowhere");
    }
}
