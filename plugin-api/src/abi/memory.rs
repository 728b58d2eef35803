//! The extension `hotframe.memory/1` of a plugin.

/// What the plugin's `extension` is asked for.
pub const HF_MEMORY: &str = "hotframe.memory/1";

/// What a plugin has on the heap. Static.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct hf_memory {
    /// Bytes of this struct as the plugin knows it.
    pub size: u32,
    /// Zero.
    pub reserved: u32,
    /// Bytes on the heap, and in `blocks`, unless that is null, in how many blocks. Loop thread.
    pub heap: Option<unsafe extern "C" fn(blocks: *mut u64) -> u64>,
}
