//! Owns the watch's outer face: what is asked of its thread, and what it reports.
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{self, Sender};
use std::thread::{self, JoinHandle};
use std::time::{Duration, SystemTime};

use crate::courtesy;

use super::events::{Hinted, Hints};
use super::lookout::Lookout;
use super::place::Place;

/// What to watch, and how.
#[derive(Debug, Clone)]
pub struct WatchOptions {
    /// Files and folders.
    pub places: Vec<Place>,
    /// For how long a file must stay the same to be taken for finished.
    pub settle: Duration,
    /// How often to look although no event came.
    pub poll: Duration,
    /// When the caller began to read the files among the places: an older state is known to it
    /// and not reported.
    pub read_at: SystemTime,
}

impl WatchOptions {
    /// The usual times for `places` that the caller reads from now on.
    pub fn new(places: Vec<Place>) -> Self {
        let (settle, poll) = (Duration::from_millis(100), Duration::from_secs(2));
        Self { places, settle, poll, read_at: SystemTime::now() }
    }
}

/// What the watcher found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// A file is there, new or other than before, and at rest.
    Changed {
        /// As it was named to the watcher.
        path: PathBuf,
    },
    /// A file is gone.
    Gone {
        /// As it was named to the watcher.
        path: PathBuf,
    },
    /// A folder cannot be listed, or can be again.
    Listing {
        /// As it was named to the watcher.
        folder: PathBuf,
        /// Why it cannot be listed; none: it can be.
        trouble: Option<Unlisted>,
    },
    /// All that was there when [`Watcher::look_now`] gave this ticket was reported; 0 ends the
    /// first look of all.
    Looked {
        /// The ticket.
        ticket: u64,
    },
    /// Somebody called [`Watcher::wake`].
    Woken,
}

/// Why a folder cannot be listed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unlisted {
    /// There is no such folder, so that its files are gone, too. Else nobody knows, and none of
    /// them is reported as gone.
    pub is_gone: bool,
    /// What the system says.
    pub why: String,
}

/// Watches files on a thread of its own until it is dropped.
#[derive(Debug)]
pub struct Watcher {
    orders: Sender<Order>,
    tickets: AtomicU64,
    thread: Option<JoinHandle<()>>,
}

/// Brings files up again. Outlives the watcher, and does nothing then.
#[derive(Debug, Clone)]
pub struct Toucher(Sender<Order>);

impl Toucher {
    /// Reports `path` again after the settling time even if nothing about it changes.
    pub fn touch(&self, path: &Path) {
        // Without the watcher's thread nobody waits for the report.
        let _ = self.0.send(Order::Touch(path.to_owned()));
    }
}

/// What the thread is asked to do.
#[derive(Debug)]
pub(super) enum Order {
    Hinted(Vec<Hinted>),
    Look(u64),
    Wake,
    Touch(PathBuf),
    Places(Vec<Place>, Duration, SystemTime),
    Stop,
}

impl Watcher {
    /// Starts the thread. It calls `deliver` with everything it finds, in order.
    ///
    /// # Errors
    /// No thread could be started.
    pub fn start(
        options: WatchOptions,
        deliver: impl FnMut(Change) + Send + 'static,
    ) -> io::Result<Self> {
        let (orders, inbox) = mpsc::channel();
        let to_inbox = orders.clone();
        let watch = move || {
            courtesy::stand_back();
            let hints = Hints::start(move |hinted| {
                // The thread may have ended: then nobody is interested any more.
                let _ = to_inbox.send(Order::Hinted(hinted));
            });
            Lookout::new(options, hints, deliver).run(&inbox);
        };
        let thread = thread::Builder::new().name("hotframe-watch".to_owned()).spawn(watch)?;
        Ok(Self { orders, tickets: AtomicU64::new(1), thread: Some(thread) })
    }

    /// Looks at once, whether events came or not. Answered by [`Change::Looked`] with the ticket
    /// returned here, after all that was found was reported.
    pub fn look_now(&self) -> u64 {
        let ticket = self.tickets.fetch_add(1, Ordering::Relaxed);
        self.send(Order::Look(ticket));
        ticket
    }

    /// Has [`Change::Woken`] delivered, between two looks.
    pub fn wake(&self) {
        self.send(Order::Wake);
    }

    /// A way to bring a file up again, for another thread.
    pub fn toucher(&self) -> Toucher {
        Toucher(self.orders.clone())
    }

    /// Watches other places from now on. `read_at` as in [`WatchOptions`].
    pub fn set_places(&self, places: Vec<Place>, settle: Duration, read_at: SystemTime) {
        self.send(Order::Places(places, settle, read_at));
    }

    fn send(&self, order: Order) {
        if self.orders.send(order).is_err() {
            log::error!("the watcher of files has ended: changes are not noticed any more");
        }
    }
}

impl Drop for Watcher {
    fn drop(&mut self) {
        // Fails only if the thread has ended already.
        let _ = self.orders.send(Order::Stop);
        if let Some(Err(_)) = self.thread.take().map(JoinHandle::join) {
            log::error!("the watcher of files panicked");
        }
    }
}
