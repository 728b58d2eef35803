//! Owns the question for what a plugin has on the heap, by its extension `hotframe.memory/1`.
#![allow(unsafe_code)]
use hotframe_plugin_api::abi::hf_memory;

use super::duty::{Act, BadgeRef};

/// What a library has on the heap.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Heap {
    /// Bytes that it has asked for and not given back.
    pub bytes: u64,
    /// In so many blocks; 0 if that is not known.
    pub blocks: u64,
}

impl Heap {
    /// Asks the library of that badge, which is mapped and has this table. On the loop thread,
    /// never inside another call of the plugin.
    pub(super) fn ask(table: &hf_memory, badge: BadgeRef) -> Option<Self> {
        let heap = table.heap?;
        let mut blocks = 0;
        // SAFETY: a function of a mapped library, with a place that lives for the call.
        let bytes = badge.duty(Act::Measure).during(|| unsafe { heap(&raw mut blocks) });
        Some(Self { bytes, blocks })
    }

    /// Of both together.
    #[must_use]
    pub const fn plus(self, other: Self) -> Self {
        let bytes = self.bytes.saturating_add(other.bytes);
        Self { bytes, blocks: self.blocks.saturating_add(other.blocks) }
    }
}
