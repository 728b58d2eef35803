//! The desk: what waits for the disk, and the one worker that works it off.
//!
//! Whatever has come while the worker was busy is one batch, and one transaction: under load the
//! cost of a commit is shared by many reports, and a single one need not wait for others. When
//! nothing has come for a moment the database is closed: another generation of the plugin may want
//! it, and one that was replaced is kept for a while, in case it has to come back.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use hotframe_plugin_api::{Error, Token};

use crate::config::Config;
use crate::now_ms;
use crate::store::Store;
use crate::turn::Turn;
use crate::wire::{Ask, Reading, STORE_FAILED, TOO_OLD};

/// So many may wait; one more is told to come again.
const MOST_WAITING: usize = 4096;
/// How long the worker waits for more before it closes the database.
const LINGER: Duration = Duration::from_millis(100);
/// The most that is one transaction.
const BATCH: usize = 512;

/// What waits, shared between the loop and the worker.
#[derive(Debug)]
pub struct Desk {
    config: Config,
    generation: u64,
    queue: Mutex<Queue>,
    changed: Condvar,
    was_opened: AtomicBool,
}

#[derive(Debug, Default)]
struct Queue {
    items: VecDeque<Item>,
    /// A worker looks at the queue until it is empty.
    is_worked_off: bool,
    /// The place of this generation among those that want the database, from the first item until
    /// the worker has it.
    turn: Option<Turn>,
    /// No more comes: the database is closed as soon as nothing waits.
    is_leaving: bool,
}

/// A request that waits.
#[derive(Debug)]
pub struct Item {
    /// What is asked for.
    pub ask: Ask,
    /// Who is to be answered; nobody where it was an event.
    pub token: Option<Token>,
}

impl Desk {
    /// Nothing waits. `generation` grows with every loading of the plugin.
    pub fn new(config: Config, generation: u64) -> Self {
        let (queue, changed) = (Mutex::default(), Condvar::new());
        Self { config, generation, queue, changed, was_opened: AtomicBool::new(false) }
    }

    /// Whether the database has ever been opened.
    pub fn was_opened(&self) -> bool {
        self.was_opened.load(Ordering::Acquire)
    }

    /// Says whether requests are at an end, for all that is known.
    pub fn set_leaving(&self, is_leaving: bool) {
        self.queue().is_leaving = is_leaving;
        self.changed.notify_all();
    }

    /// Refuses readings that would be removed at once.
    pub fn check_age(&self, readings: &[Reading], now: u64) -> Result<(), Error> {
        let oldest = self.config.oldest(now);
        match readings.iter().find(|reading| reading.time < oldest) {
            None => Ok(()),
            Some(reading) => {
                let message = format!("metric {} was read too long ago", reading.metric);
                Err(Error::coded(TOO_OLD, message))
            }
        }
    }

    /// Puts an item at the end; true if a worker is to be called.
    ///
    /// # Errors
    /// Too many wait, or the database's folder is not to be used.
    pub fn put(&self, item: Item) -> Result<bool, Error> {
        let mut queue = self.queue();
        if queue.items.len() >= MOST_WAITING {
            return Err(Error::busy("too many requests wait for the disk"));
        }
        if queue.turn.is_none() && !queue.is_worked_off {
            let turn = Turn::take(&self.config.path, self.generation);
            queue.turn = Some(turn.map_err(|error| Error::coded(STORE_FAILED, error))?);
        }
        queue.items.push_back(item);
        let is_idle = !queue.is_worked_off;
        queue.is_worked_off = true;
        self.changed.notify_all();
        Ok(is_idle)
    }

    /// No worker comes: what waits is answered with an error when it is dropped.
    pub fn give_up(&self) {
        let mut queue = self.queue();
        queue.is_worked_off = false;
        let items = std::mem::take(&mut queue.items);
        drop(queue);
        drop(items);
    }

    /// Works off all that waits, and what comes meanwhile. On a worker thread; never two at a time.
    pub fn work_off(&self) {
        let mut store = None;
        while let Some(batch) = self.next_batch(&mut store) {
            let answers = self.open(&mut store).and_then(|store| perform(store, &batch));
            match answers {
                Ok(answers) => answer(batch, answers),
                Err(error) => refuse(batch, &error),
            }
        }
    }

    /// What waits, or comes within a moment. Else the store is closed before anybody could put
    /// something in that needs it.
    fn next_batch(&self, store: &mut Option<Store>) -> Option<Vec<Item>> {
        let is_quiet = |queue: &mut Queue| queue.items.is_empty() && !queue.is_leaving;
        let waited = self.changed.wait_timeout_while(self.queue(), LINGER, is_quiet);
        let mut queue = waited.unwrap_or_else(PoisonError::into_inner).0;
        let count = queue.items.len().min(BATCH);
        if count == 0 {
            *store = None;
            queue.is_worked_off = false;
            return None;
        }
        Some(queue.items.drain(..count).collect())
    }

    fn open<'a>(&self, store: &'a mut Option<Store>) -> Result<&'a mut Store, String> {
        if store.is_none() {
            let turn = self.queue().turn.take();
            let turn = turn.map_or_else(|| Turn::take(&self.config.path, self.generation), Ok)?;
            *store = Some(Store::open(&self.config, turn)?);
            self.was_opened.store(true, Ordering::Release);
        }
        store.as_mut().ok_or_else(|| "the database is closed".to_owned())
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What each item is answered with.
type Answers = Vec<Result<Vec<u8>, Error>>;

fn perform(store: &mut Store, batch: &[Item]) -> Result<Answers, String> {
    let asks: Vec<&Ask> = batch.iter().map(|item| &item.ask).collect();
    store.perform(&asks, now_ms()).map_err(|error| error.to_string())
}

fn answer(batch: Vec<Item>, answers: Answers) {
    for (item, answer) in batch.into_iter().zip(answers) {
        if let Some(token) = item.token {
            token.answer(answer);
        }
    }
}

fn refuse(batch: Vec<Item>, error: &str) {
    for token in batch.into_iter().filter_map(|item| item.token) {
        token.fail(Error::coded(STORE_FAILED, error));
    }
}
