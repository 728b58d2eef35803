//! Owns the helper thread: it watches the plugin folders, loads what comes to rest there, and
//! unmaps what the loop is done with. The loop never waits for it.
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant, SystemTime};

use super::care::Care;
use super::crash::Crash;
use super::defect::{Defect, Fault};
use super::event::PluginEvent;
use super::forecast::{Forecast, Outlook};
use super::intake::Intake;
use super::loader::Loader;
use super::record::{Finding, Kept, Record};
use super::refusal::Refusal;
use super::roster::BringBack;
use super::shadow::ShadowFolder;
use super::state::{SavedState, StateOrder, StateStore};
use super::unloading::Unloading;
use crate::watch::{Change, Place, WatchOptions, Watcher};

/// Where plugins are looked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PluginFolder {
    /// The folder; it may come and go.
    pub path: PathBuf,
    /// Files without a hotframe note are passed over silently: they are somebody else's.
    pub passive: bool,
}

/// What the service works with.
#[derive(Debug, Clone)]
pub struct ServiceOptions {
    /// Where plugins are looked for.
    pub folders: Vec<PluginFolder>,
    /// For how long a file must stay the same to be taken for finished.
    pub settle: Duration,
    /// What is done with a file before it is loaded.
    pub care: Care,
    /// Files larger than this many bytes are refused.
    pub max_size: u64,
    /// Under this folder the private copies lie.
    pub state_dir: PathBuf,
    /// Whether what is found out is remembered there. Whoever only looks must not: the folder may
    /// be that of a server that runs.
    pub remembers: bool,
    /// The moment that the loop's clock counts from.
    pub start: Instant,
    /// By whom the last run was ended.
    pub crash: Option<Crash>,
}

impl ServiceOptions {
    /// Safe values for everything else.
    pub fn new(state_dir: PathBuf, start: Instant) -> Self {
        let (settle, max_size) = (Duration::from_millis(100), 256 << 20);
        let (folders, care) = (Vec::new(), Care::default());
        let (remembers, crash) = (true, None);
        Self { folders, settle, care, max_size, state_dir, remembers, start, crash }
    }
}

/// What the thread is asked to do.
pub(super) enum Order {
    Found(Change),
    Reload(String),
    Renew(String),
    Switched { plugin: String, is_on: bool },
    Restore { plugin: String, sha256: Option<String> },
    Note(Finding),
    BringBack(BringBack),
    Reconfigure(String),
    State(StateOrder),
    ReadState(PluginEvent),
    Folders(Vec<PluginFolder>),
    Care(Box<Care>),
    Unload(Box<Unloading>),
    Outlook(Box<Outlook>),
    Stop,
}

/// The loop's end of the helper thread. Dropping it ends the thread, after what was asked of it.
#[derive(Debug)]
pub struct PluginService {
    orders: Sender<Order>,
    /// Dropped first: nothing is found any more when the thread is asked to stop.
    watcher: Option<Watcher>,
    thread: Option<JoinHandle<()>>,
    /// Told to the thread, which may wait for an answer of the loop.
    is_ending: Arc<AtomicBool>,
}

impl PluginService {
    /// Starts the thread, and with it the first look at all folders. `deliver` is called on it.
    ///
    /// # Errors
    /// There is no place for private copies, or no thread could be started.
    pub fn start(
        options: ServiceOptions,
        deliver: impl Fn(PluginEvent) + Send + 'static,
    ) -> Result<Self, Refusal> {
        let ServiceOptions { folders, settle, care, max_size, state_dir, remembers, start, crash } =
            options;
        let refuse = |fault: Fault| Refusal::new(&state_dir, fault);
        let shadow = ShadowFolder::open(&state_dir).map_err(refuse)?;
        let mut loader = Loader::new(shadow, max_size, start);
        loader.set_care(care);
        loader.set_store(StateStore::under(&state_dir));
        let (orders, inbox) = mpsc::channel();
        let mut watch = WatchOptions::new(places(&folders));
        watch.settle = settle;
        let no_thread = |error: io::Error| refuse(Defect::NoShadow.because(error.to_string()));
        let found = orders.clone();
        let watcher = Watcher::start(watch, move |change| {
            // Fails only when the service ends.
            let _ = found.send(Order::Found(change));
        })
        .map_err(no_thread)?;
        let memory = match (Record::open(&state_dir), Kept::open(&state_dir)) {
            memory if remembers => memory,
            (record, kept) => (record.only_read(), kept.only_read()),
        };
        let is_ending = Arc::new(AtomicBool::new(false));
        let to_loop = (deliver, Arc::clone(&is_ending));
        let mut intake = Intake::new(loader, folders, memory, watcher.toucher(), to_loop);
        if let Some(crash) = crash {
            intake.handle_crash(&crash);
        }
        let thread = thread::Builder::new()
            .name("hotframe-plugins".to_owned())
            .spawn(move || run(intake, &inbox))
            .map_err(no_thread)?;
        Ok(Self { orders, watcher: Some(watcher), thread: Some(thread), is_ending })
    }

    /// Looks for plugins elsewhere from now on. What is loaded from folders that are not among
    /// these is reported as gone.
    pub fn set_folders(&self, folders: Vec<PluginFolder>, settle: Duration) {
        let places = places(&folders);
        self.send(Order::Folders(folders));
        if let Some(watcher) = &self.watcher {
            watcher.set_places(places, settle, SystemTime::now());
        }
    }

    /// Treats files so from now on; what is loaded stays as it is.
    pub fn set_care(&self, care: Care) {
        self.send(Order::Care(Box::new(care)));
    }

    /// Looks at all folders now. Answered by [`PluginEvent::Looked`] with the ticket returned,
    /// after all that was found.
    pub fn look_now(&self) -> u64 {
        self.watcher.as_ref().map_or(0, Watcher::look_now)
    }

    /// Loads a plugin from its file although that has not changed, or was set aside. Answered as
    /// [`PluginService::look_now`] is.
    pub fn reload(&self, plugin: String) -> u64 {
        self.send(Order::Reload(plugin));
        self.look_now()
    }

    /// Loads what serves of a plugin again, for its configuration has changed.
    pub fn renew(&self, plugin: String) {
        self.send(Order::Renew(plugin));
    }

    /// The operator has switched a plugin off or on, which is remembered. If it is on, it is loaded
    /// and all that was held against it forgotten. Answered as [`PluginService::look_now`] is.
    pub fn switch(&self, plugin: String, is_on: bool) -> u64 {
        self.send(Order::Switched { plugin, is_on });
        self.look_now()
    }

    /// Loads the newest kept version of a plugin that is not the one with that hash, and sets that
    /// one aside. Answered as [`PluginService::look_now`] is.
    pub fn restore(&self, plugin: String, sha256: Option<String>) -> u64 {
        self.send(Order::Restore { plugin, sha256 });
        self.look_now()
    }

    /// Loads a version once more that is in memory and is to take over. Answered by
    /// [`PluginEvent::Returned`], and then as [`PluginService::look_now`] is.
    pub fn bring_back(&self, back: BringBack) -> u64 {
        self.send(Order::BringBack(back));
        self.look_now()
    }

    /// Remembers what the loop has found out.
    pub fn note(&self, finding: Finding) {
        self.send(Order::Note(finding));
    }

    /// Tries a plugin out with its new configuration: [`PluginEvent::Configured`], or it is refused
    /// or loaded again. Answered as [`PluginService::look_now`] is.
    pub fn reconfigure(&self, plugin: String) -> u64 {
        self.send(Order::Reconfigure(plugin));
        self.look_now()
    }

    /// Reads the kept state of a plugin once more that is loaded and not made an instance of, and
    /// delivers what was delivered before with what is there now.
    pub fn read_state(&self, loaded: PluginEvent) {
        self.send(Order::ReadState(loaded));
    }

    /// Writes state to its file. Answered by [`PluginEvent::Kept`].
    pub fn keep(&self, kept: SavedState) {
        self.send(Order::State(StateOrder::Keep(Box::new(kept))));
    }

    /// Moves the kept state of a plugin out of the way.
    pub fn set_state_aside(&self, plugin: String) {
        self.send(Order::State(StateOrder::SetAside(plugin)));
    }

    /// Who asks what a look would change.
    pub fn forecast(&self) -> Forecast {
        Forecast::by(self.orders.clone())
    }

    /// Unmaps what the loop is done with. Answered by [`PluginEvent::Unloaded`].
    pub fn unload(&self, unloading: Unloading) {
        self.send(Order::Unload(Box::new(unloading)));
    }

    fn send(&self, order: Order) {
        if self.orders.send(order).is_err() {
            log::error!("the thread that loads plugins has ended: none is loaded or unloaded");
        }
    }
}

impl Drop for PluginService {
    fn drop(&mut self) {
        self.is_ending.store(true, Ordering::Relaxed);
        self.watcher = None;
        // Fails only if the thread has ended already.
        let _ = self.orders.send(Order::Stop);
        if let Some(Err(_)) = self.thread.take().map(JoinHandle::join) {
            log::error!("the thread that loads plugins panicked");
        }
    }
}

fn run<D: Fn(PluginEvent)>(mut intake: Intake<D>, inbox: &Receiver<Order>) {
    loop {
        let order = match intake.poll_wake() {
            Some(at) => inbox.recv_timeout(at.saturating_duration_since(Instant::now())),
            None => inbox.recv().map_err(|_| RecvTimeoutError::Disconnected),
        };
        match order {
            Ok(Order::Found(change)) => intake.handle_change(change),
            Ok(Order::Reload(plugin)) => intake.handle_reload(&plugin),
            Ok(Order::Renew(plugin)) => intake.handle_renew(&plugin),
            Ok(Order::Switched { plugin, is_on }) => intake.handle_switched(&plugin, is_on),
            Ok(Order::Restore { plugin, sha256 }) => intake.handle_restore(&plugin, sha256),
            Ok(Order::Note(finding)) => intake.handle_finding(finding),
            Ok(Order::BringBack(back)) => intake.handle_bring_back(&back),
            Ok(Order::Reconfigure(plugin)) => intake.handle_reconfigure(&plugin),
            Ok(Order::State(order)) => intake.handle_state(order),
            Ok(Order::ReadState(loaded)) => intake.handle_read_state(loaded),
            Ok(Order::Folders(folders)) => intake.handle_folders(folders),
            Ok(Order::Care(care)) => intake.handle_care(*care),
            Ok(Order::Unload(unloading)) => intake.handle_unload(*unloading),
            Ok(Order::Outlook(outlook)) => intake.handle_outlook(*outlook),
            Err(RecvTimeoutError::Timeout) => intake.handle_due(Instant::now()),
            Ok(Order::Stop) | Err(RecvTimeoutError::Disconnected) => return,
        }
    }
}

fn places(folders: &[PluginFolder]) -> Vec<Place> {
    let place =
        |folder: &PluginFolder| Place::Folder { path: folder.path.clone(), extension: "so" };
    folders.iter().map(place).collect()
}
