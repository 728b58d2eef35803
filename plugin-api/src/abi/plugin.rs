//! What a plugin offers: its table, and how an instance is made.

use core::ffi::c_void;

use super::frame::hf_handler;
use super::host::hf_host;
use super::value::{hf_str, hf_timer, hf_token};

/// The plugin was not loaded before.
pub const HF_CREATE_FIRST: u32 = 0;
/// It follows a running generation.
pub const HF_CREATE_RELOAD: u32 = 1;
/// An earlier version comes back.
pub const HF_CREATE_ROLLBACK: u32 = 2;
/// A trial in another process: no harm outside.
pub const HF_CREATE_PROBE: u32 = 3;

/// Hint: starts threads of its own.
pub const HF_PLUGIN_THREADS: u16 = 1;
/// Hint: its state should survive a reload.
pub const HF_PLUGIN_STATEFUL: u16 = 2;
/// Reserved hint: would rather run in a process of its own.
pub const HF_PLUGIN_WANTS_ISOLATION: u16 = 4;
/// Required: a panic ends the process.
pub const HF_PLUGIN_PANIC_ABORT: u16 = 0x100;
/// Required: must stay mapped.
pub const HF_PLUGIN_CANNOT_UNLOAD: u16 = 0x200;

/// What `create` gets. Owned by the host, borrowed for the call; `host` alone stays.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct hf_create {
    /// Bytes of this struct as the host knows it.
    pub size: u32,
    /// `HF_CREATE_…`.
    pub reason: u32,
    /// The one that the entry got.
    pub host: *const hf_host,
    /// `[plugins.config.NAME]` as a JSON object; `{}` if there is none.
    pub config: hf_str,
    /// Grows with every load of any plugin.
    pub generation: u64,
    /// Of the generation this one follows; empty if there is none.
    pub previous_version: hf_str,
}

/// The plugin's table. Static. A function that is `None` is not provided.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct hf_plugin {
    /// Bytes of this struct as the plugin knows it.
    pub size: u32,
    /// The plugin's major.
    pub abi_major: u16,
    /// The minor it was built with.
    pub abi_minor: u16,
    /// The lowest minor of a host that it can do with.
    pub abi_minor_required: u16,
    /// `HF_PLUGIN_…`, the same as in the note.
    pub flags: u16,
    /// Zero.
    pub reserved: u32,
    /// The same as in the note.
    pub name: hf_str,
    /// The same as in the note.
    pub version: hf_str,
    /// The first of `handler_count`, each `handler_stride` bytes after the one before.
    pub handlers: *const hf_handler,
    /// How many.
    pub handler_count: u32,
    /// The size of a handler as the plugin knows it.
    pub handler_stride: u32,
    /// Makes an instance, on the loop thread: `HF_OK`, or a negative code and no instance.
    pub create:
        Option<unsafe extern "C" fn(create: *const hf_create, instance: *mut *mut c_void) -> i32>,
    /// The last call for an instance, on the loop thread.
    pub destroy: Option<unsafe extern "C" fn(instance: *mut c_void)>,
    /// A static table of more functions by id; null if unknown. Any one thread, also before
    /// `create`.
    pub extension: Option<unsafe extern "C" fn(id: hf_str) -> *const c_void>,
    /// Nobody waits for the answer behind a token any more. Loop thread.
    pub cancel: Option<unsafe extern "C" fn(instance: *mut c_void, token: hf_token)>,
    /// A timer has come to its time. Loop thread.
    pub on_timer: Option<unsafe extern "C" fn(instance: *mut c_void, timer: hf_timer, user: u64)>,
    /// What `wake` asked for. Loop thread.
    pub on_wake: Option<unsafe extern "C" fn(instance: *mut c_void)>,
}

// SAFETY: a table is immutable and all its pointers lead to static data and code.
unsafe impl Sync for hf_plugin {}
// SAFETY: as above, nothing in it belongs to a thread.
unsafe impl Send for hf_plugin {}

/// The one exported function, `hotframe_plugin_v1`: returns the static table, or null to refuse.
pub type hf_entry_fn = unsafe extern "C" fn(host: *const hf_host) -> *const hf_plugin;
