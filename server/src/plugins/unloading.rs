//! Owns a library on its way out, and what became of it.
use std::fmt;

use super::lingering::Lingering;
use super::module::Module;

/// A library whose instance is gone (or never was) and that waits to be unmapped.
#[derive(Debug)]
pub struct Unloading(pub(super) Module);

/// What became of a generation in the end.
#[derive(Debug)]
pub struct UnloadReport {
    /// The plugin.
    pub plugin: String,
    /// Which of its generations.
    pub generation: u64,
    /// If its code is still mapped: why.
    pub lingering: Option<String>,
}

impl Unloading {
    /// The plugin's name.
    pub fn name(&self) -> &str {
        &self.0.preflight.note.name
    }

    /// The number of the generation.
    pub fn generation(&self) -> u64 {
        self.0.generation
    }

    /// Unmaps the library, looks whether it is really gone, and removes its copy if it is. What
    /// lingers comes back.
    #[must_use]
    pub fn unload(self) -> Option<Lingering> {
        self.0.close()
    }
}

impl fmt::Display for UnloadReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { plugin, generation, lingering } = self;
        match lingering {
            None => write!(f, "plugin {plugin}: generation {generation} unloaded"),
            Some(reason) => {
                write!(f, "plugin {plugin}: generation {generation} stays in memory: {reason}")
            }
        }
    }
}
