//! Owns the life of one loaded copy of a plugin, as types: each step takes the one before.
//!
//! ```text
//!  Loader::load ──▶ Loaded ──create, loop──▶ Instance ──destroy, loop──▶ Unloading ──▶ UnloadReport
//!   (helper)           │ create failed             ▲ calls, loop             unload (helper)
//!                      └──────────────────────────────────────────────────────▲
//! ```
#![allow(unsafe_code)]
use std::ffi::c_void;
use std::fmt;
use std::path::{Path, PathBuf};
use std::ptr;

use hotframe_plugin_api::abi::{
    HF_CREATE_FIRST, HF_CREATE_RELOAD, HF_OK, hf_create, hf_entry_fn, hf_str, table_size,
};
use libloading::os::unix::{Library, RTLD_LOCAL, RTLD_NOW};

use super::defect::{Defect, Fault};
use super::description::{Description, Handler};
use super::host_table::{ContextRef, HostTable};
use super::mapping;
use super::preflight::{ENTRY, Preflight};
use super::refusal::Refusal;
use super::shadow::ShadowFile;

/// A mapped library with all that must outlive its code. Fields drop in this order.
#[derive(Debug)]
struct Module {
    description: Description,
    library: Library,
    host: HostTable,
    shadow: ShadowFile,
    preflight: Preflight,
    sha256: String,
    path: PathBuf,
}

// SAFETY: the tables that the description holds are static data of the library, which the
// plugin promises not to bind to a thread; all other parts are `Send` themselves.
unsafe impl Send for Module {}

/// A library that is mapped and has shown what it offers. No instance exists yet.
#[derive(Debug)]
pub struct Loaded(Module);

/// A created instance: its handlers may be called. Stays on the loop thread.
#[derive(Debug)]
pub(super) struct Instance {
    module: Module,
    instance: *mut c_void,
}

/// What came of a `create` that the plugin refused: nothing has changed.
#[derive(Debug)]
pub struct CreateFailed {
    /// Why, with the plugin's own words.
    pub refusal: Refusal,
    /// The library, to be unmapped on the plugin service's thread.
    pub unloading: Unloading,
}

/// A library whose instance is gone (or never was) and that waits to be unmapped.
#[derive(Debug)]
pub struct Unloading(Module);

/// What became of a generation in the end.
#[derive(Debug)]
pub struct UnloadReport {
    /// The plugin.
    pub plugin: String,
    /// Which of its generations.
    pub generation: u64,
    /// If its code is still mapped: why, and what must be kept.
    pub lingering: Option<Lingering>,
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

impl Loaded {
    /// Maps the copy and lets the plugin show its table. Runs the library's constructors and its
    /// entry function on the calling thread.
    pub(super) fn open(
        path: &Path,
        shadow: ShadowFile,
        preflight: Preflight,
        sha256: String,
        start: std::time::Instant,
    ) -> Result<Self, Fault> {
        let host = HostTable::new(&preflight.note.name, shadow.generation(), start);
        // SAFETY: constructors of a library can do anything; that this one may run is decided by
        // who put it into the plugin folder, which others cannot write to. The copy is private
        // and never overwritten, so that its pages stay what they are.
        let library = unsafe { Library::open(Some(shadow.path()), RTLD_NOW | RTLD_LOCAL) }
            .map_err(|error| Defect::LoaderRefused.because(reason_of(&error, shadow.path())))?;
        let entry = {
            // SAFETY: the preflight found this symbol to be a function, and the ABI that the note
            // promises gives it this type.
            let symbol = unsafe { library.get::<hf_entry_fn>(ENTRY) };
            *symbol.map_err(|error| Defect::NoEntry.because(error.to_string()))?
        };
        // SAFETY: the entry function of a mapped library, with a table that outlives it.
        let table = unsafe { entry(host.table()) };
        // SAFETY: what the entry returned; the library stays mapped beyond the description,
        // because both are fields of `Module` and the description drops first.
        let description = unsafe { Description::read(table, &preflight.note) }?;
        let path = path.to_owned();
        Ok(Self(Module {
            description,
            library,
            host,
            shadow,
            preflight,
            sha256,
            path,
        }))
    }

    /// The plugin's name.
    pub fn name(&self) -> &str {
        &self.0.preflight.note.name
    }

    /// The plugin's version.
    pub fn version(&self) -> &str {
        &self.0.preflight.note.version
    }

    /// The file, as it was named to the server.
    pub fn path(&self) -> &Path {
        &self.0.path
    }

    /// SHA-256 of the file, in hex.
    pub fn sha256(&self) -> &str {
        &self.0.sha256
    }

    /// The number of this generation, never given twice in a process.
    pub fn generation(&self) -> u64 {
        self.0.shadow.generation()
    }

    /// What was seen of the file before any of it ran.
    pub fn preflight(&self) -> &Preflight {
        &self.0.preflight
    }

    /// The names of its handlers, without the plugin's, with the command that each suggests.
    pub fn handlers(&self) -> impl Iterator<Item = (&str, Option<u16>)> {
        let handlers = self.0.description.handlers.iter();
        handlers.map(|h| {
            (
                h.name.as_str(),
                (h.default_command != 0).then_some(h.default_command),
            )
        })
    }

    /// Makes the instance, on the loop thread, which the calling thread is from now on. `config`
    /// is a JSON object, `previous` the version that this generation follows, if any.
    pub(super) fn create(
        self,
        config: &str,
        previous: Option<&str>,
    ) -> Result<Instance, Box<CreateFailed>> {
        let context = self.0.host.context();
        context.adopt();
        context.listen();
        let request = hf_create {
            size: table_size::<hf_create>(),
            reason: if previous.is_some() {
                HF_CREATE_RELOAD
            } else {
                HF_CREATE_FIRST
            },
            host: self.0.host.table(),
            config: hf_str::new(config),
            generation: self.generation(),
            previous_version: previous.map_or(hf_str::EMPTY, hf_str::new),
        };
        let mut instance = ptr::null_mut();
        let returned = match self.0.description.table.create {
            // SAFETY: a function of the mapped library, called on the loop thread with a request
            // and a place for the instance that live for the call, and a table that lives longer.
            Some(create) => unsafe { create(&raw const request, &raw mut instance) },
            None => HF_OK,
        };
        if returned == HF_OK {
            context.listen();
            return Ok(Instance {
                module: self.0,
                instance,
            });
        }
        let mut message = format!("create returned {returned}");
        context.take_error(|_, text| message = format!("it refused to start: {text}"));
        let refusal = Refusal::new(self.path(), Defect::CreateFailed.because(message));
        let refusal = refusal.of(self.name());
        Err(Box::new(CreateFailed {
            refusal,
            unloading: Unloading(self.0),
        }))
    }

    /// Gives the library up without an instance.
    pub fn discard(self) -> Unloading {
        Unloading(self.0)
    }
}

impl Instance {
    /// Ends the instance, on the loop thread. No handler of it may be called any more.
    pub fn destroy(self) -> Unloading {
        if let Some(destroy) = self.module.description.table.destroy {
            // SAFETY: a function of the mapped library, called once with what `create` stored;
            // `self` is used up, so that nothing is called after it.
            unsafe { destroy(self.instance) };
        }
        Unloading(self.module)
    }

    /// The plugin's name.
    pub fn name(&self) -> &str {
        &self.module.preflight.note.name
    }

    /// The plugin's version.
    pub fn version(&self) -> &str {
        &self.module.preflight.note.version
    }

    /// What its handlers are, in their own order.
    pub fn handlers(&self) -> &[Handler] {
        &self.module.description.handlers
    }

    /// What `create` stored.
    pub const fn pointer(&self) -> *mut c_void {
        self.instance
    }

    /// The context of its host table; not to be used after `destroy`.
    pub fn context(&self) -> ContextRef {
        self.module.host.context()
    }
}

impl Unloading {
    /// The plugin's name.
    pub fn name(&self) -> &str {
        &self.0.preflight.note.name
    }

    /// The number of the generation.
    pub fn generation(&self) -> u64 {
        self.0.shadow.generation()
    }

    /// Unmaps the library, looks whether it is really gone, and removes its copy if it is.
    pub fn unload(self) -> UnloadReport {
        let Module {
            library,
            host,
            shadow,
            preflight,
            ..
        } = self.0;
        let (plugin, generation) = (preflight.note.name.clone(), shadow.generation());
        let closed = library.close();
        if closed.is_ok() && !mapping::is_mapped(shadow.path()) {
            return UnloadReport {
                plugin,
                generation,
                lingering: None,
            };
        }
        let reason = match closed {
            Err(error) => format!("the loader would not close it: {error}"),
            Ok(()) => why_pinned(&preflight).to_owned(),
        };
        let lingering = Lingering {
            reason,
            _host: host,
            _shadow: shadow,
        };
        UnloadReport {
            plugin,
            generation,
            lingering: Some(lingering),
        }
    }
}

impl fmt::Display for UnloadReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            plugin,
            generation,
            lingering,
        } = self;
        match lingering {
            None => write!(f, "plugin {plugin}: generation {generation} unloaded"),
            Some(Lingering { reason, .. }) => {
                write!(
                    f,
                    "plugin {plugin}: generation {generation} stays in memory: {reason}"
                )
            }
        }
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
    let text = error
        .source()
        .map_or_else(|| error.to_string(), ToString::to_string);
    let name = format!("{}: ", shadow.display());
    format!("the dynamic loader refused it: {}", text.replace(&name, ""))
}
