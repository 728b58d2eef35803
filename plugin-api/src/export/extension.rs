//! The extensions of a plugin: tables that the host finds by their ids.

use core::ffi::c_void;
use core::ptr;

use super::Exported;
use crate::abi::hf_str;

/// A static table of more functions, with its id.
pub struct Extension {
    id: &'static str,
    table: *const c_void,
}

// SAFETY: a table is immutable, and all its pointers lead to static data and code.
unsafe impl Sync for Extension {}

impl Extension {
    /// The extension `id`, whose table is `T` by the header.
    pub(super) const fn new<T: Sync>(id: &'static str, table: &'static T) -> Self {
        Self { id, table: ptr::from_ref(table).cast() }
    }
}

/// `extension` of the table.
///
/// # Safety
/// Called by a host as the header says, with a text that lives for the call.
pub(super) unsafe extern "C" fn find<P: Exported>(id: hf_str) -> *const c_void {
    // SAFETY: the host lends it for this call.
    let id = unsafe { id.as_slice() };
    let found = P::extensions().iter().find(|extension| extension.id.as_bytes() == id);
    match found {
        Some(extension) => extension.table,
        #[cfg(feature = "alloc-ledger")]
        None if P::BOOKS_HEAP && id == crate::abi::HF_MEMORY.as_bytes() => {
            ptr::from_ref(&super::memory::TABLE).cast()
        }
        None => ptr::null(),
    }
}
