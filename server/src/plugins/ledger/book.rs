//! Owns the list of open accounts, and whose code an address is.
use std::cell::Cell;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::account::Sheet;
use super::real::KeyNumber;
use crate::plugins::duty;

/// Every open account. Few: one for each library of a plugin that is mapped.
static BOOK: Mutex<Vec<Arc<Sheet>>> = Mutex::new(Vec::new());

/// Opens a sheet for the library that will be loaded from `path`.
pub(super) fn open(path: &Path, generation: u64) -> Arc<Sheet> {
    let sheet = Arc::new(Sheet::new(path, generation));
    lock(&BOOK).push(Arc::clone(&sheet));
    sheet
}

/// Strikes a sheet out.
pub(super) fn close(sheet: &Arc<Sheet>) {
    lock(&BOOK).retain(|other| !Arc::ptr_eq(other, sheet));
}

/// The sheet of the library that `address` lies in.
pub(super) fn owner_of(address: usize) -> Option<Arc<Sheet>> {
    // Copied, because a library that is just being loaded is looked up by the dynamic loader,
    // whose locks must not be waited for under ours.
    let sheets = lock(&BOOK).clone();
    // The newest first: a new library may lie where one has just been unmapped.
    sheets.into_iter().rev().find(|sheet| sheet.covers(address))
}

/// The sheet of what the calling thread works for just now.
pub(super) fn at_work() -> Option<Arc<Sheet>> {
    let generation = duty::working_for()?;
    lock(&BOOK).iter().find(|sheet| sheet.generation == generation).cloned()
}

/// Strikes out a key that its library deletes itself.
pub(super) fn forget_key(number: KeyNumber) {
    for sheet in lock(&BOOK).iter() {
        sheet.forget_key(number);
    }
}

/// A number that no other thread of this process ever has.
pub(super) fn this_thread() -> u64 {
    static LAST: AtomicU64 = AtomicU64::new(0);
    // Without a destructor: reading it registers nothing.
    thread_local!(static NUMBER: Cell<u64> = const { Cell::new(0) });
    NUMBER.with(|number| {
        if number.get() == 0 {
            number.set(LAST.fetch_add(1, Ordering::Relaxed) + 1);
        }
        number.get()
    })
}

/// Whoever panicked with the lock has left whole entries only.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
