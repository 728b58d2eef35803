//! The sources of a plugin: owns which files they are, and when one of them has changed.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// Folders that builds write to.
const OUTPUTS: [&str; 2] = ["target", "build"];
/// What builds write beside the sources.
const MADE: [&str; 3] = ["so", "o", "part"];
/// More files than a plugin has; beyond that, no more are looked at.
const MOST: usize = 20_000;

/// The sources below a folder: all that is neither hidden nor made by a build.
#[derive(Debug)]
pub struct Sources(PathBuf);

/// How the sources are: each file with its length and the time of its last change.
#[derive(Debug, PartialEq, Eq)]
pub struct State(BTreeMap<PathBuf, (u64, Option<SystemTime>)>);

impl Sources {
    /// Those below `folder`.
    pub fn below(folder: &Path) -> Self {
        Self(folder.to_owned())
    }

    /// How they are now.
    pub fn look(&self) -> State {
        let mut files = BTreeMap::new();
        collect(&self.0, true, &mut files);
        State(files)
    }

    /// Waits until they are otherwise than they were `seen`, and quiet again. Returns a file that
    /// has changed. `rest` waits a moment.
    pub fn wait_for_change(&self, seen: &State, mut rest: impl FnMut()) -> PathBuf {
        let mut before = self.look();
        loop {
            rest();
            let now = self.look();
            if now == before
                && let Some(file) = now.difference(seen)
            {
                return file.strip_prefix(&self.0).unwrap_or(file).to_owned();
            }
            before = now;
        }
    }
}

impl State {
    /// A file that is not as it was: new, changed or gone.
    fn difference<'a>(&'a self, before: &'a Self) -> Option<&'a Path> {
        let is_other = |(file, state): &(&PathBuf, &_)| before.0.get(*file) != Some(*state);
        let gone = before.0.keys().find(|file| !self.0.contains_key(*file));
        let changed = self.0.iter().find(is_other).map(|(file, _)| file);
        changed.or(gone).map(PathBuf::as_path)
    }
}

fn collect(folder: &Path, is_top: bool, files: &mut BTreeMap<PathBuf, (u64, Option<SystemTime>)>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let (name, path) = (entry.file_name(), entry.path());
        let name = name.to_string_lossy();
        // Links to folders are not followed: they may lead in a circle.
        let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
        let is_output = is_top && is_folder && OUTPUTS.contains(&&*name);
        let is_made = path.extension().is_some_and(|it| MADE.iter().any(|made| it == *made))
            // Cargo writes it in the middle of a build.
            || name == "Cargo.lock";
        if name.starts_with('.') || is_output || (!is_folder && is_made) || files.len() >= MOST {
            continue;
        }
        if is_folder {
            collect(&path, false, files);
        } else if let Ok(metadata) = fs::metadata(&path) {
            files.insert(path, (metadata.len(), metadata.modified().ok()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_of_a_source_is_seen_and_of_what_is_built_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        };
        write("src/lib.rs", "1");
        let sources = Sources::below(folder.path());
        let seen = sources.look();
        for made in ["target/release/x", "build/libx.so", ".git/index", "x.o", "src/.lib.rs.swp"] {
            write(made, "made");
        }
        assert_eq!(sources.look(), seen);
        let mut saves = 0;
        let changed = sources.wait_for_change(&seen, || {
            saves += 1;
            if saves <= 3 {
                write("src/lib.rs", &"12345"[..=saves]);
            }
        });
        assert_eq!(changed, Path::new("src/lib.rs"));
        assert_eq!(saves, 4, "it is quiet when a look after the last save finds nothing new");
        let seen = sources.look();
        fs::remove_file(folder.path().join("src/lib.rs")).unwrap();
        let gone = sources.look();
        assert_eq!(gone.difference(&seen), Some(folder.path().join("src/lib.rs").as_path()));
    }
}
