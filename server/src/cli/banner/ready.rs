//! The start screen's facts as log lines.

use std::{path::Path, time::Duration};

use super::StartFacts;
use super::reach::Reach;
use crate::diagnostics::codes::listeners::OPEN_TO_NETWORK;

/// The target of these lines: what they tell is the server's, not a module's.
const TARGET: &str = "hotframe";

/// Logs the facts. The last line's message starts with `ready`; its key-values `listen` (a list of
/// URLs), `control` and `http` (a text, or null) are what is bound.
pub fn log_ready(facts: &StartFacts) {
    for (url, reach) in facts.reaches() {
        match reach {
            Reach::File | Reach::Loopback => log::info!(target: TARGET, url, reach:%; "listening"),
            Reach::Network | Reach::Everyone => log::info!(
                target: TARGET, url, reach:%, code = OPEN_TO_NETWORK.as_str();
                "listening: other machines can connect"
            ),
        }
    }
    for plugin in &facts.plugins {
        let file = plugin.file.as_deref().map(shown);
        log::info!(
            target: TARGET,
            plugin = plugin.name.as_str(),
            version = plugin.version.as_str(),
            file:serde,
            load_us = micros(plugin.load_time),
            handlers:serde = plugin.handlers;
            "plugin serves"
        );
    }
    log_files(facts);
    log::info!(
        target: TARGET,
        version = facts.version.as_str(),
        pid = std::process::id(),
        listen:serde = facts.listen,
        control:serde = facts.control.as_deref().map(shown),
        http:serde = facts.http,
        duration_us = micros(facts.took);
        "ready: clients may connect"
    );
}

fn log_files(facts: &StartFacts) {
    for route in facts.routes.iter().filter(|route| !route.ok) {
        log::warn!(
            target: TARGET,
            command = route.command.as_str(),
            handler = route.handler.as_str();
            "route cannot answer: its handler is missing, or it is switched off"
        );
    }
    log::info!(
        target: TARGET,
        config:serde = facts.config.as_deref().map(shown),
        routes = facts.routes.len(),
        problems = facts.problems,
        watched:serde = facts.watched.iter().map(|path| shown(path)).collect::<Vec<_>>();
        "files are read and watched"
    );
}

fn shown(path: &Path) -> String {
    path.display().to_string()
}

fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}
