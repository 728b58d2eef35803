//! Owns the roll of all mapped generations, in a form that a crashed thread may read.
#![allow(unsafe_code)]
use std::ops::Range;
use std::ptr;
use std::sync::atomic::{AtomicPtr, AtomicUsize, Ordering};

use super::badge::{Badge, BadgeRef};

/// More libraries than these are mapped at once only by mistake; those above are not on the roll.
const ROWS: usize = 256;

struct Row {
    badge: AtomicPtr<Badge>,
    /// Where the library is mapped; 0 until that is known.
    start: AtomicUsize,
    end: AtomicUsize,
}

static ROLL: [Row; ROWS] = [const {
    Row {
        badge: AtomicPtr::new(ptr::null_mut()),
        start: AtomicUsize::new(0),
        end: AtomicUsize::new(0),
    }
}; ROWS];

/// Enters a generation.
pub(super) fn enter(badge: BadgeRef) {
    let order = (Ordering::AcqRel, Ordering::Relaxed);
    let is_taken = |row: &Row| {
        row.badge.compare_exchange(ptr::null_mut(), badge.as_ptr(), order.0, order.1).is_ok()
    };
    let _is_on_it = ROLL.iter().any(is_taken);
}

/// Its library is mapped there.
pub(super) fn set_range(badge: BadgeRef, range: &Range<usize>) {
    if let Some(row) = row_of(badge) {
        row.end.store(range.end, Ordering::Release);
        row.start.store(range.start, Ordering::Release);
    }
}

/// Strikes a generation out.
pub(super) fn leave(badge: BadgeRef) {
    if let Some(row) = row_of(badge) {
        row.start.store(0, Ordering::Release);
        row.end.store(0, Ordering::Release);
        row.badge.store(ptr::null_mut(), Ordering::Release);
    }
}

/// The generation with that number. Async-signal-safe, as what is below.
pub(super) fn badge_of<'a>(generation: u64) -> Option<&'a Badge> {
    let badges = ROLL.iter().filter_map(seen);
    badges.map(BadgeRef::badge).find(|badge| badge.generation == generation)
}

/// The generation whose code `address` lies in, and how far into it.
pub(in crate::plugins) fn owner_of<'a>(address: usize) -> Option<(&'a Badge, usize)> {
    let row = ROLL.iter().find(|row| {
        let (start, end) = (row.start.load(Ordering::Acquire), row.end.load(Ordering::Acquire));
        start != 0 && (start..end).contains(&address)
    })?;
    Some((seen(row)?.badge(), address - row.start.load(Ordering::Acquire)))
}

fn row_of(badge: BadgeRef) -> Option<&'static Row> {
    ROLL.iter().find(|row| row.badge.load(Ordering::Acquire) == badge.as_ptr())
}

fn seen(row: &Row) -> Option<BadgeRef> {
    BadgeRef::from_ptr(row.badge.load(Ordering::Acquire))
}
