//! Owns what comes of making an instance.
use hotframe_core::HandlerEntry;

use super::callees::Callee;
use super::generation::CreateFailed;
use super::host::InstanceId;

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
