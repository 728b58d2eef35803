//! Owns the files of kept state, one for each plugin: written whole or not at all. Blocks on the
//! disk, so it belongs on the helper thread.
use std::fs::{self, DirBuilder, File};
use std::io::{self, Read, Write};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::saved::SavedState;
use crate::diagnostics::codes::plugin_life::STATE_NOT_SAVED;
use crate::plugins::defect::{Defect, Fault};
use crate::plugins::whole_file::replace;

/// More than a header takes.
const MAX_HEADER: u64 = 4096;

/// What is to be done with the files.
#[derive(Debug)]
pub(in crate::plugins) enum StateOrder {
    /// State is to be written.
    Keep(Box<SavedState>),
    /// The state of this plugin is to be moved out of the way.
    SetAside(String),
}

/// The folder of kept state.
#[derive(Debug, Clone)]
pub struct StateStore {
    folder: PathBuf,
}

impl StateStore {
    /// The files lie in `state` under the server's folder; it is made when something is kept.
    #[must_use]
    pub fn under(state_dir: &Path) -> Self {
        Self { folder: state_dir.join("state") }
    }

    /// Does what the loop wants done, and says in the log what came of it; whether it is done.
    pub(in crate::plugins) fn carry_out(&self, order: StateOrder) -> bool {
        match order {
            StateOrder::Keep(kept) => {
                let (plugin, done) = (kept.plugin.as_str(), self.write(&kept));
                match &done {
                    Ok(()) => log::info!(
                        plugin, bytes = kept.bytes.len();
                        "plugin {plugin}: its state is kept in {}", self.path_of(plugin).display()
                    ),
                    Err(error) => log::error!(
                        plugin, code = STATE_NOT_SAVED.as_str();
                        "plugin {plugin}: its state is not kept: {error}"
                    ),
                }
                done.is_ok()
            }
            StateOrder::SetAside(plugin) => {
                let (plugin, done) = (plugin.as_str(), self.set_aside(plugin.as_str()));
                match &done {
                    Ok(aside) => log::warn!(
                        plugin; "plugin {plugin}: its kept state is now {}", aside.display()
                    ),
                    Err(error) => log::error!(
                        plugin; "plugin {plugin}: its kept state stays where it is: {error}"
                    ),
                }
                done.is_ok()
            }
        }
    }

    /// Where the state of a plugin lies.
    #[must_use]
    pub fn path_of(&self, plugin: &str) -> PathBuf {
        self.folder.join(format!("{plugin}.state"))
    }

    /// Writes the state of a plugin: to a file beside it, to the disk, and then in its place, so
    /// that there is always a whole one.
    ///
    /// # Errors
    /// What the operating system says; the file that was there before is untouched then.
    pub fn write(&self, kept: &SavedState) -> io::Result<()> {
        DirBuilder::new().recursive(true).mode(0o700).create(&self.folder)?;
        let path = self.path_of(&kept.plugin);
        // First: it counts only beside what was saved at the same moment.
        match &kept.older {
            Some(older) => self.write_file(&older_of(&path), older)?,
            None => match fs::remove_file(older_of(&path)) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            },
        }
        self.write_file(&path, kept)
    }

    fn write_file(&self, path: &Path, kept: &SavedState) -> io::Result<()> {
        let part = self.folder.join(".part");
        replace(path, &part, |file| {
            file.write_all(&kept.encode())?;
            file.sync_all()
        })?;
        File::open(&self.folder)?.sync_all()
    }

    /// Reads the state of a plugin, of at most `most` bytes; `None` if none is kept.
    ///
    /// # Errors
    /// It is there and cannot be used.
    pub fn read(&self, plugin: &str, most: u64) -> Result<Option<SavedState>, Fault> {
        let path = self.path_of(plugin);
        let Some(mut kept) = read_file(&path, plugin, most)? else {
            return Ok(None);
        };
        // Nobody needs it who can use the newer one, so what is wrong with it is not told.
        let older = read_file(&older_of(&path), plugin, most).ok().flatten();
        kept.older = older.filter(|older| older.saved_at == kept.saved_at).map(Arc::new);
        Ok(Some(kept))
    }

    /// Moves the state of a plugin out of the way: the next one to be kept does not overwrite it.
    ///
    /// # Errors
    /// What the operating system says.
    pub fn set_aside(&self, plugin: &str) -> io::Result<PathBuf> {
        let (path, aside) = (self.path_of(plugin), self.folder.join(format!("{plugin}.refused")));
        fs::rename(path, &aside).map(|()| aside)
    }
}

/// Where the same lies as of an older version.
fn older_of(path: &Path) -> PathBuf {
    path.with_extension("state.older")
}

/// Reads a file of state; `None` if it is not there.
fn read_file(path: &Path, plugin: &str, most: u64) -> Result<Option<SavedState>, Fault> {
    let bad = |why: &str| {
        Defect::StateDamaged.because(format!("the kept state {}: {why}", path.display()))
    };
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(bad(&error.to_string())),
    };
    let mut bytes = Vec::new();
    let most = most.saturating_add(MAX_HEADER);
    let read = file.take(most.saturating_add(1)).read_to_end(&mut bytes);
    read.map_err(|error| bad(&error.to_string()))?;
    if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > most {
        return Err(Defect::StateTooLarge.because(format!(
            "the kept state {} is larger than plugins.max_state",
            path.display()
        )));
    }
    let kept = SavedState::decode(&bytes).map_err(bad)?;
    if kept.plugin != plugin {
        return Err(bad(&format!("it is that of {}", kept.plugin)));
    }
    Ok(Some(kept))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(bytes: &[u8]) -> SavedState {
        let (plugin, bytes) = ("kv".into(), bytes.into());
        SavedState { plugin, schema: 7, version: 1, saved_at: 9, bytes, older: None }
    }

    #[test]
    fn the_last_state_that_was_written_is_there_and_no_part_of_it() {
        let folder = tempfile::tempdir().unwrap();
        let store = StateStore::under(folder.path());
        assert_eq!(store.read("kv", 100), Ok(None));
        for text in [&b"first"[..], b"second", b""] {
            store.write(&kept(text)).unwrap();
            assert_eq!(store.read("kv", 100), Ok(Some(kept(text))));
        }
        let names = fs::read_dir(folder.path().join("state")).unwrap();
        let names: Vec<_> = names.map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(names, ["kv.state"]);
    }

    #[test]
    fn the_same_in_an_older_form_counts_only_beside_what_it_was_saved_with() {
        let folder = tempfile::tempdir().unwrap();
        let store = StateStore::under(folder.path());
        let older = || Some(Arc::new(kept(b"old")));
        let both = SavedState { version: 2, older: older(), ..kept(b"new") };
        store.write(&both).unwrap();
        assert_eq!(store.read("kv", 100), Ok(Some(both.clone())));
        let later = SavedState { saved_at: 10, ..both.clone() };
        store.write_file(&store.path_of("kv"), &later).unwrap();
        let alone = SavedState { older: None, ..later };
        assert_eq!(store.read("kv", 100), Ok(Some(alone.clone())));
        store.write(&alone).unwrap();
        assert!(!older_of(&store.path_of("kv")).exists());
    }

    #[test]
    fn what_cannot_be_used_is_told_and_can_be_set_aside() {
        let folder = tempfile::tempdir().unwrap();
        let store = StateStore::under(folder.path());
        store.write(&kept(&[7; 5000])).unwrap();
        assert_eq!(store.read("kv", 10).unwrap_err().defect, Defect::StateTooLarge);
        fs::copy(store.path_of("kv"), store.path_of("other")).unwrap();
        assert_eq!(store.read("other", 9000).unwrap_err().defect, Defect::StateDamaged);
        fs::write(store.path_of("kv"), b"HFSTATE1 and no more").unwrap();
        assert_eq!(store.read("kv", 9000).unwrap_err().defect, Defect::StateDamaged);
        let aside = store.set_aside("kv").unwrap();
        assert_eq!(store.read("kv", 9000), Ok(None));
        assert_eq!(fs::read(aside).unwrap(), b"HFSTATE1 and no more");
    }
}
