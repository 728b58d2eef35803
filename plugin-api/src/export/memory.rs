//! The table of `hotframe.memory/1`: what the ledger of the plugin's heap says.

use super::ledger;
use crate::abi::{hf_memory, table_size};

/// The table of every plugin whose heap is in the ledger.
pub static TABLE: hf_memory =
    hf_memory { size: table_size::<hf_memory>(), reserved: 0, heap: Some(heap) };

/// # Safety
/// `blocks` is null or may be written to.
unsafe extern "C" fn heap(blocks: *mut u64) -> u64 {
    let number = |count: usize| u64::try_from(count).unwrap_or(u64::MAX);
    let (bytes, count) = ledger::live();
    // SAFETY: the caller's promise.
    if let Some(blocks) = unsafe { blocks.as_mut() } {
        *blocks = number(count);
    }
    number(bytes)
}
