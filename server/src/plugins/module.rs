//! Owns `Module`: a mapped copy with all that its code may use as long as it is mapped.
#![allow(unsafe_code)]
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::defect::Fault;
use super::description::Description;
use super::duty::{Badge, BadgeRef};
use super::host_table::{ContextRef, HostTable};
use super::lingering::Lingering;
use super::mapped::Mapped;
use super::preflight::Preflight;
use super::shadow::ShadowFile;
use super::state::KeptState;

/// A mapped library, and what is known of it.
#[derive(Debug)]
pub(super) struct Module {
    /// What it offers; leads into its code.
    pub description: Description,
    /// What was seen of the file before any of it ran.
    pub preflight: Preflight,
    /// SHA-256 of the file, in hex.
    pub sha256: String,
    /// The file, as it was named to the server.
    pub path: PathBuf,
    /// The private copy that is mapped.
    pub copy: PathBuf,
    /// The number of the generation, never given twice in a process.
    pub generation: u64,
    /// What the host table finds; lives as long as `mapped`.
    pub context: ContextRef,
    /// Who it is, for whoever looks for a culprit; lives as long as `mapped`.
    pub badge: BadgeRef,
    /// How long copying, mapping and asking took.
    pub took: Duration,
    /// Whether it was tried out before.
    pub was_tried: bool,
    /// The state of the last clean stop, if there is any.
    pub kept: Option<KeptState>,
    /// Gone only when the module is.
    mapped: Option<Mapped>,
}

// SAFETY: the tables that the description holds are static data of the library, which the
// plugin promises not to bind to a thread; the context is the library's host table's, which moves
// along and is `Send`; so are all other parts.
unsafe impl Send for Module {}

impl Module {
    /// Maps the copy and lets the plugin show its table. Runs the library's constructors and its
    /// entry function on the calling thread. `start` is the moment that the loop's clock counts
    /// from.
    pub fn open(
        path: &Path,
        shadow: ShadowFile,
        preflight: Preflight,
        sha256: String,
        start: Instant,
    ) -> Result<Self, Fault> {
        let began = Instant::now();
        let (generation, copy) = (shadow.generation(), shadow.path().to_owned());
        let host = HostTable::new(&preflight.note.name, generation, start);
        let badge = Badge::enter(&preflight.note.name, generation, &sha256, path);
        let mapped = Mapped::open(shadow, badge, host, why_pinned(&preflight))?;
        let badge = mapped.badge();
        let context = mapped.context();
        // If it refuses, it is unmapped; whatever lingers of it is left where it is.
        let description = mapped.ask(&preflight.note)?;
        let (mapped, took) = (Some(mapped), began.elapsed());
        let path = path.to_owned();
        let (was_tried, kept) = (false, None);
        Ok(Self {
            description,
            preflight,
            sha256,
            path,
            copy,
            generation,
            context,
            badge,
            took,
            was_tried,
            kept,
            mapped,
        })
    }

    /// Says that the instance will live on this thread.
    pub fn keep_here(&self) {
        if let Some(mapped) = &self.mapped {
            mapped.account().keep_here();
        }
    }

    /// Destroys what the library has left on this thread. None of its code runs here afterwards
    /// but that of its end.
    pub fn settle_here(&self) {
        if let Some(mapped) = &self.mapped {
            mapped.account().settle_here();
        }
    }

    /// Unmaps the library. What could not be unmapped comes back.
    pub fn close(mut self) -> Option<Lingering> {
        let mapped = self.mapped.take()?;
        Lingering::unmap(mapped, &self.preflight.note.name, self.generation)
    }
}

/// What keeps a library mapped that was closed.
fn why_pinned(preflight: &Preflight) -> &'static str {
    if preflight.no_delete {
        "it was linked with -z nodelete"
    } else if !preflight.unique_symbols.is_empty() {
        "it has unique symbols (build with -fno-gnu-unique)"
    } else {
        "the dynamic loader keeps it: a thread that it does not know of, or a library that stays"
    }
}
