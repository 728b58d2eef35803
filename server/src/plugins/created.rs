//! Owns what comes of making an instance, and its name.
use hotframe_core::HandlerEntry;

use super::callees::Callee;
use super::generation::CreateFailed;

/// A live instance. The same as its generation's number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct InstanceId(u64);

/// What came of a successful `create`.
#[derive(Debug)]
pub struct Created {
    /// To destroy it by.
    pub instance: InstanceId,
    /// The plugin's name.
    pub name: String,
    /// The plugin's version.
    pub version: String,
    /// The number of the generation.
    pub generation: u64,
    /// What the core is to be given when it stages the generation.
    pub entries: Vec<HandlerEntry<Callee>>,
}

/// What came of making an instance.
pub type Made = Result<Created, Box<CreateFailed>>;

impl InstanceId {
    /// The instance of the generation with that number.
    pub(super) const fn of(generation: u64) -> Self {
        Self(generation)
    }

    /// The number of its generation.
    pub(super) const fn generation(self) -> u64 {
        self.0
    }
}
