//! Owns what the host counts of each handler: its calls and what became of them, and how long some
//! of them took. No clock is read for a call that is not such a sample.
//!
//! Counts go on over a reload: a handler of the same name has the same figures.
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crate::shell::histogram::Histogram;

/// The figures of one handler, shared with its calls and with the tokens that it has taken.
#[derive(Debug, Default)]
pub(super) struct HandlerFigures {
    calls: AtomicU64,
    errors: AtomicU64,
    panics: AtomicU64,
    cancelled: AtomicU64,
    in_flight: AtomicU64,
    times: Mutex<Histogram>,
}

/// A token that a handler has taken and that may still be answered. In flight while it is there.
#[derive(Debug)]
pub(super) struct Owed(Arc<HandlerFigures>);

/// Where the figures of one handler are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HandlerReading {
    /// The plugin.
    pub plugin: String,
    /// The handler, without its plugin.
    pub handler: String,
    /// Calls.
    pub calls: u64,
    /// Those that the handler answered with an error, at once or later.
    pub errors: u64,
    /// Those of the errors that were panics.
    pub panics: u64,
    /// Those whose answer came to be of no use before it was there.
    pub cancelled: u64,
    /// Those whose answer is owed.
    pub in_flight: u64,
    /// Calls that were timed, of how many nanoseconds all together.
    pub sampled: (u64, u64),
    /// So many nanoseconds half of them took at most, and 99 of 100.
    pub quantiles: (u64, u64),
}

impl HandlerFigures {
    /// It was called so many times more.
    pub fn note_calls(&self, count: u64) {
        self.calls.fetch_add(count, Relaxed);
    }

    /// It answered with an error.
    #[cold]
    pub fn note_error(&self, is_panic: bool) {
        self.errors.fetch_add(1, Relaxed);
        self.panics.fetch_add(u64::from(is_panic), Relaxed);
    }

    /// One call of it was timed.
    pub fn note_time(&self, took: Duration) {
        let ns = u64::try_from(took.as_nanos()).unwrap_or(u64::MAX);
        self.times.lock().unwrap_or_else(PoisonError::into_inner).record(ns);
    }

    /// It has taken a token.
    pub fn owe(self: &Arc<Self>) -> Owed {
        self.in_flight.fetch_add(1, Relaxed);
        Owed(Arc::clone(self))
    }

    /// Where it is, with `more` calls that are not noted yet.
    pub fn read(&self, plugin: &str, handler: &str, more: u64) -> HandlerReading {
        let times = self.times.lock().unwrap_or_else(PoisonError::into_inner);
        let all = times.distribution();
        HandlerReading {
            plugin: plugin.to_owned(),
            handler: handler.to_owned(),
            calls: self.calls.load(Relaxed) + more,
            errors: self.errors.load(Relaxed),
            panics: self.panics.load(Relaxed),
            cancelled: self.cancelled.load(Relaxed),
            in_flight: self.in_flight.load(Relaxed),
            sampled: (all.count, all.sum_ns),
            quantiles: (times.quantile(50), times.quantile(99)),
        }
    }
}

impl Owed {
    /// It was answered, with an error or not.
    pub fn settle(self, is_error: bool) {
        if is_error {
            self.0.note_error(false);
        }
    }

    /// Nobody waits for the answer any more.
    pub fn cancel(self) {
        self.0.cancelled.fetch_add(1, Relaxed);
    }
}

impl Drop for Owed {
    fn drop(&mut self) {
        self.0.in_flight.fetch_sub(1, Relaxed);
    }
}

/// The figures of all handlers that live, by plugin and handler.
#[derive(Debug, Default)]
pub(super) struct FigureBook(BTreeMap<(String, String), Arc<HandlerFigures>>);

impl FigureBook {
    /// Those of a handler: the ones that are there, or new ones.
    pub fn of(&mut self, plugin: &str, handler: &str) -> Arc<HandlerFigures> {
        let key = (plugin.to_owned(), handler.to_owned());
        Arc::clone(self.0.entry(key).or_default())
    }

    /// All of them, by plugin and handler.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str, &Arc<HandlerFigures>)> {
        self.0.iter().map(|((plugin, handler), figures)| (&**plugin, &**handler, figures))
    }

    /// Forgets those of handlers that nobody calls any more and that owe nothing.
    pub fn tidy(&mut self) {
        self.0.retain(|_, figures| Arc::strong_count(figures) > 1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn they_go_on_as_long_as_somebody_has_the_handler() {
        let mut book = FigureBook::default();
        let old = book.of("p", "one");
        old.note_calls(5);
        old.note_error(true);
        old.note_time(Duration::from_micros(3));
        let new = book.of("p", "one");
        drop(old);
        book.tidy();
        let read = new.read("p", "one", 2);
        assert_eq!((read.calls, read.errors, read.panics, read.sampled), (7, 1, 1, (1, 3000)));
        assert!((3000..=3750).contains(&read.quantiles.1), "{read:?}");
        drop(new);
        book.tidy();
        assert_eq!(book.iter().count(), 0);
    }

    #[test]
    fn what_is_owed_is_in_flight_until_it_is_settled_or_dropped() {
        let figures = Arc::new(HandlerFigures::default());
        let owed: Vec<_> = (0..4).map(|_| figures.owe()).collect();
        assert_eq!(figures.read("", "", 0).in_flight, 4);
        let mut owed = owed.into_iter();
        owed.next().unwrap().settle(false);
        owed.next().unwrap().settle(true);
        owed.next().unwrap().cancel();
        let read = figures.read("", "", 0);
        assert_eq!((read.in_flight, read.errors, read.cancelled), (1, 1, 1));
        drop(owed);
        assert_eq!(figures.read("", "", 0).in_flight, 0);
    }
}
