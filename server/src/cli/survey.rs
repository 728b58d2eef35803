//! A survey of the plugin files: owns the one look at them that `check` takes without serving.

use std::sync::mpsc;
use std::time::Instant;

use super::check::PluginFindings;
use crate::config::Settings;
use crate::diagnostics::Diagnostic;
use crate::live;
use crate::plugins::{PluginEvent, PluginService, ServiceOptions};

/// Loads every plugin as the server would, creates none, and says what was found. The code of the
/// plugins runs as far as their entry function.
#[must_use]
pub fn plugins(settings: &Settings) -> PluginFindings {
    let (found, events) = mpsc::channel();
    let options = ServiceOptions {
        folders: live::folders(settings),
        settle: settings.plugins.settle,
        care: live::care(settings),
        ..ServiceOptions::new(settings.server.state_dir.clone(), Instant::now())
    };
    let mut findings = PluginFindings::default();
    findings.handlers.extend(["builtin.echo", "builtin.info"].map(str::to_owned));
    let service = PluginService::start(options, move |event| {
        // Nobody listens any more once the first look is over.
        let _over = found.send(event);
    });
    let service = match service {
        Ok(service) => service,
        Err(refusal) => {
            findings.problems.push(Diagnostic::from(refusal));
            return findings;
        }
    };
    for event in events {
        match event {
            PluginEvent::Staged(loaded) => {
                let handlers = loaded.handlers().map(|(name, _)| name);
                let named = handlers.map(|name| format!("{}.{name}", loaded.name()));
                findings.handlers.extend(named);
                service.unload(loaded.discard());
            }
            PluginEvent::Refused(refusal) => {
                let placed = live::config_problems(&refusal, settings);
                match placed.is_empty() {
                    true => findings.problems.push(Diagnostic::from(*refusal)),
                    false => findings.problems.extend(placed),
                }
            }
            PluginEvent::Looked { .. } => break,
            _ => {}
        }
    }
    findings
}
