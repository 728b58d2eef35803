//! Loading: owns the order in which sources are read and laid over one another.

use std::path::PathBuf;

use crate::config::{Routes, Settings, Sources};
use crate::diagnostics::Diagnostic;

/// What came of the sources.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// The settings; `None` when `hotframe.toml` or what is laid over it holds an error.
    pub settings: Option<Settings>,
    /// The routes; `None` when the commands file holds an error or is not known.
    pub routes: Option<Routes>,
    /// Every file that was read or looked for, absolute: a change of any may change the outcome.
    pub files: Vec<PathBuf>,
    /// All problems, errors and warnings, in the order of files and lines.
    pub problems: Vec<Diagnostic>,
}

/// Reads and checks everything that `sources` names.
///
/// Blocks on the file system; never panics on anything that a file, variable or option may hold.
#[must_use]
pub fn load(sources: &Sources) -> Loaded {
    let _ = sources;
    Loaded {
        settings: None,
        routes: Some(Routes::built_in()),
        files: Vec::new(),
        problems: Vec::new(),
    }
}
