//! Owns the operating system's hints: which folders it is asked to watch, and what it tells.
//!
//! Hints are only ever a reason to look. Where none come (network file systems, some container
//! mounts, a folder that cannot be watched) the poll finds the same a little later.
use std::collections::{BTreeMap, BTreeSet};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use notify::event::{AccessKind, AccessMode, EventKind, ModifyKind, RenameMode};
use notify::{Event, RecommendedWatcher, RecursiveMode, Watcher};

use super::tracker::Hint;
use crate::diagnostics::codes::start::WATCH_LIMIT;

/// The folders that are watched right now.
pub(super) struct Hints {
    watcher: Option<RecommendedWatcher>,
    /// Each with its inode, because a folder that was made anew must be watched anew.
    folders: BTreeMap<PathBuf, (u64, u64)>,
}

/// What happened to a path, of what is worth a look.
#[derive(Debug)]
pub(super) struct Hinted {
    pub path: PathBuf,
    pub hint: Hint,
}

impl Hints {
    /// Hints that are handed to `deliver`, on a thread of the library's own.
    pub fn start(deliver: impl Fn(Vec<Hinted>) + Send + 'static) -> Self {
        let watcher = notify::recommended_watcher(move |event: notify::Result<Event>| {
            let hinted = match event {
                Ok(event) => match hint_of(&event) {
                    Some(hint) => spread(event, hint),
                    None => return,
                },
                // Whatever went wrong, a look shows how things are.
                Err(_) => Vec::new(),
            };
            deliver(hinted);
        });
        if let Err(error) = &watcher {
            log::warn!(
                code = WATCH_LIMIT.as_str();
                "no file events ({error}): changes are found by polling"
            );
        }
        Self { watcher: watcher.ok(), folders: BTreeMap::new() }
    }

    /// Watches exactly `wanted` from now on. True if a watch was set: something may have happened
    /// to that folder before, so that another look is due.
    pub fn watch(&mut self, wanted: &BTreeSet<PathBuf>) -> bool {
        let Some(watcher) = &mut self.watcher else {
            return false;
        };
        self.folders.retain(|folder, inode| {
            let stays = wanted.contains(folder) && inode_of(folder) == Some(*inode);
            if !stays {
                // Fails if the folder is gone, and its watch with it: just as well.
                let _ = watcher.unwatch(folder);
            }
            stays
        });
        let mut is_new = false;
        for folder in wanted {
            let Some(inode) = inode_of(folder).filter(|_| !self.folders.contains_key(folder))
            else {
                continue;
            };
            match watcher.watch(folder, RecursiveMode::NonRecursive) {
                Ok(()) => {
                    self.folders.insert(folder.clone(), inode);
                    is_new = true;
                }
                Err(error) => log::debug!("cannot watch {}: {error}", folder.display()),
            }
        }
        is_new
    }
}

fn inode_of(folder: &Path) -> Option<(u64, u64)> {
    let metadata = std::fs::metadata(folder).ok().filter(std::fs::Metadata::is_dir)?;
    Some((metadata.dev(), metadata.ino()))
}

/// What an event says; `None` for those that our own looking causes, and for single writes, which
/// the writer's close follows.
fn hint_of(event: &Event) -> Option<Hint> {
    match event.kind {
        EventKind::Access(AccessKind::Close(AccessMode::Write)) => Some(Hint::Written),
        EventKind::Access(_) | EventKind::Modify(ModifyKind::Data(_)) => None,
        EventKind::Modify(ModifyKind::Name(RenameMode::To)) => Some(Hint::Whole),
        _ => Some(Hint::Seen),
    }
}

/// An event that names no path (an overflow of the queue) is a reason to look everywhere.
fn spread(event: Event, hint: Hint) -> Vec<Hinted> {
    event.paths.into_iter().map(|path| Hinted { path, hint }).collect()
}
