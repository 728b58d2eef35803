//! The progress bar: on standard error, and only where a person looks at it.

use std::cell::Cell;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

use super::clock::nanos;
use super::figures::{count, per_second};

/// Nanoseconds between two drawings.
const EVERY: u64 = 100_000_000;

/// The progress bar; it is not there off a terminal.
#[derive(Debug)]
pub struct Bar {
    bar: ProgressBar,
    next: Cell<u64>,
}

impl Bar {
    /// A bar that is full after `duration`; none if `quiet`.
    pub fn new(duration: Duration, quiet: bool) -> Self {
        let bar =
            if quiet { ProgressBar::hidden() } else { ProgressBar::new(nanos(duration) / EVERY) };
        if let Ok(style) = ProgressStyle::with_template("  {wide_bar:.green} {msg}") {
            bar.set_style(style.progress_chars("━╸─"));
        }
        Self { bar, next: Cell::new(0) }
    }

    /// Shows how far it is, `now` nanoseconds after the start.
    #[inline]
    pub fn show(&self, now: u64, answered: u64) {
        if now < self.next.get() {
            return;
        }
        self.next.set(now + EVERY);
        let rate = per_second(answered, Duration::from_nanos(now));
        self.bar.set_message(format!("{}/s", count(rate)));
        self.bar.set_position(now / EVERY);
    }

    /// Takes it away.
    pub fn finish(&self) {
        self.bar.finish_and_clear();
    }
}
