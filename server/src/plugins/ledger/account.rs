//! Owns `Account`: what one library has left with the C library, and how it is settled.
#![allow(unsafe_code)]
use std::ffi::{c_int, c_void};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock};

use super::book::{self, lock, this_thread};
use super::endings::{self, Endings};
use super::handlers;
use super::real::{self, Destructor, KeyNumber};
use crate::plugins::mapping;

/// How often values that destructors have made anew are destroyed: as often as the C library
/// does it when a thread ends, and once more.
const ROUNDS: u32 = 5;

/// The account of one library, from before it is mapped until it is known to be unmapped.
#[derive(Debug)]
pub(in crate::plugins) struct Account(Arc<Sheet>);

/// What is written down.
#[derive(Debug)]
pub(super) struct Sheet {
    path: PathBuf,
    /// Which generation of its plugin it is.
    pub generation: u64,
    /// Where the library is mapped; empty until somebody has asked for it.
    range: OnceLock<Range<usize>>,
    entries: Mutex<Entries>,
    /// What is to be run when it is unmapped.
    #[cfg_attr(hotframe_asan, allow(dead_code))]
    pub endings: Endings,
    /// Threads of the library that have not ended.
    threads: AtomicUsize,
}

#[derive(Debug, Default)]
struct Entries {
    /// The threads on which the account's values are kept here, by their numbers.
    keepers: Vec<u64>,
    values: Vec<Value>,
    keys: Vec<Key>,
}

/// A thread-local value that is to be destroyed.
#[derive(Debug)]
struct Value {
    thread: u64,
    destructor: Destructor,
    object: *mut c_void,
}

// SAFETY: the pointer is only ever passed to the destructor, on the thread that it came from.
unsafe impl Send for Value {}

/// A key whose values are to be destroyed, and which is to be deleted.
#[derive(Debug, Clone, Copy)]
struct Key {
    number: KeyNumber,
    destructor: Destructor,
}

impl Account {
    /// An account for the library of that generation, which will be mapped from `path`, kept on
    /// this thread.
    pub fn open(path: &Path, generation: u64) -> Self {
        handlers::note();
        endings::watch_exit();
        let account = Self(book::open(path, generation));
        account.keep_here();
        account
    }

    /// Keeps the account on this thread, too: [`Account::settle_here`] will be called on it.
    pub fn keep_here(&self) {
        let mut entries = lock(&self.0.entries);
        let thread = this_thread();
        if !entries.keepers.contains(&thread) {
            entries.keepers.push(thread);
        }
    }

    /// Destroys what the library has on this thread, as the end of the thread would.
    ///
    /// No code of the library may run on this thread at the moment, nor afterwards any that is
    /// not its end.
    pub fn settle_here(&self) {
        for _ in 0..ROUNDS {
            let had_values = self.0.destroy_values();
            let had_keyed = self.0.destroy_keyed();
            if !had_values && !had_keyed {
                return;
            }
        }
    }

    /// Why the library must not be closed yet, in words. `None`: it may be.
    pub fn debt(&self) -> Option<String> {
        match self.0.threads.load(Ordering::Acquire) {
            0 if lock(&self.0.entries).values.is_empty() => None,
            0 => Some("a thread of the server holds a thread-local value of it".to_owned()),
            1 => Some("a thread of it still runs".to_owned()),
            threads => Some(format!("{threads} threads of it still run")),
        }
    }

    /// Takes the signals back that functions of the library still handle: what was there before
    /// handles them again. Their numbers. To be called right before the library is closed.
    pub fn take_back_signals(&self) -> Vec<c_int> {
        handlers::take_back(&self.0)
    }

    /// Deletes the keys that the library has not deleted itself. To be called when there is no
    /// debt, right before the library is closed.
    pub fn delete_keys(&self) {
        let keys = std::mem::take(&mut lock(&self.0.entries).keys);
        for key in keys {
            // SAFETY: made for the library, which will not run again and has not deleted it.
            let _is_deleted = unsafe { real::key_delete(key.number) };
        }
    }
}

impl Drop for Account {
    fn drop(&mut self) {
        book::close(&self.0);
    }
}

impl Sheet {
    pub fn new(path: &Path, generation: u64) -> Self {
        let (range, entries) = (OnceLock::new(), Mutex::default());
        let (path, threads) = (path.to_owned(), AtomicUsize::new(0));
        Self { path, generation, range, entries, endings: Endings::default(), threads }
    }

    /// Whether `address` lies in the library, which may be in the middle of being loaded.
    pub fn covers(&self, address: usize) -> bool {
        if self.range.get().is_none()
            && let Some(range) = mapping::range_of(&self.path)
        {
            // Fails only if another thread has found the same.
            let _ = self.range.set(range);
        }
        self.range.get().is_some_and(|range| range.contains(&address))
    }

    /// Writes down a value of this thread; false if the account is not kept here.
    pub fn add_value(&self, destructor: Destructor, object: *mut c_void) -> bool {
        let mut entries = lock(&self.entries);
        let thread = this_thread();
        let is_kept = entries.keepers.contains(&thread);
        if is_kept {
            entries.values.push(Value { thread, destructor, object });
        }
        is_kept
    }

    pub fn add_key(&self, number: KeyNumber, destructor: Destructor) {
        lock(&self.entries).keys.push(Key { number, destructor });
    }

    pub fn forget_key(&self, number: KeyNumber) {
        lock(&self.entries).keys.retain(|key| key.number != number);
    }

    pub fn count_thread(&self) {
        self.threads.fetch_add(1, Ordering::Relaxed);
    }

    /// The last that a thread does with the library.
    pub fn discount_thread(&self) {
        self.threads.fetch_sub(1, Ordering::Release);
    }

    /// Destroys what keys hold for this thread, in rounds as the C library does.
    pub fn end_thread(&self) {
        for _ in 0..ROUNDS {
            if !self.destroy_keyed() {
                break;
            }
        }
        self.discount_thread();
    }

    /// Destroys this thread's values, last in, first out; true if there was one.
    fn destroy_values(&self) -> bool {
        let mut was_any = false;
        while let Some(Value { destructor, object, .. }) = self.take_value() {
            was_any = true;
            // SAFETY: registered by the library's code on this very thread, whose thread-local
            // memory it points into; taken off the list, it is destroyed once. The library is
            // mapped as long as the account is open.
            unsafe { destructor(object) };
        }
        was_any
    }

    fn take_value(&self) -> Option<Value> {
        let mut entries = lock(&self.entries);
        let thread = this_thread();
        let last = entries.values.iter().rposition(|value| value.thread == thread)?;
        Some(entries.values.remove(last))
    }

    /// Destroys what the library's keys hold for this thread; true if there was something.
    fn destroy_keyed(&self) -> bool {
        let keys = lock(&self.entries).keys.clone();
        let mut was_any = false;
        for Key { number, destructor } in keys {
            // SAFETY: a key that was made and not deleted.
            let value = unsafe { libc::pthread_getspecific(number) };
            if value.is_null() {
                continue;
            }
            was_any = true;
            // SAFETY: as above; null means that there is nothing to destroy.
            let _is_set = unsafe { libc::pthread_setspecific(number, std::ptr::null()) };
            // SAFETY: the key's destructor with this thread's value, as at the end of the thread,
            // and once: the value was taken away before. The library is mapped.
            unsafe { destructor(value.cast()) };
        }
        was_any
    }
}
