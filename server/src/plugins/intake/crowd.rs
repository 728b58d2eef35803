//! Owns how many generations of each plugin are in memory, and what waits because there are too
//! many.
//!
//! A generation that was replaced stays until its tokens are answered and its jobs are done, and
//! one that cannot be unmapped stays longer. Whoever replaces a plugin faster than that would fill
//! the memory with old ones, so the next one waits until there is room.
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::Instant;

use super::{Cause, Intake};
use crate::plugins::defect::{Defect, Fault};
use crate::plugins::event::PluginEvent;
use crate::plugins::lingering::{Lingering, LingeringList, MAX_LINGERING};
use crate::plugins::unloading::UnloadReport;

/// So many generations of one plugin may be with the loop before its next one waits: the one that
/// serves, the one before it, on the bench, and eight that have still to answer or to end jobs.
const MOST: usize = 10;

/// The generations in memory.
#[derive(Debug, Default)]
pub(super) struct Crowd {
    /// How many of each plugin the loop has.
    living: BTreeMap<String, usize>,
    lingering: LingeringList,
    /// Files that somebody wants loaded even if they have not changed, and that wait.
    wanted: BTreeSet<PathBuf>,
}

impl Crowd {
    /// Whether there is room for another generation of `plugin`.
    pub fn check(&self, plugin: &str) -> Result<(), Fault> {
        let lingering = self.lingering.count(plugin);
        if lingering >= MAX_LINGERING {
            let message = format!("{lingering} generations of {plugin} cannot be unloaded");
            return Err(Defect::TooManyLinger.because(message));
        }
        let living = self.living.get(plugin).copied().unwrap_or_default();
        if living >= MOST {
            let why = "those that were replaced have still to answer or to end jobs";
            let message = format!("{living} generations of {plugin} are in memory: {why}");
            return Err(Defect::TooManyDrain.because(message));
        }
        Ok(())
    }

    /// The loop gets a generation of `plugin`.
    pub fn come(&mut self, plugin: &str) {
        *self.living.entry(plugin.to_owned()).or_default() += 1;
    }

    /// The loop is done with one; what could not be unmapped of it lingers.
    pub fn leave(&mut self, plugin: &str, lingering: Option<Lingering>) {
        if let Some(living) = self.living.get_mut(plugin) {
            *living = living.saturating_sub(1);
        }
        self.living.retain(|_, living| *living > 0);
        if let Some(lingering) = lingering {
            self.lingering.add(lingering, Instant::now());
        }
    }

    /// A file has to wait for room. `is_wanted`: even if it has not changed by then.
    pub fn put_off(&mut self, path: &Path, is_wanted: bool) {
        if is_wanted {
            self.wanted.insert(path.to_owned());
        }
    }

    /// Whether a file waits that is wanted even if it has not changed.
    pub fn is_wanted(&self, path: &Path) -> bool {
        self.wanted.contains(path)
    }

    /// A file waits no more; whether it was wanted.
    pub fn wait_no_more(&mut self, path: &Path) -> bool {
        self.wanted.remove(path)
    }

    /// When something is to be unmapped once more.
    pub fn poll_wake(&self) -> Option<Instant> {
        self.lingering.poll_wake()
    }

    /// Tries to unmap once more what is due.
    pub fn handle_due(&mut self, now: Instant) -> Vec<UnloadReport> {
        self.lingering.handle_due(now)
    }
}

impl<D: Fn(PluginEvent)> Intake<D> {
    /// A generation of `plugin` has left: the file that waited for that is looked at again.
    pub(super) fn admit(&mut self, plugin: &str) {
        if self.crowd.check(plugin).is_err() {
            return;
        }
        for path in self.offers.put_off(plugin) {
            let is_wanted = self.crowd.wait_no_more(&path);
            self.take(&path, if is_wanted { Cause::Demand } else { Cause::Retry });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plugin_waits_for_its_own_generations_only() {
        let mut crowd = Crowd::default();
        (0..MOST).for_each(|_| crowd.come("slow"));
        let fault = crowd.check("slow").unwrap_err();
        assert_eq!(fault.defect, Defect::TooManyDrain);
        assert!(fault.message.starts_with("10 generations of slow"), "{fault}");
        assert_eq!(crowd.check("quick"), Ok(()));
        crowd.leave("slow", None);
        assert_eq!(crowd.check("slow"), Ok(()));
    }

    #[test]
    fn who_leaves_twice_makes_no_room_for_others() {
        let mut crowd = Crowd::default();
        crowd.leave("slow", None);
        (0..MOST).for_each(|_| crowd.come("slow"));
        assert!(crowd.check("slow").is_err());
    }

    #[test]
    fn a_file_that_was_wanted_is_wanted_once() {
        let (mut crowd, path) = (Crowd::default(), Path::new("/p/slow.so"));
        crowd.put_off(path, false);
        assert!(!crowd.wait_no_more(path));
        crowd.put_off(path, true);
        crowd.put_off(path, false);
        assert!(crowd.is_wanted(path) && crowd.wait_no_more(path));
        assert!(!crowd.wait_no_more(path));
    }
}
