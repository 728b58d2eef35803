//! Owns `PluginEvent`: what the plugin service tells the loop.
use std::path::PathBuf;

use super::generation::Loaded;
use super::inquiry::Inquiry;
use super::refusal::Refusal;
use super::unloading::UnloadReport;
use crate::config::PluginConfig;

/// What the helper thread tells the loop.
#[derive(Debug)]
pub enum PluginEvent {
    /// A plugin is loaded: create, stage and activate it.
    Staged(Box<Loaded>),
    /// A kept copy of a plugin's earlier version is loaded: it is to serve.
    Restored(Box<Loaded>),
    /// A version that the loop wanted back is loaded once more, or could not be.
    Returned {
        /// The plugin.
        plugin: String,
        /// What is to take over, or why there is nothing.
        loaded: Result<Box<Loaded>, Box<Refusal>>,
    },
    /// A file was not taken. What served before serves on.
    Refused(Box<Refusal>),
    /// What was gone back from is set aside: its file is not loaded again. That it was gone back
    /// from is known.
    SetAside(Box<Refusal>),
    /// A file holds again what was loaded from it last: an earlier refusal is void.
    Unchanged {
        /// The plugin.
        plugin: String,
        /// Its file.
        path: PathBuf,
    },
    /// A plugin that serves was tried out with its new configuration: hand it over.
    Configured {
        /// The plugin.
        plugin: String,
        /// What it was tried out with.
        config: Box<PluginConfig>,
    },
    /// The file of a plugin is gone.
    Gone {
        /// The plugin.
        plugin: String,
        /// The file that was its.
        path: PathBuf,
    },
    /// A file that was refused is gone.
    Forgotten {
        /// The file.
        path: PathBuf,
    },
    /// The state of a plugin was written to its file, or could not be, which the log tells.
    Kept {
        /// The plugin.
        plugin: String,
        /// Whether it is there.
        is_written: bool,
    },
    /// A plugin is tried out, and the state that it would go on from is wanted for that.
    Inquired(Box<Inquiry>),
    /// A generation was unloaded.
    Unloaded(UnloadReport),
    /// All that was in the folders when this ticket was given has been reported. 0: the first
    /// look of all.
    Looked {
        /// The ticket.
        ticket: u64,
    },
}
