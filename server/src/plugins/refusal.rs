//! Owns `Refusal`: why a plugin file was not taken, in the form that logs and `ctl plugins` show.
use std::fmt;
use std::path::{Path, PathBuf};

use super::defect::{Defect, Fault};
use super::lifecycle::Mistake;
use crate::diagnostics::Diagnostic;

/// Why a plugin file was not taken. Whatever served before serves on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// What is wrong, with the facts of the case.
    pub message: String,
    /// The file, as it was named to the server.
    pub path: PathBuf,
    /// The plugin's name, if the file got far enough to say it.
    pub plugin: Option<String>,
    /// What kind of fault it is; its code says the way out.
    pub defect: Defect,
    /// The mistakes of a configuration one by one.
    pub findings: Vec<Mistake>,
}

impl Refusal {
    /// A refusal of the file at `path`, whose plugin is not known.
    pub fn new(path: &Path, fault: Fault) -> Self {
        let Fault { defect, message, findings } = fault;
        Self { message, path: path.to_owned(), plugin: None, defect, findings }
    }

    /// The same refusal with the plugin's name known.
    #[must_use]
    pub fn of(mut self, plugin: &str) -> Self {
        self.plugin = Some(plugin.to_owned());
        self
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { message, path, defect, .. } = self;
        let code = defect.code();
        write!(f, "{code}: {}: {message}. {}", path.display(), code.mend())
    }
}

impl std::error::Error for Refusal {}

/// What stops the server at its start is shown like any other problem.
impl From<Refusal> for Diagnostic {
    fn from(refusal: Refusal) -> Self {
        let code = refusal.defect.code();
        let message = format!("{}: {}", refusal.path.display(), refusal.message);
        // The server serves without that folder, and takes what is there when it comes.
        let is_passing = refusal.defect == Defect::FolderUnlisted;
        let problem = if is_passing { Self::warning } else { Self::error };
        problem(code, message).help(code.mend())
    }
}
