//! Owns the thread's work: it feeds the tracker with looks at the files, reports what settled,
//! and sleeps until an order, an event, a settling time or the poll.
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use sha2::{Digest, Sha256};

use super::events::{Hinted, Hints};
use super::folders::Folders;
use super::identity::Identity;
use super::links::folders_behind;
use super::place::Place;
use super::tracker::{Hint, Settled, Tracker};
use super::watcher::{Change, Order, WatchOptions};

/// Looks that events ask for are at least this far apart, however many events come.
const LOOK_INTERVAL: Duration = Duration::from_millis(5);
/// A ticket is answered after this time although files keep changing.
const TICKET_PATIENCE: Duration = Duration::from_secs(2);
/// The clock of files may lag behind the wall clock by a tick.
const CLOCK_TICK: Duration = Duration::from_millis(10);
/// Files up to this size are compared by contents.
const MAX_COMPARED: u64 = 4 << 20;

/// The state of the watch's thread.
pub(super) struct Lookout<D> {
    places: Vec<Place>,
    folders: Folders,
    poll: Duration,
    settle: Duration,
    tracker: Tracker,
    hints: Hints,
    /// What the files among the places held when they were reported last.
    contents: BTreeMap<PathBuf, [u8; 32]>,
    /// Tickets to be answered, and by when.
    tickets: Vec<(u64, Instant)>,
    next_poll: Instant,
    deliver: D,
}

impl<D: FnMut(Change)> Lookout<D> {
    /// Knows of nothing yet: the first look is still to come.
    pub fn new(options: WatchOptions, hints: Hints, deliver: D) -> Self {
        let WatchOptions { places, settle, poll, read_at } = options;
        let now = Instant::now();
        let mut watch = Self {
            places: Vec::new(),
            folders: Folders::default(),
            poll,
            settle,
            tracker: Tracker::new(settle),
            hints,
            contents: BTreeMap::new(),
            tickets: vec![(0, now + TICKET_PATIENCE)],
            next_poll: now,
            deliver,
        };
        watch.set_places(places, read_at);
        watch
    }

    /// Looks, reports and waits, until it is told to stop.
    pub fn run(mut self, inbox: &Receiver<Order>) {
        let mut hinted = Vec::new();
        loop {
            let looked = Instant::now();
            self.look(&hinted, looked);
            hinted.clear();
            self.report(looked);
            let wake = [self.tracker.poll_wake(), self.tickets.iter().map(|(_, by)| *by).min()];
            let wake = wake.into_iter().flatten().fold(self.next_poll, Instant::min);
            let order = match inbox.recv_timeout(wake.saturating_duration_since(Instant::now())) {
                Ok(order) => order,
                Err(RecvTimeoutError::Timeout) => continue,
                Err(RecvTimeoutError::Disconnected) => return,
            };
            thread::sleep((looked + LOOK_INTERVAL).saturating_duration_since(Instant::now()));
            for order in std::iter::once(order).chain(inbox.try_iter()) {
                match order {
                    Order::Hinted(mut more) => hinted.append(&mut more),
                    Order::Look(ticket) => {
                        self.tickets.push((ticket, Instant::now() + TICKET_PATIENCE));
                    }
                    Order::Wake => {
                        (self.deliver)(Change::Woken);
                        self.forget_what_moved();
                    }
                    Order::Touch(path) => hinted.push(Hinted { path, hint: Hint::Written }),
                    Order::Places(places, settle, read_at) => {
                        self.settle = settle;
                        self.tracker.set_settle(settle);
                        self.set_places(places, read_at);
                    }
                    Order::Stop => return,
                }
            }
        }
    }

    /// Takes other places. A file that the caller has read since `read_at` is known; a path that
    /// was watched before keeps what is known of it.
    fn set_places(&mut self, places: Vec<Place>, read_at: SystemTime) {
        self.folders.keep_to(&places);
        let wanted = self.folders.list(&places);
        let known: Vec<PathBuf> = self.tracker.paths().map(Path::to_owned).collect();
        for path in known.iter().filter(|path| !wanted.contains(*path)) {
            if places.iter().all(|place| !place.holds(path)) {
                self.tracker.forget(path);
                self.contents.remove(path);
            }
        }
        let unread = read_at.elapsed().unwrap_or_default() + CLOCK_TICK;
        for place in &places {
            let Place::File(path) = place else { continue };
            if known.contains(path) {
                continue;
            }
            let identity = Identity::of(path).filter(|it| it.age(SystemTime::now()) >= unread);
            if identity.is_some()
                && let Some(hash) = hash_of(path)
            {
                self.contents.insert(path.clone(), hash);
            }
            self.tracker.accept(path, identity);
        }
        self.places = places;
    }

    /// Looks at every file, and keeps the right folders watched.
    fn look(&mut self, hinted: &[Hinted], now: Instant) {
        if now >= self.next_poll {
            self.next_poll = now + self.poll;
        }
        let mut files = self.files();
        let mut folders: BTreeSet<PathBuf> =
            self.places.iter().flat_map(|place| folders_behind(&place.probe())).collect();
        folders
            .extend(files.iter().filter(|file| file.is_symlink()).flat_map(|f| folders_behind(f)));
        if self.hints.watch(&folders) {
            files = self.files();
        }
        files.extend(self.tracker.paths().map(Path::to_owned));
        files.retain(|path| !self.folders.hides(path));
        let wall = SystemTime::now();
        for path in files {
            let sight = Identity::of(&path);
            let is_old = sight.is_some_and(|identity| identity.age(wall) >= self.settle);
            let hint = match hint_for(&path, hinted) {
                Hint::Seen if is_old => Hint::Whole,
                hint => hint,
            };
            self.tracker.observe(&path, sight, hint, now);
        }
    }

    fn files(&mut self) -> BTreeSet<PathBuf> {
        self.folders.list(&self.places)
    }

    fn report(&mut self, now: Instant) {
        for news in self.folders.take_news() {
            (self.deliver)(news);
        }
        while let Some(settled) = self.tracker.poll_settled(now) {
            match settled {
                Settled::Changed(path) => {
                    let before = at_rest(&path);
                    if self.is_news(&path) {
                        (self.deliver)(Change::Changed { path: path.clone() });
                        if before != at_rest(&path) {
                            self.contents.remove(&path);
                        }
                        self.forget_what_moved();
                    }
                }
                Settled::Gone(path) => {
                    self.contents.remove(&path);
                    (self.deliver)(Change::Gone { path });
                }
            }
        }
        let is_quiet = self.tracker.poll_wake().is_none();
        for (ticket, _) in self.tickets.extract_if(.., |(_, by)| is_quiet || *by <= now) {
            (self.deliver)(Change::Looked { ticket });
        }
    }

    /// Whoever was told may have read all files, and with them what was not reported yet; and what
    /// was hashed before that may come back: only a file that is as it was reported, and at rest,
    /// is known by its hash.
    fn forget_what_moved(&mut self) {
        let tracker = &self.tracker;
        let is_known = |path: &Path| at_rest(path).is_some_and(|it| tracker.is_reported(path, it));
        self.contents.retain(|path, _| is_known(path));
    }

    /// A file among the places is news if its contents are; files of folders are their reader's
    /// to judge, who reads them anyway.
    fn is_news(&mut self, path: &Path) -> bool {
        let is_file = |place: &Place| matches!(place, Place::File(file) if file == path);
        if !self.places.iter().any(is_file) {
            return true;
        }
        let Some(hash) = hash_of(path) else {
            return true;
        };
        self.contents.insert(path.to_owned(), hash) != Some(hash)
    }
}

/// What the events say of `path`, by whatever name they know it. A writer's close outweighs a
/// rename, after which there is nothing more to wait for.
fn hint_for(path: &Path, hinted: &[Hinted]) -> Hint {
    if hinted.is_empty() {
        return Hint::Seen;
    }
    let folder = path.parent().and_then(|folder| folder.canonicalize().ok());
    let in_folder = folder.zip(path.file_name()).map(|(folder, name)| folder.join(name));
    let real = path.canonicalize().ok();
    let names = [Some(path), in_folder.as_deref(), real.as_deref()];
    let about = |hint| {
        let is_about = |h: &Hinted| h.hint == hint && names.contains(&Some(h.path.as_path()));
        hinted.iter().any(is_about)
    };
    [Hint::Written, Hint::Whole].into_iter().find(|hint| about(*hint)).unwrap_or(Hint::Seen)
}

/// The identity of a file whose next change the clock of files cannot hide.
fn at_rest(path: &Path) -> Option<Identity> {
    Identity::of(path).filter(|identity| identity.age(SystemTime::now()) >= CLOCK_TICK)
}

fn hash_of(path: &Path) -> Option<[u8; 32]> {
    let metadata = std::fs::metadata(path).ok()?;
    let is_small = metadata.is_file() && metadata.len() <= MAX_COMPARED;
    let bytes = is_small.then(|| std::fs::read(path).ok())??;
    Some(Sha256::digest(&bytes).into())
}
