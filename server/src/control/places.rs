//! How many conversations there are: owns the cap, and the wait for the last one.

use std::{
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use super::MAX_CLIENTS;

/// The places at the control socket.
#[derive(Debug, Default)]
pub(super) struct Places {
    taken: Mutex<usize>,
    freed: Condvar,
}

/// One taken place; free again when it is dropped.
#[derive(Debug)]
pub(super) struct Place(Arc<Places>);

impl Places {
    fn lock(&self) -> MutexGuard<'_, usize> {
        // A count is whole whatever panicked.
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a place; `None` when all are taken.
    pub(super) fn take(self: &Arc<Self>) -> Option<Place> {
        let mut taken = self.lock();
        (*taken < MAX_CLIENTS).then(|| {
            *taken += 1;
            Place(Arc::clone(self))
        })
    }

    /// Waits until all places are free, at most for `patience`.
    pub(super) fn wait_empty(&self, patience: Duration) {
        let _timed_out = self.freed.wait_timeout_while(self.lock(), patience, |taken| *taken > 0);
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        *self.0.lock() -= 1;
        self.0.freed.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_so_many_places_and_a_freed_one_can_be_taken() {
        let places = Arc::new(Places::default());
        let mut taken: Vec<Place> = (0..MAX_CLIENTS).filter_map(|_| places.take()).collect();
        assert_eq!(taken.len(), MAX_CLIENTS);
        assert!(places.take().is_none());
        taken.pop();
        taken.push(places.take().unwrap());
        assert!(places.take().is_none());
        drop(taken);
        places.wait_empty(Duration::from_secs(30));
        assert_eq!(*places.lock(), 0);
    }
}
