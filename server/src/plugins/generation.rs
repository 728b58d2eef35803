//! Owns the life of one loaded copy of a plugin, as types: each step takes the one before.
//!
//! ```text
//!  Loader::load ──▶ Loaded ──create──▶ Instance ──destroy──▶ Unloading ──unload──▶ UnloadReport
//!   (helper)           │      (loop)    calls (loop)  (loop)     ▲       (helper)
//!                      └────────────── create failed ───────────┘
//! ```
#![allow(unsafe_code)]
use std::ffi::c_void;
use std::path::Path;
use std::ptr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use hotframe_plugin_api::abi::{
    HF_CREATE_FIRST, HF_CREATE_PROBE, HF_CREATE_RELOAD, HF_CREATE_ROLLBACK, HF_OK, hf_create,
    hf_str, table_size,
};

use super::defect::{Defect, Fault};
use super::description::Handler;
use super::duty::{Act, BadgeRef};
use super::heap::Heap;
use super::hooks::Hooks;
use super::host_table::{CREATE, ContextRef};
use super::inbox::Inbox;
use super::lifecycle::{Steps, judge};
use super::module::Module;
use super::peers::Peers;
use super::preflight::Preflight;
use super::refusal::Refusal;
use super::rehearsal::Offer;
use super::shadow::ShadowFile;
use super::state::{Keeper, KeptState};
use super::unloading::Unloading;

/// A library that is mapped and has shown what it offers. No instance exists yet.
#[derive(Debug)]
pub struct Loaded(pub(super) Module);

/// A created instance: its handlers may be called. Stays on the loop thread.
#[derive(Debug)]
pub(super) struct Instance {
    pub(super) module: Module,
    instance: *mut c_void,
}

/// Why an instance is made.
#[derive(Debug, Clone, Copy)]
pub(super) enum Occasion<'a> {
    /// The first of its plugin.
    First,
    /// It follows an instance of this version.
    After(&'a str),
    /// It takes the place of an instance of this version, which was no good.
    InPlaceOf(&'a str),
    /// It is tried out, in a process of its own.
    Trial,
}

/// What came of a `create` that the plugin refused: nothing has changed.
#[derive(Debug)]
pub struct CreateFailed {
    /// Why, with the plugin's own words.
    pub refusal: Refusal,
    /// The library, to be unmapped on the plugin service's thread.
    pub unloading: Unloading,
}

impl Loaded {
    /// Maps the copy and lets the plugin show its table, as [`Module::open`] does.
    pub(super) fn open(
        path: &Path,
        shadow: ShadowFile,
        preflight: Preflight,
        sha256: String,
        start: Instant,
    ) -> Result<Self, Fault> {
        Module::open(path, shadow, preflight, sha256, start).map(Self)
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

    /// The private copy that is mapped.
    pub(super) fn copy(&self) -> &Path {
        &self.0.copy
    }

    /// The number of this generation, never given twice in a process.
    pub fn generation(&self) -> u64 {
        self.0.generation
    }

    /// How long mapping it and asking what it offers took.
    pub fn took(&self) -> Duration {
        self.0.took
    }

    /// What was seen of the file before any of it ran.
    pub fn preflight(&self) -> &Preflight {
        &self.0.preflight
    }

    /// Says that it was tried out in a process of its own, and what state of it was kept.
    pub(super) fn note(&mut self, was_tried: bool, kept: Option<KeptState>) {
        self.0.was_tried = was_tried;
        self.0.kept = kept;
    }

    /// It is a copy of a private copy: `sha256` is that of the file that the first was made of.
    pub(super) fn set_origin(&mut self, sha256: &str) {
        sha256.clone_into(&mut self.0.sha256);
    }

    /// Whether it was tried out in a process of its own.
    pub(super) fn was_tried(&self) -> bool {
        self.0.was_tried
    }

    /// The state of the last clean stop, or why it cannot be used.
    pub(super) fn take_kept(&mut self) -> Option<KeptState> {
        self.0.kept.take()
    }

    /// Whether it keeps state.
    pub fn has_state(&self) -> bool {
        self.0.description.tables.state.is_some()
    }

    /// What the plugin finds wrong with a configuration, a JSON object. On any thread.
    pub(super) fn judge(&self, config: &str) -> Result<(), Fault> {
        let lifecycle = &self.0.description.tables.lifecycle;
        lifecycle.as_ref().map_or(Ok(()), |functions| judge(functions, config))
    }

    /// The names of its handlers, without the plugin's, with the command that each suggests.
    pub fn handlers(&self) -> impl Iterator<Item = (&str, Option<u16>)> {
        let handlers = self.0.description.handlers.iter();
        handlers.map(|h| (h.name.as_str(), (h.default_command != 0).then_some(h.default_command)))
    }

    /// Its handlers, as it describes them.
    pub(super) fn offers(&self) -> impl Iterator<Item = Offer> {
        self.0.description.handlers.iter().map(|handler| Offer {
            name: handler.name.clone(),
            default_command: (handler.default_command != 0).then_some(handler.default_command),
            min_len: handler.min_len,
            max_len: handler.max_len,
        })
    }

    /// Makes the instance, on the loop thread, which the calling thread is from now on. `config`
    /// is a JSON object.
    pub(super) fn create(
        self,
        config: &str,
        occasion: Occasion<'_>,
        inbox: &Arc<Inbox>,
    ) -> Result<Instance, Box<CreateFailed>> {
        let context = self.0.context;
        context.adopt(inbox);
        self.0.keep_here();
        let (reason, previous) = match occasion {
            Occasion::First => (HF_CREATE_FIRST, hf_str::EMPTY),
            Occasion::After(version) => (HF_CREATE_RELOAD, hf_str::new(version)),
            Occasion::InPlaceOf(version) => (HF_CREATE_ROLLBACK, hf_str::new(version)),
            Occasion::Trial => (HF_CREATE_PROBE, hf_str::EMPTY),
        };
        let request = hf_create {
            size: table_size::<hf_create>(),
            reason,
            host: context.table(),
            config: hf_str::new(config),
            generation: self.generation(),
            previous_version: previous,
        };
        let mut instance = ptr::null_mut();
        let returned = match self.0.description.table.create {
            Some(create) => {
                // SAFETY: a function of the mapped library, on the loop thread, with a request and
                // a place for the instance that live for the call, and a table that lives longer.
                let call = || unsafe { create(&raw const request, &raw mut instance) };
                self.0.badge.duty(Act::Create).during(call)
            }
            None => HF_OK,
        };
        if returned == HF_OK {
            return Ok(Instance { module: self.0, instance });
        }
        context.backroom().close();
        let mut why = format!("create returned {returned}");
        context.take_error(CREATE, |_, text| why = format!("it refused to start: {text}"));
        self.0.settle_here();
        let refusal = Refusal::new(self.path(), Defect::CreateFailed.because(why)).of(self.name());
        Err(Box::new(CreateFailed { refusal, unloading: Unloading(self.0) }))
    }

    /// Gives the library up without an instance.
    pub fn discard(self) -> Unloading {
        Unloading(self.0)
    }
}

impl Instance {
    /// Ends the instance, on the loop thread, and destroys what the library has left on it. No
    /// handler of it may be called any more.
    pub fn destroy(self) -> Unloading {
        self.context().backroom().close();
        if let Some(destroy) = self.module.description.table.destroy {
            // SAFETY: a function of the mapped library, called once with what `create` stored;
            // `self` is used up, so that nothing is called after it.
            let call = || unsafe { destroy(self.instance) };
            self.module.badge.duty(Act::Destroy).during(call);
        }
        self.module.settle_here();
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

    /// The private copy that is mapped.
    pub fn copy(&self) -> &Path {
        &self.module.copy
    }

    /// What its handlers are, in their own order.
    pub fn handlers(&self) -> &[Handler] {
        &self.module.description.handlers
    }

    /// What it is told beside the calls of its handlers.
    pub fn hooks(&self) -> Hooks {
        let Module { description, context, badge, .. } = &self.module;
        Hooks::new(&description.table, self.instance, *context, *badge)
    }

    /// Who it is, for whoever looks for a culprit.
    pub const fn badge(&self) -> BadgeRef {
        self.module.badge
    }

    /// What it is told of its peers, if it wants to be.
    pub fn peers(&self) -> Option<Peers> {
        let table = self.module.description.tables.peers?;
        Some(Peers::new(table, self.instance, self.module.badge))
    }

    /// What its library has on the heap, if it says so.
    pub fn heap(&self) -> Option<Heap> {
        Heap::ask(self.module.description.tables.memory.as_ref()?, self.module.badge)
    }

    /// Its lifecycle.
    pub fn steps(&self) -> Steps {
        let Module { description, context, badge, .. } = &self.module;
        Steps::new(description.tables.lifecycle, self.instance, *context, *badge)
    }

    /// Its state, if it has any.
    pub fn keeper(&self) -> Option<Keeper> {
        let Module { description, context, badge, .. } = &self.module;
        Some(Keeper::new(description.tables.state?, self.instance, *context, *badge))
    }

    /// What `create` stored.
    pub const fn pointer(&self) -> *mut c_void {
        self.instance
    }

    /// The context of its host table; not to be used after `destroy`.
    pub fn context(&self) -> ContextRef {
        self.module.context
    }
}
