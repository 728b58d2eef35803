//! Generations: the loaded copies of each plugin, and what they still owe.

use alloc::string::String;

/// One handler that a generation offers.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct HandlerEntry<C> {
    /// Its name, without that of the plugin.
    pub name: String,
    /// How the shell finds it.
    pub callee: C,
    /// The least data bytes that it takes; fewer are answered 1001.
    pub min_len: u8,
    /// The most data bytes that it takes; more are answered 1001.
    pub max_len: u8,
}
