//! Owns the threads that plugins start: counted until nothing of the plugin is left on them.
#![allow(unsafe_code)]
use std::ffi::{c_int, c_void};
use std::sync::Arc;

use super::account::Sheet;
use super::real::{self, Routine};
use super::spare::SpareStack;
use crate::plugins::duty;

/// What a counted thread begins with.
struct Start {
    sheet: Arc<Sheet>,
    routine: Routine,
    argument: *mut c_void,
}

/// What is done when a counted thread is done with the plugin's code.
struct End {
    sheet: Arc<Sheet>,
    spare: Option<SpareStack>,
}

/// Starts a thread of the sheet's library.
///
/// # Safety
/// As `pthread_create`.
pub(super) unsafe fn create(
    sheet: Arc<Sheet>,
    thread: *mut libc::pthread_t,
    attributes: *const libc::pthread_attr_t,
    routine: Routine,
    argument: *mut c_void,
) -> c_int {
    sheet.count_thread();
    let start = Box::into_raw(Box::new(Start { sheet, routine, argument }));
    // SAFETY: the caller's promise; `run` takes the box that it is given, once.
    let failed = unsafe { real::create(thread, attributes, run, start.cast()) };
    if failed != 0 {
        // SAFETY: no thread was started, so that nobody else has the box.
        let start = unsafe { Box::from_raw(start) };
        start.sheet.discount_thread();
    }
    failed
}

/// The whole of a counted thread. The plugin may leave it by `pthread_exit`, which unwinds
/// through this frame: while the routine runs, nothing here waits to be dropped.
unsafe extern "C-unwind" fn run(start: *mut c_void) -> *mut c_void {
    // SAFETY: the box that `create` made for this thread alone.
    let Start { sheet, routine, argument } = *unsafe { Box::from_raw(start.cast::<Start>()) };
    duty::belong(sheet.generation);
    let left = Box::into_raw(Box::new(End { sheet, spare: SpareStack::give() })).cast::<c_void>();
    // Registered before all values of the plugin, so destroyed after them: then the thread is
    // done with the plugin's code.
    // SAFETY: `end` takes the box over, once; it lies in the executable, which stays mapped.
    let refused = unsafe { real::at_exit(end, left, (&raw const HERE).cast_mut().cast()) };
    // SAFETY: what the plugin wants to run, with its own argument, on the thread that it asked for.
    let returned = unsafe { routine(argument) };
    if refused != 0 {
        // SAFETY: it was not registered, so that this is the one call.
        unsafe { end(left) };
    }
    returned
}

/// An address in the executable.
static HERE: u8 = 0;

/// The end of a counted thread. What destructors of keys may still register from here on is the
/// C library's, which keeps the plugin mapped until it is destroyed.
unsafe extern "C-unwind" fn end(left: *mut c_void) {
    // SAFETY: the box that `run` made, passed here once.
    let End { sheet, spare } = *unsafe { Box::from_raw(left.cast::<End>()) };
    sheet.end_thread();
    drop(spare);
}
