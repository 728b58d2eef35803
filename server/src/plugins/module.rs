//! Owns `Module`: a mapped copy with all that its code may use as long as it is mapped.
#![allow(unsafe_code)]
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use hotframe_plugin_api::abi::hf_entry_fn;
use libloading::os::unix::{Library, RTLD_LOCAL, RTLD_NOW};

use super::defect::{Defect, Fault};
use super::description::Description;
use super::host_table::{ContextRef, HostTable};
use super::mapping;
use super::preflight::{ENTRY, Preflight};
use super::shadow::ShadowFile;

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
    /// The number of the generation, never given twice in a process.
    pub generation: u64,
    /// What the host table finds; lives as long as `mapped`.
    pub context: ContextRef,
    /// How long copying, mapping and asking took.
    pub took: Duration,
    /// Gone only when the module is.
    mapped: Option<Mapped>,
}

// SAFETY: the tables that the description holds are static data of the library, which the
// plugin promises not to bind to a thread; the context is the library's host table's, which moves
// along and is `Send`; so are all other parts.
unsafe impl Send for Module {}

/// What must be taken down in this order.
#[derive(Debug)]
struct Mapped {
    library: Library,
    host: HostTable,
    shadow: ShadowFile,
}

/// Code that stays mapped although it was unloaded, with what it may still use. Dropping this
/// takes both away from it, so that only the end of the process is a good moment.
#[derive(Debug)]
pub struct Lingering {
    /// Why it stays, as far as that is known.
    pub reason: String,
    _host: HostTable,
    _shadow: ShadowFile,
}

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
        let generation = shadow.generation();
        let host = HostTable::new(&preflight.note.name, generation, start);
        // SAFETY: constructors of a library can do anything; that this one may run is decided by
        // who put it into the plugin folder, which others cannot write to. The copy is private
        // and never overwritten, so that its pages stay what they are.
        let library = unsafe { Library::open(Some(shadow.path()), RTLD_NOW | RTLD_LOCAL) }
            .map_err(|error| Defect::LoaderRefused.because(reason_of(&error, shadow.path())))?;
        let context = host.context();
        let mapped = Mapped { library, host, shadow };
        let description = match mapped.ask(&preflight) {
            Ok(description) => description,
            Err(fault) => {
                // Code that a constructor left running may still use what belongs to it.
                std::mem::forget(mapped.unmap(&preflight));
                return Err(fault);
            }
        };
        let (mapped, took) = (Some(mapped), began.elapsed());
        let path = path.to_owned();
        Ok(Self { description, preflight, sha256, path, generation, context, took, mapped })
    }

    /// Unmaps the library. What could not be unmapped comes back.
    pub fn close(mut self) -> Option<Lingering> {
        self.mapped.take().and_then(|mapped| mapped.unmap(&self.preflight))
    }
}

impl Drop for Module {
    fn drop(&mut self) {
        // As in `close`; but nobody keeps what code that stays mapped may still use, so that it
        // must not be taken away at all.
        std::mem::forget(self.mapped.take().and_then(|mapped| mapped.unmap(&self.preflight)));
    }
}

impl Mapped {
    fn ask(&self, preflight: &Preflight) -> Result<Description, Fault> {
        // SAFETY: the preflight found this symbol to be a function, and the ABI that the note
        // promises gives it this type.
        let symbol = unsafe { self.library.get::<hf_entry_fn>(ENTRY) };
        let entry = *symbol.map_err(|error| Defect::NoEntry.because(error.to_string()))?;
        // SAFETY: the entry function of a mapped library, with a table that outlives it.
        let table = unsafe { entry(self.host.context().table()) };
        // SAFETY: what the entry returned; the library stays mapped beyond the description,
        // because `Module` unmaps it only when it is taken down itself.
        unsafe { Description::read(table, &preflight.note) }
    }

    /// Closes the library, looks whether it is really gone, and removes its copy if it is.
    fn unmap(self, preflight: &Preflight) -> Option<Lingering> {
        let Self { library, host, shadow } = self;
        // Its jobs run its code.
        host.context().backroom().workers().join();
        let closed = library.close();
        if closed.is_ok() && !mapping::is_mapped(shadow.path()) {
            return None;
        }
        let reason = match closed {
            Err(error) => format!("the loader would not close it: {error}"),
            Ok(()) => why_pinned(preflight).to_owned(),
        };
        Some(Lingering { reason, _host: host, _shadow: shadow })
    }
}

/// What keeps a library mapped that was closed.
fn why_pinned(preflight: &Preflight) -> &'static str {
    if preflight.no_delete {
        "it was linked with -z nodelete"
    } else if !preflight.unique_symbols.is_empty() {
        "it has unique symbols (build with -fno-gnu-unique)"
    } else {
        "a thread-local value with a destructor, or a thread, still belongs to it"
    }
}

/// The loader's own words, without the copy's name, which means nothing to a person.
fn reason_of(error: &libloading::Error, shadow: &Path) -> String {
    use std::error::Error;
    let text = error.source().map_or_else(|| error.to_string(), ToString::to_string);
    let name = format!("{}: ", shadow.display());
    format!("the dynamic loader refused it: {}", text.replace(&name, ""))
}
