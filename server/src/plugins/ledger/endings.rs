//! Owns the functions that a library wants to have run when it is unmapped: what C calls `atexit`,
//! the destructors of C++'s statics, and how the SDK gives the heap back.
//!
//! The C library has one list of them for the whole process, and gives a place in it back only
//! when no later one is taken. A new generation is mapped before the old one goes, so there always
//! is a later one: 32 bytes a function and reload would be lost.
#![allow(unsafe_code)]
// AddressSanitizer has functions of its own in front of the C library's.
#![cfg_attr(hotframe_asan, allow(dead_code))]
use std::ffi::c_void;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, Once};

use super::book::lock;
use super::real::Destructor;

/// Set when the process exits.
static IS_EXITING: AtomicBool = AtomicBool::new(false);

/// The functions of one library, in the order in which they were registered.
#[derive(Debug, Default)]
pub(super) struct Endings(Mutex<Vec<Ending>>);

#[derive(Debug)]
struct Ending {
    function: Destructor,
    argument: *mut c_void,
}

// SAFETY: the pointer is only ever passed to the function, which may be called on any thread.
unsafe impl Send for Ending {}

impl Endings {
    pub fn add(&self, function: Destructor, argument: *mut c_void) {
        lock(&self.0).push(Ending { function, argument });
    }

    /// Runs them, last in, first out, and those that they register.
    ///
    /// Not when the process exits: what is still mapped then has threads that run, or might have.
    ///
    /// # Safety
    /// The library is being unmapped, by its own end.
    pub unsafe fn run(&self) {
        if IS_EXITING.load(Ordering::Relaxed) {
            return;
        }
        loop {
            let last = lock(&self.0).pop();
            let Some(Ending { function, argument }) = last else {
                return;
            };
            // SAFETY: registered to be called with this argument when the library, which is still
            // mapped, goes; taken off the list, it is called once.
            unsafe { function(argument) };
        }
    }
}

/// Has it noticed when the process exits.
pub(super) fn watch_exit() {
    extern "C" fn exits() {
        IS_EXITING.store(true, Ordering::Relaxed);
    }
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        // SAFETY: the function lies in the executable, which stays mapped. If there is no room for
        // it, endings are run at exit, too.
        let _failed = unsafe { libc::atexit(exits) };
    });
}
