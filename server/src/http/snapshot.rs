//! The snapshot: owns the list of what the loop tells this room, at one moment.

use std::sync::Arc;
use std::time::Duration;

use hotframe_core::Counters;
use serde::Serialize;

use crate::control::answers::{
    ConfigReads, ConnectionRow, ConnectionState, PluginRow, RouteRow, Status,
};
use crate::plugins::{HandlerReading, PhaseReading, Series};
use crate::shell::histogram::Distribution;

/// At most so many routes are listed one by one.
pub const MAX_ROUTES: usize = 1000;
/// At most so many connections are listed: those with the most frames.
pub const MAX_CONNECTIONS: usize = 100;

/// How the server is at one moment, with bounded lists.
#[derive(Clone, Debug, Default)]
pub struct Snapshot {
    /// Time since the server's start.
    pub at: Duration,
    /// Where the server is in its life.
    pub phase: Phase,
    /// What `ctl status` says.
    pub status: Status,
    /// Every plugin.
    pub plugins: Vec<PluginRow>,
    /// The first [`MAX_ROUTES`] routes, by command.
    pub routes: Vec<RouteRow>,
    /// Routes that are not listed, as calls and errors of all of them.
    pub more_routes: Option<(u64, u64)>,
    /// The [`MAX_CONNECTIONS`] connections with the most frames.
    pub connections: Vec<ConnectionRow>,
    /// What all connections together are and owe.
    pub traffic: Traffic,
    /// What the engine has counted.
    pub counters: Counters,
    /// Connections that were one too many of their source.
    pub refused_by_source: u64,
    /// Whether load is shed.
    pub is_overloaded: bool,
    /// How long the loop's turns took.
    pub turns: Distribution,
    /// How long sampled requests took to be answered.
    pub requests: Distribution,
    /// What became of the files that were read again.
    pub config_reads: ConfigReads,
    /// What is counted of each handler, by plugin and handler.
    pub handlers: Vec<HandlerReading>,
    /// What plugins have defined themselves, by plugin.
    pub plugin_metrics: Vec<(String, Arc<Series>)>,
    /// Plugin files that were refused.
    pub plugin_refusals: u64,
    /// How often the server went back to a plugin's earlier version by itself.
    pub switched_back: u64,
    /// For how long the loop stood still to replace plugins.
    pub reload_pauses: Distribution,
    /// How long the steps of loading, replacing and unloading plugins took.
    pub reload_phases: Vec<PhaseReading>,
    /// Log lines that were lost because nobody read them.
    pub log_lines_dropped: u64,
    /// What the loop spent on this snapshot.
    pub cost: Duration,
    /// How long the loop let the question wait.
    pub answered_in: Duration,
}

/// Where the server is in its life.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Phase {
    /// The first plugins are being loaded; nobody is let in yet.
    #[default]
    Opening,
    /// Serving.
    Running,
    /// Answering what is owed, taking nothing new.
    Draining,
}

/// What all connections together are and owe.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Traffic {
    /// Connections by what they do, every state once.
    pub states: Vec<(ConnectionState, u64)>,
    /// Requests and events whose answer is owed by a handler.
    pub in_flight: u64,
    /// Bytes that wait for peers to read.
    pub outbound_bytes: u64,
    /// Bytes that connections keep.
    pub buffered_bytes: u64,
    /// Whether these are so many that the high-water mark is low.
    pub is_tight: bool,
}

impl Phase {
    /// The word for it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Opening => "opening",
            Self::Running => "running",
            Self::Draining => "draining",
        }
    }
}
