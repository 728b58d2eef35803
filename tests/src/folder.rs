//! A folder of a server's own, and the ways in which people replace a file in it.

use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use tempfile::TempDir;

/// How a file is replaced by another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Swap {
    /// Written beside it and renamed over it: `mv`, `install`, most editors.
    Rename,
    /// Truncated and written: `cp`, a shell's `>`.
    InPlace,
    /// Removed and linked to the new one: cargo.
    HardLink,
    /// A symbolic link that is made to lead elsewhere: a deployment.
    Symlink,
}

/// A temporary folder with the layout of a small installation; gone when dropped.
#[derive(Debug)]
pub struct Folder {
    root: TempDir,
    /// Names beside the watched folders, never given twice.
    next: AtomicU64,
}

impl Swap {
    /// Every way.
    pub const ALL: &[Self] = &[Self::Rename, Self::InPlace, Self::HardLink, Self::Symlink];
}

impl Default for Folder {
    fn default() -> Self {
        let root = tempfile::tempdir().expect("a temporary folder");
        for name in ["config", "plugins", "run", "beside"] {
            fs::create_dir(root.path().join(name)).unwrap();
        }
        Self { root, next: AtomicU64::new(0) }
    }
}

impl Folder {
    /// The folder itself.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.root.path()
    }

    /// A path below it.
    #[must_use]
    pub fn join(&self, below: &str) -> PathBuf {
        self.root.path().join(below)
    }

    /// Replaces the file `below` by these bytes, in this way.
    pub fn replace(&self, below: &str, bytes: &[u8], how: Swap) {
        let place = self.join(below);
        if how == Swap::InPlace {
            // Over a link it would be the link's end that is written, which is not what is meant.
            if place.is_symlink() {
                fs::remove_file(&place).unwrap();
            }
            fs::write(&place, bytes).unwrap();
            return;
        }
        let fresh = self.beside();
        fs::write(&fresh, bytes).unwrap();
        match how {
            Swap::Rename => fs::rename(&fresh, &place).unwrap(),
            Swap::HardLink => {
                let _ = fs::remove_file(&place);
                fs::hard_link(&fresh, &place).unwrap();
            }
            Swap::Symlink => {
                let link = self.beside();
                symlink(&fresh, &link).unwrap();
                fs::rename(&link, &place).unwrap();
            }
            Swap::InPlace => unreachable!("returned above"),
        }
    }

    /// Replaces the file `below` by one that grows part by part; `between` runs after each part.
    pub fn grow(&self, below: &str, bytes: &[u8], parts: usize, mut between: impl FnMut()) {
        let place = self.join(below);
        let _ = fs::remove_file(&place);
        let open = OpenOptions::new().create(true).append(true).open(&place);
        let mut file: File = open.unwrap();
        for part in bytes.chunks(bytes.len().div_ceil(parts).max(1)) {
            file.write_all(part).unwrap();
            between();
        }
    }

    /// A path on the same file system, outside every watched folder, that was never used.
    fn beside(&self) -> PathBuf {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        self.join(&format!("beside/{number}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_replaces_what_every_other_left() {
        let folder = Folder::default();
        let mut number = 0_u8;
        for first in Swap::ALL {
            for second in Swap::ALL {
                for how in [first, second] {
                    number += 1;
                    folder.replace("plugins/a", &[number], *how);
                    assert_eq!(fs::read(folder.join("plugins/a")).unwrap(), [number], "{how:?}");
                }
            }
        }
        let mut parts = 0;
        folder.grow("plugins/a", b"0123456789", 4, || parts += 1);
        assert_eq!(fs::read(folder.join("plugins/a")).unwrap(), b"0123456789");
        assert_eq!(parts, 4);
    }
}
