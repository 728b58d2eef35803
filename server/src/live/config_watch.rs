//! The watcher of the configuration files: owns the thread that reads them again.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use hotframe_core::{AddressSet, RouteSpec, RouteTable};

use super::answers::problem_row;
use super::in_force::InForce;
use super::message::{Back, ConfigUpdate, Message};
use crate::config::{self, Loaded, OnRemove, Route, Routes, Settings, Sources};
use crate::control::ReplyChannel;
use crate::control::answers::{Answer, Plan};
use crate::diagnostics::Diagnostic;
use crate::plugins::{Forecast, Outlook};
use crate::shell::mailbox::Postman;
use crate::watch::{Change, Identity, Place, WatchOptions, Watcher};

/// How long a file must be quiet. An editor that writes in pieces is done by then, and a change is
/// still live well within 300 ms.
const SETTLE: Duration = Duration::from_millis(50);

/// From one look at files that are not at rest to the next.
const LOOK: Duration = Duration::from_millis(10);

/// How old an empty file must be.
const EMPTY: Duration = Duration::from_millis(500);

/// For so long it is waited for files that are written to again and again.
const PATIENCE: Duration = Duration::from_secs(2);

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
        /// Who knows of the plugin files.
        files: Forecast,
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
    /// Starts to watch `files`, of which `settings` came and whose contents at `read_at` are known;
    /// a change of one reads all of `sources` again.
    ///
    /// # Errors
    /// When no thread can be started.
    pub fn start(
        mut sources: Sources,
        settings: &Settings,
        (files, read_at): (Vec<PathBuf>, SystemTime),
        postman: Postman<Message>,
    ) -> io::Result<Self> {
        let options = WatchOptions { settle: SETTLE, read_at, ..WatchOptions::new(places(&files)) };
        note_served(&mut sources, &files);
        note_named(&mut sources, settings);
        let (wishes, inbox) = mpsc::channel();
        let mut reader = Reader { sources, files: files.clone(), number: FIRST, postman, inbox };
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
    /// The files that were read last.
    files: Vec<PathBuf>,
    number: u64,
    postman: Postman<Message>,
    inbox: Receiver<Wish>,
}

impl Reader {
    fn handle_change(&mut self, change: &Change) {
        match *change {
            Change::Looked { ticket } => self.postman.post(Message::ConfigLooked(ticket)),
            Change::Changed { ref path } => self.reread(Some(path), false),
            // Only files are watched here.
            Change::Listing { .. } => {}
            Change::Gone { .. } => self.reread(None, false),
            Change::Woken => {
                while let Ok(wish) = self.inbox.try_recv() {
                    self.fulfil(wish);
                }
            }
        }
    }

    /// `settled` is at rest, whatever its age. `is_asked`: somebody wants what the files say.
    fn reread(&mut self, settled: Option<&Path>, is_asked: bool) {
        self.number += 1;
        let update = update(self.number, load_at_rest(&self.sources, &self.files, settled));
        let update = ConfigUpdate { is_asked, ..update };
        self.files.clone_from(&update.loaded.files);
        if !update.loaded.problems.iter().any(Diagnostic::is_error) {
            note_served(&mut self.sources, &update.loaded.files);
        }
        if let Some(settings) = &update.loaded.settings {
            note_named(&mut self.sources, settings);
        }
        self.postman.post(Message::Config(Box::new(update)));
    }

    /// What the files would change; the thread that loads plugins adds what its files would, and
    /// answers.
    fn plan(&self, reply: ReplyChannel, now: &InForce, files: &Forecast) {
        let (_read_at, loaded) = load_at_rest(&self.sources, &self.files, None);
        let errors = loaded.problems.iter().filter(|problem| problem.is_error());
        let plan = Plan {
            generation: now.generation,
            changes: now.changes_by(&loaded),
            plugins: Vec::new(),
            errors: errors.map(problem_row).collect(),
        };
        let settings = loaded.settings.as_ref().unwrap_or(&now.settings);
        files.ask(Outlook {
            folders: super::folders(settings),
            unloads: settings.plugins.on_remove == OnRemove::Unload,
            answer: Box::new(move |plugins| reply.send(Ok(Answer::Plan(Plan { plugins, ..plan })))),
        });
    }

    fn fulfil(&mut self, wish: Wish) {
        match wish {
            Wish::Plan { reply, now, files } => self.plan(reply, &now, &files),
            Wish::Reread => self.reread(None, true),
            Wish::GoBack { reply, now, to } => {
                self.number += 1;
                self.sources.is_guarded = to.settings.auth.guards();
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

/// Reads the configuration while nobody writes to any of its files, which are `known` but for new
/// ones; `settled` is at rest. A change of one file is no reason to take another one half written.
/// When the reading began comes with it.
fn load_at_rest(
    sources: &Sources,
    known: &[PathBuf],
    settled: Option<&Path>,
) -> (SystemTime, Loaded) {
    let (began, mut before) = (Instant::now(), identities(known));
    loop {
        let read_at = SystemTime::now();
        let loaded = config::load(sources);
        let after = identities(&loaded.files);
        let left = if before == after { unrest(&after, settled) } else { EMPTY };
        if left.is_zero() || began.elapsed() >= PATIENCE {
            return (read_at, loaded);
        }
        thread::sleep(left.min(LOOK));
        before = after;
    }
}

/// What the files are just now.
fn identities(files: &[PathBuf]) -> Vec<(PathBuf, Option<Identity>)> {
    files.iter().map(|file| (file.clone(), Identity::of(file))).collect()
}

/// How long it takes until all of them have been at rest for long enough.
fn unrest(files: &[(PathBuf, Option<Identity>)], settled: Option<&Path>) -> Duration {
    let now = SystemTime::now();
    let left = files.iter().filter_map(|(file, identity)| {
        let identity = identity.as_ref()?;
        let needed = match (identity.size, settled) {
            // Whoever writes over a file empties it first; a FIFO is always empty.
            (0, _) if file.is_file() => EMPTY,
            (_, Some(settled)) if settled == file => Duration::ZERO,
            _ => SETTLE,
        };
        Some(needed.saturating_sub(identity.age(now)))
    });
    left.max().unwrap_or_default()
}

/// Reads the configuration for the `number`th time and makes the engine's route table of it.
#[must_use]
pub fn read(sources: &Sources, number: u64) -> ConfigUpdate {
    update(number, (SystemTime::now(), config::load(sources)))
}

fn update(number: u64, (read_at, loaded): (SystemTime, Loaded)) -> ConfigUpdate {
    let table = loaded.routes.as_ref().map(|routes| table(routes, number));
    ConfigUpdate { number, read_at, is_asked: false, loaded, table }
}

/// Keeps in mind which files the settings name and what they guard, for the day on which they
/// cannot be read or say nothing of it.
fn note_named(sources: &mut Sources, settings: &Settings) {
    sources.commands.clone_from(&settings.commands);
    sources.clients.clone_from(&settings.auth.file);
    sources.is_guarded = settings.auth.guards();
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
