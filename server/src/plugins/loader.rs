//! Owns the way from a file to a mapped library: open, look, copy, try out, map, ask.
use std::path::Path;
use std::time::Instant;

use super::candidate::Candidate;
use super::care::Care;
use super::defect::Fault;
use super::generation::Loaded;
use super::preflight::{Normalised, Preflight, normalise};
use super::refusal::Refusal;
use super::shadow::{ShadowFile, ShadowFolder};

/// Turns files into loaded plugins. Runs on any thread but the loop's.
#[derive(Debug, Clone)]
pub struct Loader {
    shadow: ShadowFolder,
    max_size: u64,
    start: Instant,
    care: Care,
}

impl Loader {
    /// A loader that keeps its copies in `shadow` and takes files of at most `max_size` bytes.
    /// `start` is the moment from which the loop's clock counts.
    pub fn new(shadow: ShadowFolder, max_size: u64, start: Instant) -> Self {
        Self { shadow, max_size, start, care: Care::default() }
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
        self.map(path, candidate, preflight)
    }

    /// Opens, checks and reads the file.
    ///
    /// # Errors
    /// What is wrong with the file, whatever its contents.
    pub fn open(&self, path: &Path) -> Result<Candidate, Refusal> {
        Candidate::open(path, self.max_size).map_err(|fault| Refusal::new(path, fault))
    }

    /// Makes a private copy of what was read, tries it out, maps it, and lets the plugin show its
    /// table.
    ///
    /// # Errors
    /// [`super::Defect::Unsettled`] if the file is not what was read any more, and all that the
    /// dynamic loader and the plugin's table can be refused for.
    pub fn map(
        &self,
        path: &Path,
        candidate: Candidate,
        preflight: Preflight,
    ) -> Result<Loaded, Refusal> {
        let plugin = preflight.note.name.clone();
        let refuse = |fault: Fault| Refusal::new(path, fault).of(&plugin);
        let sha256 = candidate.sha256.clone();
        let (copy, preflight) = self.copy(path, candidate, preflight)?;
        if let Some(probe) = &self.care.probe {
            probe.run(copy.path(), &self.care.config_of(&plugin)).map_err(refuse)?;
        }
        Loaded::open(path, copy, preflight, sha256, self.start).map_err(refuse)
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
}

/// Changes the bytes of a copy, and looks at what they are now.
fn normalised(bytes: &mut [u8], before: Preflight) -> Result<Preflight, Fault> {
    let normalised = normalise(bytes)?;
    match normalised == Normalised::default() {
        true => Ok(before),
        false => Ok(Preflight { normalised, ..Preflight::read(bytes)? }),
    }
}
