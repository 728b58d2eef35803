//! Owns what the folders mean to the helper thread: which count, and that one cannot be listed.
use std::path::Path;

use super::Intake;
use crate::plugins::defect::Defect;
use crate::plugins::event::PluginEvent;
use crate::plugins::refusal::Refusal;
use crate::plugins::service::PluginFolder;
use crate::watch::Unlisted;

impl<D: Fn(PluginEvent)> Intake<D> {
    /// Other folders count from now on.
    pub fn handle_folders(&mut self, folders: Vec<PluginFolder>) {
        self.folders = folders;
        let mut known = self.offers.files();
        known.retain(|path| folder_of(path, &self.folders).is_none());
        for path in known {
            self.drop_file(&path);
        }
    }

    /// A folder cannot be listed, or can be again. One that need not be there is only told of if it
    /// is there.
    pub(super) fn handle_listing(&mut self, folder: &Path, trouble: Option<Unlisted>) {
        let is_passive = self.folders.iter().any(|it| it.path == folder && it.passive);
        let trouble = trouble.filter(|trouble| !(is_passive && trouble.is_gone));
        let Some(Unlisted { is_gone, why }) = trouble else {
            if self.unlisted.remove(folder) {
                log::info!("the plugin folder {} is back", folder.display());
                (self.deliver)(PluginEvent::Forgotten { path: folder.to_owned() });
            }
            return;
        };
        self.unlisted.insert(folder.to_owned());
        let what = if is_gone { "it is no folder" } else { "its files are not known" };
        let fault = Defect::FolderUnlisted.because(format!("{what}: {why}"));
        (self.deliver)(PluginEvent::Refused(Box::new(Refusal::new(folder, fault))));
    }
}

/// The folder that a file lies in, if that counts.
pub(super) fn folder_of<'a>(path: &Path, folders: &'a [PluginFolder]) -> Option<&'a PluginFolder> {
    folders.iter().find(|folder| path.parent() == Some(&folder.path))
}
