//! Owns what a server remembers of one version of a plugin, for whoever asks without a server.
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::{Cause, Kept, Record};
use crate::plugins::defect::{Defect, Fault};

/// What the server remembers whose state folder was looked at. Nothing is written there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recollection {
    /// The file that says so; it need not be there.
    pub file: PathBuf,
    /// Whether there is one.
    pub is_there: bool,
    /// Why the version is set aside, if it is, though it may be tried again by now.
    pub set_aside: Option<SetAside>,
    /// Whether the operator has disabled the plugin.
    pub is_disabled: bool,
    /// What a copy of the version is kept for.
    pub kept: Option<&'static str>,
}

/// A version that is set aside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SetAside {
    /// Why.
    pub fault: Fault,
    /// Who found it out.
    pub cause: Cause,
    /// How often it was set aside.
    pub count: u32,
    /// When that was last.
    pub since: SystemTime,
    /// When it is tried again by itself; none if that is for a person to say.
    pub until: Option<SystemTime>,
}

impl Recollection {
    /// What is remembered under this state folder of the version of `plugin` with this hash.
    #[must_use]
    pub fn of(state_dir: &Path, plugin: &str, sha256: &str) -> Self {
        let (record, kept) = (Record::open(state_dir).only_read(), Kept::open(state_dir));
        let file = state_dir.join("plugins.json");
        Self {
            is_there: file.exists(),
            file,
            set_aside: record.set_aside(sha256),
            is_disabled: record.is_disabled(plugin),
            kept: kept.of(plugin, sha256).map(|copy| copy.purpose()),
        }
    }

    /// Why a server with this memory would not take the version `now`.
    #[must_use]
    pub fn refusal(&self, plugin: &str, now: SystemTime) -> Option<Fault> {
        if self.is_disabled {
            return Some(Defect::Disabled.because(format!("plugin {plugin} is disabled")));
        }
        let held = self.set_aside.as_ref()?;
        held.until.is_none_or(|until| until > now).then(|| held.fault.clone())
    }
}
