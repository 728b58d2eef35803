//! Owns `Kept`: copies of the versions of each plugin that were proven, to go back to.
//!
//! In the folder `kept/PLUGIN/` lie at most three files, named by their role and hash: `current`
//! is the newest version that was proven, `previous` the one before, `next` one that is not proven
//! yet. They are the users' files byte for byte, and are checked like any other when loaded.
use std::fs::{self, DirBuilder};
use std::io::{self, Write};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use crate::plugins::whole_file::replace;

/// The copies.
#[derive(Debug)]
pub(in crate::plugins) struct Kept {
    folder: PathBuf,
    /// Whether new ones are made.
    is_added_to: bool,
}

/// What a copy is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Role {
    Current,
    Previous,
    Next,
}

/// One copy.
#[derive(Debug, Clone)]
pub(in crate::plugins) struct Copy {
    role: Role,
    /// SHA-256 of the file, in hex.
    pub sha256: String,
    /// Where it lies.
    pub path: PathBuf,
}

impl Copy {
    /// What it is kept for, in words.
    pub const fn purpose(&self) -> &'static str {
        match self.role {
            Role::Current => "the newest version that was proven",
            Role::Previous => "the version before the newest that was proven",
            Role::Next => "a version that is not proven yet",
        }
    }
}

const ROLES: [(Role, &str); 3] =
    [(Role::Current, "current"), (Role::Previous, "previous"), (Role::Next, "next")];

impl Kept {
    /// Those under that state folder.
    pub fn open(state_dir: &Path) -> Self {
        Self { folder: state_dir.join("kept"), is_added_to: true }
    }

    /// The same, to which none is added.
    pub fn only_read(mut self) -> Self {
        self.is_added_to = false;
        self
    }

    /// Copies a version that is about to be loaded, unless there is a copy.
    pub fn offer(&self, plugin: &str, sha256: &str, bytes: &[u8]) {
        if !self.is_added_to {
            return;
        }
        let copies = self.copies(plugin);
        if copies.iter().any(|copy| copy.sha256 == sha256) {
            return;
        }
        let written = self.write(plugin, sha256, bytes);
        if let Err(error) = written {
            log::warn!(plugin; "plugin {plugin}: no copy to go back to: {error}");
            return;
        }
        for old in copies.iter().filter(|copy| copy.role == Role::Next) {
            remove(&old.path);
        }
    }

    /// A version is proven: it is the newest one to go back to.
    pub fn prove(&self, plugin: &str, sha256: &str) {
        let copies = self.copies(plugin);
        let Some(proven) = copies.iter().find(|copy| copy.sha256 == sha256) else {
            return;
        };
        if proven.role == Role::Current {
            return;
        }
        for copy in copies.iter().filter(|copy| copy.sha256 != sha256) {
            match copy.role {
                Role::Previous => remove(&copy.path),
                Role::Current => self.give(plugin, copy, Role::Previous),
                Role::Next => {}
            }
        }
        self.give(plugin, proven, Role::Current);
    }

    /// The newest proven version that `is_fit`.
    pub fn find(&self, plugin: &str, is_fit: impl Fn(&str) -> bool) -> Option<Copy> {
        let copies = self.copies(plugin);
        let of = |role| copies.iter().find(|copy| copy.role == role && is_fit(&copy.sha256));
        of(Role::Current).or_else(|| of(Role::Previous)).cloned()
    }

    /// The copy of that version, proven or not.
    pub fn of(&self, plugin: &str, sha256: &str) -> Option<Copy> {
        self.copies(plugin).into_iter().find(|copy| copy.sha256 == sha256)
    }

    fn copies(&self, plugin: &str) -> Vec<Copy> {
        let entries = fs::read_dir(self.folder.join(plugin)).into_iter().flatten().flatten();
        let copy = |path: PathBuf| {
            let (role, sha256) = path.file_stem()?.to_str()?.split_once('-')?;
            let (role, _) = ROLES.iter().find(|(_, name)| *name == role)?;
            path.extension().is_some_and(|it| it == "so").then_some(())?;
            Some(Copy { role: *role, sha256: sha256.to_owned(), path: path.clone() })
        };
        entries.filter_map(|entry| copy(entry.path())).collect()
    }

    fn path(&self, plugin: &str, role: Role, sha256: &str) -> PathBuf {
        let name = ROLES.iter().find(|(other, _)| *other == role).map_or("", |(_, name)| name);
        self.folder.join(plugin).join(format!("{name}-{sha256}.so"))
    }

    fn write(&self, plugin: &str, sha256: &str, bytes: &[u8]) -> io::Result<()> {
        let path = self.path(plugin, Role::Next, sha256);
        let folder = self.folder.join(plugin);
        DirBuilder::new().recursive(true).mode(0o700).create(&folder)?;
        // One name for all: what a process that was killed has left is written over.
        replace(&path, &folder.join(".part"), |file| file.write_all(bytes))
    }

    fn give(&self, plugin: &str, copy: &Copy, role: Role) {
        if let Err(error) = fs::rename(&copy.path, self.path(plugin, role, &copy.sha256)) {
            log::warn!(plugin; "plugin {plugin}: its kept copies cannot be moved: {error}");
        }
    }
}

fn remove(path: &Path) {
    if let Err(error) = fs::remove_file(path) {
        log::warn!("cannot remove {}: {error}", path.display());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(kept: &Kept) -> Vec<String> {
        let entries = fs::read_dir(kept.folder.join("echo")).unwrap().flatten();
        let mut names: Vec<_> =
            entries.map(|entry| entry.file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[test]
    fn the_two_newest_proven_versions_are_kept_and_one_that_is_not_yet() {
        let folder = tempfile::TempDir::new().unwrap();
        let kept = Kept::open(folder.path());
        assert!(kept.find("echo", |_| true).is_none());
        kept.offer("echo", "a", b"one");
        assert!(kept.find("echo", |_| true).is_none(), "it is not proven");
        kept.prove("echo", "a");
        kept.offer("echo", "b", b"two");
        kept.offer("echo", "c", b"three");
        assert_eq!(names(&kept), ["current-a.so", "next-c.so"]);
        kept.prove("echo", "c");
        kept.offer("echo", "a", b"one");
        assert_eq!(names(&kept), ["current-c.so", "previous-a.so"]);
        assert_eq!(kept.find("echo", |sha256| sha256 != "c").unwrap().sha256, "a");
        kept.prove("echo", "a");
        assert_eq!(names(&kept), ["current-a.so", "previous-c.so"]);
        kept.offer("echo", "d", b"four");
        kept.prove("echo", "d");
        assert_eq!(names(&kept), ["current-d.so", "previous-a.so"]);
        assert_eq!(fs::read(kept.of("echo", "a").unwrap().path).unwrap(), b"one");
        kept.prove("echo", "never offered");
    }
}
