//! Owns what a look at the folders would bring: the same judgement of each file as when it is
//! taken, with nothing copied, tried out, mapped or remembered.
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::{Cause, Intake, Verdict};
use crate::control::answers::{FileChange, FileDifference};
use crate::plugins::PluginEvent;
use crate::plugins::forecast::Outlook;
use crate::plugins::refusal::Refusal;

impl<D: Fn(PluginEvent)> Intake<D> {
    /// Answers what a look would change, by the path.
    pub fn handle_outlook(&self, outlook: Outlook) {
        let mut files: BTreeSet<PathBuf> = self.offers.files();
        files.extend(outlook.folders.iter().flat_map(|folder| libraries(&folder.path)));
        let changes = files.iter().filter_map(|path| self.expect(path, &outlook)).collect();
        (outlook.answer)(changes);
    }

    fn expect(&self, path: &Path, outlook: &Outlook) -> Option<FileChange> {
        let taken = self.offers.taken(path);
        let is_watched =
            outlook.folders.iter().any(|folder| path.parent() == Some(folder.path.as_path()));
        if !is_watched || path.symlink_metadata().is_err() {
            // Where it is not kept, what it provides goes with it.
            let taken = taken.filter(|_| outlook.unloads)?;
            let is_elsewhere = !self.offers.waiting(&taken.plugin).is_empty();
            return (!is_elsewhere).then(|| FileChange {
                plugin: Some(taken.plugin.clone()),
                old: Some(taken.sha256.clone()),
                ..change(path, FileDifference::Unloaded)
            });
        }
        let old = taken.map(|taken| taken.sha256.clone());
        match self.examine(path, Cause::Change, &outlook.folders) {
            Ok((candidate, preflight)) => {
                let serves = self.offers.provider(&preflight.note.name).is_some();
                let kind = if serves { FileDifference::Replaced } else { FileDifference::Loaded };
                Some(FileChange {
                    plugin: Some(preflight.note.name),
                    version: Some(preflight.note.version),
                    old,
                    new: Some(candidate.sha256),
                    ..change(path, kind)
                })
            }
            Err(Verdict::Refused(refusal) | Verdict::SetAside { refusal, .. }) => {
                Some(FileChange { old, ..refused(path, &refusal) })
            }
            Err(Verdict::Taken(_) | Verdict::Unchanged { .. } | Verdict::PassedOver) => None,
        }
    }
}

fn change(path: &Path, change: FileDifference) -> FileChange {
    FileChange { path: path.display().to_string(), change, ..FileChange::default() }
}

fn refused(path: &Path, refusal: &Refusal) -> FileChange {
    let kind = match refusal.defect.is_set_aside() {
        true => FileDifference::SetAside,
        false => FileDifference::Refused,
    };
    FileChange {
        plugin: refusal.plugin.clone(),
        code: Some(refusal.defect.code().as_str().to_owned()),
        message: Some(refusal.message.clone()),
        ..change(path, kind)
    }
}

/// The files of a folder that are looked at.
fn libraries(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = folder.read_dir() else {
        return Vec::new();
    };
    let paths = entries.filter_map(|entry| entry.ok().map(|entry| entry.path()));
    paths.filter(|path| path.extension().is_some_and(|it| it == "so")).collect()
}
