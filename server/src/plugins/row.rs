//! Owns `PluginRow`: one plugin as `ctl plugins --json` shows it.
use std::path::PathBuf;

use serde::Serialize;

/// How a plugin fares.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum PluginState {
    /// A generation of it takes requests.
    Active,
    /// It was withdrawn, and its last generation finishes what it has begun.
    Draining,
    /// It was withdrawn, and its code cannot be unmapped.
    Lingering,
    /// Its file was refused, and no generation serves.
    Failed,
    /// It is a part of the server.
    Builtin,
}

/// One plugin. The names of the fields are those of the JSON.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PluginRow {
    /// Its name; for a file that never said one, the file's.
    pub name: String,
    /// Its version, as it says itself.
    pub version: Option<String>,
    /// The file.
    pub path: Option<PathBuf>,
    /// SHA-256 of what was loaded from the file, in hex.
    pub sha256: Option<String>,
    /// The number of the generation that serves.
    pub generation: Option<u64>,
    /// How it fares.
    pub state: PluginState,
    /// Its handlers, as routes name them.
    pub handlers: Vec<String>,
    /// Calls of its handlers, of all its generations.
    pub calls: u64,
    /// Calls that failed, of all its generations.
    pub errors: u64,
    /// Requests that it has still to answer.
    pub in_flight: u64,
    /// How often a generation took over from another.
    pub reloads: u64,
    /// Generations that are in memory: active, draining or lingering.
    pub resident_generations: u64,
    /// Why the newest file does not serve, or why a generation lingers.
    pub reason: Option<String>,
}
