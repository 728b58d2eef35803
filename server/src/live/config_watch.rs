//! The watcher of the configuration files: owns the thread that reads them again.

use std::io;
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use hotframe_core::{AddressSet, RouteSpec, RouteTable};

use super::message::{ConfigUpdate, Message};
use crate::config::{self, Route, Routes, Sources};
use crate::diagnostics::Diagnostic;
use crate::shell::mailbox::Postman;
use crate::watch::{Change, Place, WatchOptions, Watcher};

/// How long a file must be quiet. An editor that writes in pieces is done by then, and a change is
/// still live well within 300 ms.
const SETTLE: Duration = Duration::from_millis(50);

/// The number of the configuration that the server starts with.
pub const FIRST: u64 = 1;

/// Watches every file that the configuration came from; what changed goes to the loop as a
/// [`Message::Config`]. Dropping it ends the thread.
#[derive(Debug)]
pub struct ConfigWatch {
    watcher: Watcher,
    files: Vec<PathBuf>,
}

impl ConfigWatch {
    /// Starts to watch `files`, whose contents at `read_at` are known; a change of one reads all
    /// of `sources` again.
    ///
    /// # Errors
    /// When no thread can be started.
    pub fn start(
        mut sources: Sources,
        files: Vec<PathBuf>,
        read_at: SystemTime,
        postman: Postman<Message>,
    ) -> io::Result<Self> {
        let options = WatchOptions { settle: SETTLE, read_at, ..WatchOptions::new(places(&files)) };
        let mut number = FIRST;
        note_served(&mut sources, &files);
        let watcher = Watcher::start(options, move |change| {
            postman.post(match change {
                Change::Looked { ticket } => Message::ConfigLooked(ticket),
                Change::Changed { .. } | Change::Gone { .. } => {
                    number += 1;
                    let update = read(&sources, number);
                    if !update.loaded.problems.iter().any(Diagnostic::is_error) {
                        note_served(&mut sources, &update.loaded.files);
                    }
                    Message::Config(Box::new(update))
                }
            });
        })?;
        Ok(Self { watcher, files })
    }

    /// Looks at every file now; the ticket comes back as [`Message::ConfigLooked`].
    #[must_use]
    pub fn look_now(&self) -> u64 {
        self.watcher.look_now()
    }

    /// Watches `files`, whose contents at `read_at` are known, from now on.
    pub fn follow(&mut self, files: &[PathBuf], read_at: SystemTime) {
        if self.files != files {
            self.watcher.set_places(places(files), SETTLE, read_at);
            self.files = files.to_vec();
        }
    }

    /// What is watched.
    #[must_use]
    pub fn files(&self) -> &[PathBuf] {
        &self.files
    }
}

/// Reads the configuration for the `number`th time and makes the engine's route table of it.
#[must_use]
pub fn read(sources: &Sources, number: u64) -> ConfigUpdate {
    let read_at = SystemTime::now();
    let loaded = config::load(sources);
    let table = loaded.routes.as_ref().map(|routes| table(routes, number));
    ConfigUpdate { number, read_at, loaded, table }
}

/// Keeps in mind which files are there, for the day on which one is not.
fn note_served(sources: &mut Sources, files: &[PathBuf]) {
    for file in files.iter().filter(|file| file.symlink_metadata().is_ok()) {
        if !sources.served.contains(file) {
            sources.served.push(file.clone());
        }
    }
}

fn places(files: &[PathBuf]) -> Vec<Place> {
    files.iter().cloned().map(Place::File).collect()
}

fn table(routes: &Routes, number: u64) -> RouteTable {
    RouteTable::of(routes.iter().map(|route| (route.key, spec(route))), number)
}

fn spec(route: &Route) -> RouteSpec {
    let mut addresses = AddressSet::NONE;
    route.addresses.iter().for_each(|address| addresses.insert(address));
    RouteSpec {
        handler: route.handler.clone(),
        addresses,
        timeout: route.timeout,
        rate: route.rate.map(super::rate),
        retries: route.retries,
        enabled: route.enabled,
    }
}
