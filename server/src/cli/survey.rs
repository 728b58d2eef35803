//! A survey of the plugin files: owns the one look at them that `check` takes without serving.

use std::path::Path;
use std::sync::mpsc;
use std::time::Instant;

use super::check::PluginFindings;
use crate::config::{Settings, misnamed_tables};
use crate::diagnostics::Diagnostic;
use crate::live;
use crate::plugins::{Defect, Loaded, PluginEvent, PluginService, Refusal, ServiceOptions};

/// Loads every plugin as a server would at its start, creates none, and says what was found. The
/// code of the plugins runs as far as their entry function.
#[must_use]
pub fn plugins(settings: &Settings) -> PluginFindings {
    let (found, events) = mpsc::channel();
    let options = ServiceOptions {
        folders: live::folders(settings),
        settle: settings.plugins.settle,
        care: live::care(settings),
        remembers: false,
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
                findings.note_offered(&loaded);
                service.unload(loaded.discard());
            }
            PluginEvent::Restored(loaded) => {
                findings.note_offered(&loaded);
                findings.note_stand_in(&loaded);
                service.unload(loaded.discard());
            }
            PluginEvent::Refused(refusal) => findings.note_refused(*refusal, settings),
            PluginEvent::Looked { .. } => break,
            _ => {}
        }
    }
    let known: Vec<String> = findings.held_back.iter().chain(&findings.loaded).cloned().collect();
    findings.problems.extend(misnamed_tables(&settings.plugins, &known));
    findings
}

impl PluginFindings {
    fn note_offered(&mut self, loaded: &Loaded) {
        self.judges.push((loaded.name().to_owned(), loaded.judges_credentials()));
        let handlers = loaded.handlers().map(|(name, _)| name);
        self.handlers.extend(handlers.map(|name| format!("{}.{name}", loaded.name())));
        self.loaded.push(loaded.name().to_owned());
        // Another file may have been refused for that very plugin.
        self.held_back.retain(|plugin| plugin != loaded.name());
    }

    /// What was kept of an earlier version serves in the place of what was refused last.
    fn note_stand_in(&mut self, loaded: &Loaded) {
        if let Some(problem) = self.problems.last_mut() {
            problem.message += &format!("; version {}, which was kept, serves", loaded.version());
        }
    }

    fn note_refused(&mut self, refusal: Refusal, settings: &Settings) {
        let is_folder = refusal.defect == Defect::FolderUnlisted;
        let named = refusal.plugin.clone().or_else(|| named_by(&refusal.path));
        let named = named.filter(|_| !is_folder);
        let serves = |plugin: &String| {
            let handlers = self.handlers.iter().filter_map(|name| name.split_once('.'));
            handlers.into_iter().any(|(owner, _)| owner == plugin)
        };
        self.held_back.extend(named.filter(|plugin| !serves(plugin)));
        match live::config_problems(&refusal, settings) {
            placed if placed.is_empty() => self.problems.push(Diagnostic::from(refusal)),
            placed => self.problems.extend(placed),
        }
    }
}

/// The plugin that a file most likely is of by its own name, `greet` of `libgreet.so`.
fn named_by(file: &Path) -> Option<String> {
    let stem = file.file_stem()?.to_str()?;
    Some(stem.strip_prefix("lib").unwrap_or(stem).to_owned())
}
