//! Owns what follows when a file does not provide its plugin any more.
use std::path::Path;

use super::{Cause, Intake};
use crate::plugins::event::PluginEvent;

impl<D: Fn(PluginEvent)> Intake<D> {
    pub(super) fn drop_file(&mut self, path: &Path) {
        self.tries.remove(path);
        self.crowd.wait_no_more(path);
        let was_refused = self.offers.clear(path);
        if let Some(taken) = self.offers.remove(path) {
            self.release(path, taken.plugin);
        } else if was_refused {
            (self.deliver)(PluginEvent::Forgotten { path: path.to_owned() });
        }
    }

    /// The file does not provide `plugin` any more: who waited for the name gets it, and if
    /// nobody did, that plugin is gone.
    pub(super) fn release(&mut self, path: &Path, plugin: String) {
        for path in self.offers.waiting(&plugin) {
            self.take(&path, Cause::Change);
        }
        if self.offers.provider(&plugin).is_none() {
            (self.deliver)(PluginEvent::Gone { plugin, path: path.to_owned() });
        }
    }
}
