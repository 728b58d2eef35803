//! What the settings mean for the engine: owns its limits.

use hotframe_core::{Heartbeat, Limits};

use crate::config::{Rate, Settings};
use crate::shell::watchdog;

/// A size in bytes.
#[must_use]
pub fn bytes(size: usize) -> u64 {
    u64::try_from(size).unwrap_or(u64::MAX)
}

/// The engine's limits as the settings and the descriptor limit want them.
#[must_use]
pub fn limits(settings: &Settings, descriptor_room: usize) -> Limits {
    let wanted = &settings.limits;
    Limits {
        max_connections: wanted.max_connections.min(descriptor_room),
        max_in_flight: wanted.max_in_flight,
        max_questions: wanted.max_questions,
        outbound_high_water: wanted.outbound_high_water,
        max_buffered: wanted.max_buffered,
        frame_timeout: wanted.frame_timeout,
        write_timeout: wanted.write_timeout,
        max_sync_errors: wanted.max_sync_errors,
        max_garbage: wanted.max_garbage,
        drain_timeout: settings.plugins.drain_timeout,
        shutdown_grace: settings.server.shutdown_grace,
        request_rate: wanted.request_rate.map(rate),
        overload: wanted.overload,
        heartbeat: Heartbeat {
            idle_after: settings.heartbeat.idle_after,
            probe_timeout: settings.heartbeat.probe_timeout,
            session_timeout: settings.heartbeat.session_timeout,
            takeover: settings.heartbeat.takeover,
        },
    }
}

/// When the watchdog says something, as the settings want it.
#[must_use]
pub const fn patience(settings: &Settings) -> watchdog::Limits {
    let server = &settings.server;
    watchdog::Limits { soft: server.watchdog_soft, hard: server.watchdog_hard }
}

/// A rate as the engine takes it.
#[must_use]
pub fn rate(wanted: Rate) -> hotframe_core::Rate {
    hotframe_core::Rate::new(wanted.count, wanted.per)
}
