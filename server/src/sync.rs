//! Owns the locks and atomics of what threads share by rules of their own. They stand here so that
//! `tests/loom`, which compiles the same files, can put others in their place.

pub use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
pub use std::thread::{Thread, current, park};

/// Atomics and fences.
pub mod atomic {
    pub use std::sync::atomic::{AtomicBool, AtomicU64, Ordering, fence};
}
