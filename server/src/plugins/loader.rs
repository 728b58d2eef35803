//! Owns the way from a file to a mapped library: open, look, copy, try out, map, ask.
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use super::candidate::Candidate;
use super::care::Care;
use super::defect::Fault;
use super::generation::Loaded;
use super::inquiry::{Inquirer, Predecessor};
use super::phases::Phase;
use super::preflight::{Normalised, Preflight, normalise};
use super::probe::{MOST_STATE, Sample, Tried};
use super::refusal::Refusal;
use super::shadow::{ShadowFile, ShadowFolder};
use super::state::{Forms, KeptState, StateOrder, StateStore, fitting};
use crate::config::PluginConfig;
use crate::diagnostics::codes::runtime::TRIED_IN_PART;

/// Turns files into loaded plugins. Runs on any thread but the loop's.
#[derive(Debug, Clone)]
pub struct Loader {
    shadow: ShadowFolder,
    max_size: u64,
    start: Instant,
    care: Care,
    store: Option<StateStore>,
}

impl Loader {
    /// A loader that keeps its copies in `shadow` and takes files of at most `max_size` bytes.
    /// `start` is the moment from which the loop's clock counts.
    pub fn new(shadow: ShadowFolder, max_size: u64, start: Instant) -> Self {
        Self { shadow, max_size, start, care: Care::default(), store: None }
    }

    /// Finds kept state there from now on.
    pub fn set_store(&mut self, store: StateStore) {
        self.store = Some(store);
    }

    /// Takes that care of files from now on.
    pub fn set_care(&mut self, care: Care) {
        self.care = care;
    }

    /// All of it: what `check` and a first load do.
    ///
    /// # Errors
    /// The first thing that is wrong; nothing of the file stays mapped or copied then.
    pub fn load(&self, path: &Path) -> Result<Loaded, Refusal> {
        let candidate = self.open(path)?;
        let preflight = Preflight::read(&candidate.bytes).map_err(|f| Refusal::new(path, f))?;
        self.map(path, candidate, preflight, None)
    }

    /// Opens, checks and reads the file.
    ///
    /// # Errors
    /// What is wrong with the file, whatever its contents.
    pub fn open(&self, path: &Path) -> Result<Candidate, Refusal> {
        Candidate::open(path, self.max_size).map_err(|fault| Refusal::new(path, fault))
    }

    /// Makes a private copy of what was read, tries it out, maps it, and lets the plugin show its
    /// table. The trial gets the state that the `inquirer` knows of, or what was kept.
    ///
    /// # Errors
    /// [`super::Defect::Unsettled`] if the file is not what was read any more, and all that the
    /// dynamic loader and the plugin's table can be refused for.
    pub(super) fn map(
        &self,
        path: &Path,
        candidate: Candidate,
        preflight: Preflight,
        inquirer: Option<&Inquirer<'_>>,
    ) -> Result<Loaded, Refusal> {
        let plugin = preflight.note.name.clone();
        let refuse = |fault: Fault| Refusal::new(path, fault).of(&plugin);
        let sha256 = candidate.sha256.clone();
        let (copy, preflight) = Phase::Copy.during(|| self.copy(path, candidate, preflight))?;
        let was_tried = self.try_out(&plugin, copy.path(), inquirer).map_err(refuse)?;
        let open = || Loaded::open(path, copy, preflight, sha256, self.start);
        let loaded = Phase::Load.during(open);
        let mut loaded = loaded.map_err(refuse)?;
        if !was_tried {
            loaded.judge(&self.care.config_of(&plugin)).map_err(refuse)?;
        }
        let _is_there = self.read_state(&mut loaded, was_tried);
        Ok(loaded)
    }

    /// Reads what state of a plugin was kept, if that is to be kept; whether there is some.
    pub(super) fn read_state(&self, loaded: &mut Loaded, was_tried: bool) -> bool {
        let kept = loaded.has_state().then(|| self.kept(loaded.name())).flatten();
        let is_there = matches!(kept, Some(Ok(_)));
        loaded.note(was_tried, kept);
        is_there
    }

    /// What state of a plugin was kept, if that is to be kept.
    fn kept(&self, plugin: &str) -> Option<KeptState> {
        let store = self.store.as_ref().filter(|_| self.care.keeps_state(plugin))?;
        let kept = store.read(plugin, self.care.max_state).transpose()?;
        Some(kept.map(Arc::new))
    }

    /// Makes a private copy of what was read, changed so that it can be unmapped.
    ///
    /// # Errors
    /// [`super::Defect::Unsettled`] if the file is not what was read any more.
    pub(super) fn copy(
        &self,
        path: &Path,
        mut candidate: Candidate,
        preflight: Preflight,
    ) -> Result<(ShadowFile, Preflight), Refusal> {
        let plugin = preflight.note.name.clone();
        let refuse = |fault: Fault| Refusal::new(path, fault).of(&plugin);
        let mut bytes = std::mem::take(&mut candidate.bytes);
        let preflight = match self.care.normalize {
            true => normalised(&mut bytes, preflight).map_err(refuse)?,
            false => preflight,
        };
        let copy = self.shadow.write(&plugin, &candidate.sha256, &bytes).map_err(refuse)?;
        drop(bytes);
        candidate.check_unchanged().map_err(refuse)?;
        Ok((copy, preflight))
    }

    /// Tries out a copy with the plugin's configuration, and with the state that it would go on
    /// from; false if nothing is tried out.
    ///
    /// # Errors
    /// What the trial found wrong.
    pub(super) fn try_out(
        &self,
        plugin: &str,
        copy: &Path,
        inquirer: Option<&Inquirer<'_>>,
    ) -> Result<bool, Fault> {
        let Some(probe) = &self.care.probe else {
            return Ok(false);
        };
        let mut is_whole = true;
        let state = |forms| {
            let sample = self.sample(plugin, forms, inquirer);
            is_whole = sample.as_ref().is_none_or(|sample| sample.is_whole);
            sample
        };
        let begun = Instant::now();
        let tried = probe.run(copy, &self.care.config_of(plugin), state);
        Phase::Trial.record(begun);
        if tried? == Tried::NotToTheEnd || !is_whole {
            log::info!(
                plugin, code = TRIED_IN_PART.as_str();
                "plugin {plugin}: its trial got no more than {} MiB of the state, and did not \
                 begin with it", MOST_STATE >> 20
            );
        }
        Ok(true)
    }

    /// The state that a plugin with these forms of it would go on from.
    fn sample(
        &self,
        plugin: &str,
        forms: Forms,
        inquirer: Option<&Inquirer<'_>>,
    ) -> Option<Sample> {
        let in_memory = match inquirer.map(|inquirer| inquirer.ask(plugin, forms)) {
            Some(Some(Predecessor::Saved(sample))) => return Some(sample),
            Some(Some(Predecessor::Nobody(in_memory))) => in_memory,
            Some(None) => return None,
            None => None,
        };
        let kept = match self.kept(plugin) {
            None => in_memory?,
            // What cannot be read, nobody loads.
            Some(kept) => kept.ok()?,
        };
        fitting(kept, forms).map(Sample::of_kept)
    }

    /// The loop has state to be kept, or to be moved out of the way; whether that is done.
    pub(super) fn handle_state(&self, order: StateOrder) -> bool {
        self.store.as_ref().is_some_and(|store| store.carry_out(order))
    }

    /// What a plugin is configured with.
    pub(super) fn config_of(&self, plugin: &str) -> PluginConfig {
        self.care.configs.get(plugin).cloned().unwrap_or_default()
    }
}

/// Changes the bytes of a copy, and looks at what they are now.
fn normalised(bytes: &mut [u8], before: Preflight) -> Result<Preflight, Fault> {
    let normalised = normalise(bytes)?;
    match normalised == Normalised::default() {
        true => Ok(before),
        false => Ok(Preflight { normalised, ..Preflight::read(bytes)? }),
    }
}
