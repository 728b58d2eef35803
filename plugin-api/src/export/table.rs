//! The plugin's table, its note, and the entry that hands the table out.

use core::ptr;

use super::handler::is_name;
use super::{Extension, extension, instance, panics};
use crate::Plugin;
use crate::abi::note::{Note, Panics};
use crate::abi::{
    HF_ABI_MAJOR, HF_ABI_MINOR, HF_HOST_SIZE, hf_handler, hf_host, hf_plugin, hf_str, table_size,
};

/// The lowest minor of a host that the SDK can do with.
const MINOR_REQUIRED: u16 = 0;

/// A plugin that [`plugin!`](crate::plugin!) was used on.
///
/// # Safety
/// The table is one that [`table`] made for this type, of handlers that [`Handler`] made for it:
/// hosts call what is in it, and read what it points at.
///
/// [`Handler`]: super::Handler
pub unsafe trait Exported: Plugin {
    /// Whether what the library has on the heap is in the ledger.
    const BOOKS_HEAP: bool;

    /// Its table.
    fn table() -> &'static hf_plugin;

    /// Its extensions.
    fn extensions() -> &'static [Extension];
}

/// What note and table both say.
pub struct Identity {
    /// The plugin's name.
    pub name: &'static str,
    /// Its version.
    pub version: &'static str,
    /// `HF_PLUGIN_…`.
    pub flags: u16,
}

impl Identity {
    /// The note.
    pub const fn note(&self) -> Note<'static> {
        Note {
            abi_major: HF_ABI_MAJOR,
            abi_minor_built: HF_ABI_MINOR,
            abi_minor_required: MINOR_REQUIRED,
            flags: self.flags,
            name: self.name,
            version: self.version,
            sdk: env!("HOTFRAME_SDK"),
            panics: Panics::Unwind,
        }
    }
}

/// The table.
///
/// # Panics
/// If the name is none, or there are 65,536 handlers or more; when the plugin is compiled.
pub const fn table<P: Exported>(identity: &Identity, handlers: &'static [hf_handler]) -> hf_plugin {
    assert!(is_name(identity.name), "a plugin's name is made of a-z 0-9 _ -");
    assert!(handlers.len() <= 0xffff, "not that many handlers");
    #[expect(clippy::cast_possible_truncation, reason = "asserted just above")]
    let handler_count = handlers.len() as u32;
    hf_plugin {
        size: table_size::<hf_plugin>(),
        abi_major: HF_ABI_MAJOR,
        abi_minor: HF_ABI_MINOR,
        abi_minor_required: MINOR_REQUIRED,
        flags: identity.flags,
        reserved: 0,
        name: hf_str::new(identity.name),
        version: hf_str::new(identity.version),
        handlers: handlers.as_ptr(),
        handler_count,
        handler_stride: table_size::<hf_handler>(),
        create: Some(instance::create::<P>),
        destroy: Some(instance::destroy::<P>),
        extension: Some(extension::find::<P>),
        cancel: Some(instance::cancel::<P>),
        on_timer: Some(instance::on_timer::<P>),
        on_wake: Some(instance::on_wake::<P>),
    }
}

/// The body of `hotframe_plugin_v1`: the table, or null for a host that is none of this major.
///
/// # Safety
/// `host` is null or points at the beginning of a host's table.
pub unsafe fn entry<P: Exported>(host: *const hf_host) -> *const hf_plugin {
    // SAFETY: the caller vouches for it. Only size and major are read here, which begin every
    // host's table; a whole table of this major has all that `hf_host` has.
    let Some(host) = (unsafe { host.as_ref() }) else {
        return ptr::null();
    };
    if host.abi_major != HF_ABI_MAJOR || host.size < HF_HOST_SIZE {
        return ptr::null();
    }
    panics::install_hook();
    P::table()
}
