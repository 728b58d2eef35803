//! The watcher of the configuration files: owns the thread that reads them again.

use std::io;
use std::path::PathBuf;
use std::sync::mpsc::{self, Receiver, Sender};
use std::time::{Duration, SystemTime};

use hotframe_core::{AddressSet, RouteSpec, RouteTable};

use super::answers::problem_row;
use super::in_force::InForce;
use super::message::{Back, ConfigUpdate, Message};
use crate::config::{self, Route, Routes, Sources};
use crate::control::ReplyChannel;
use crate::control::answers::{Answer, Plan};
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
    wishes: Sender<Wish>,
}

/// What the thread that reads files is asked for besides.
#[derive(Debug)]
pub enum Wish {
    /// Say what a reload would change, and touch nothing.
    Plan {
        /// Who wants to know.
        reply: ReplyChannel,
        /// What serves.
        now: Box<InForce>,
    },
    /// Read the files even if they are as before.
    Reread,
    /// Make all ready to go back; it comes as [`Message::Back`].
    GoBack {
        /// Who has asked for it.
        reply: ReplyChannel,
        /// What serves.
        now: Box<InForce>,
        /// What is to serve again.
        to: Box<InForce>,
    },
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
        note_served(&mut sources, &files);
        let (wishes, inbox) = mpsc::channel();
        let mut reader = Reader { sources, number: FIRST, postman, inbox };
        let watcher = Watcher::start(options, move |change| reader.handle_change(&change))?;
        Ok(Self { watcher, files, wishes })
    }

    /// Looks at every file now; the ticket comes back as [`Message::ConfigLooked`].
    #[must_use]
    pub fn look_now(&self) -> u64 {
        self.watcher.look_now()
    }

    /// Has the thread that reads files do this next.
    pub fn wish(&self, wish: Wish) {
        // A wish that comes too late is dropped, and who waits for it hears that the server stops.
        if self.wishes.send(wish).is_ok() {
            self.watcher.wake();
        }
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

/// What the watcher's thread has at hand.
struct Reader {
    sources: Sources,
    number: u64,
    postman: Postman<Message>,
    inbox: Receiver<Wish>,
}

impl Reader {
    fn handle_change(&mut self, change: &Change) {
        match *change {
            Change::Looked { ticket } => self.postman.post(Message::ConfigLooked(ticket)),
            Change::Changed { .. } | Change::Gone { .. } => self.reread(),
            Change::Woken => {
                while let Ok(wish) = self.inbox.try_recv() {
                    self.fulfil(wish);
                }
            }
        }
    }

    fn reread(&mut self) {
        self.number += 1;
        let update = read(&self.sources, self.number);
        if !update.loaded.problems.iter().any(Diagnostic::is_error) {
            note_served(&mut self.sources, &update.loaded.files);
        }
        self.postman.post(Message::Config(Box::new(update)));
    }

    fn fulfil(&mut self, wish: Wish) {
        match wish {
            Wish::Plan { reply, now } => {
                let loaded = config::load(&self.sources);
                let errors = loaded.problems.iter().filter(|problem| problem.is_error());
                reply.send(Ok(Answer::Plan(Plan {
                    generation: now.generation,
                    changes: now.changes_by(&loaded),
                    errors: errors.map(problem_row).collect(),
                })));
            }
            Wish::Reread => self.reread(),
            Wish::GoBack { reply, now, to } => {
                self.number += 1;
                self.postman.post(Message::Back(Box::new(Back {
                    number: self.number,
                    from: now.generation,
                    table: table(&to.routes, self.number),
                    changes: now.changes_to(&to),
                    to,
                    reply,
                })));
            }
        }
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
