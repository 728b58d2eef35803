//! The carry: received bytes that are not consumed, kept from one turn to the next.

use alloc::vec::Vec;

use crate::Moment;

/// What a connection carries over. Lies apart from it, as most connections carry nothing.
pub(crate) struct Carry {
    /// Never empty while a connection has it.
    pub bytes: Vec<u8>,
    /// Since when the frame in it is incomplete; never, if it was held back.
    pub since: Moment,
}

impl Carry {
    pub const fn new() -> Self {
        Self { bytes: Vec::new(), since: Moment::NEVER }
    }
}
