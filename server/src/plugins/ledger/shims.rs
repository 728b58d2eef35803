//! Owns the functions that stand in front of the C library's: who calls, and what is written down.
//!
//! They carry the names of the C library's functions, so that the dynamic loader and the linker
//! bind every call in the process to them; `build.rs` has them exported.
#![allow(unsafe_code)]
use std::ffi::{c_int, c_void};

use super::real::{self, Destructor, KeyNumber, Routine};
use super::{book, threads};
use crate::plugins::mapping;

/// Stands in front of the C library's: registers a thread-local value's destructor.
///
/// # Safety
/// As the C library's.
#[unsafe(no_mangle)]
unsafe extern "C-unwind" fn __cxa_thread_atexit_impl(
    destructor: Destructor,
    object: *mut c_void,
    owner: *mut c_void,
) -> c_int {
    // By the owner first: the destructor of a C++ type may lie in another library.
    let sheet = book::owner_of(owner.addr()).or_else(|| book::owner_of(destructor as usize));
    if sheet.is_some_and(|sheet| sheet.add_value(destructor, object)) {
        return 0;
    }
    // SAFETY: the caller's own promise.
    unsafe { real::at_exit(destructor, object, owner) }
}

/// Stands in front of the C library's: registers a function for the end of a library.
///
/// # Safety
/// As the C library's.
#[cfg(not(hotframe_asan))]
#[unsafe(no_mangle)]
unsafe extern "C-unwind" fn __cxa_atexit(
    function: Destructor,
    argument: *mut c_void,
    owner: *mut c_void,
) -> c_int {
    if let Some(sheet) = book::owner_of(owner.addr()) {
        sheet.endings.add(function, argument);
        return 0;
    }
    // SAFETY: the caller's own promise.
    unsafe { real::at_end(function, argument, owner) }
}

/// Stands in front of the C library's: called by a library that is being unmapped, by the program
/// and by each library when the process exits.
///
/// # Safety
/// As the C library's.
#[cfg(not(hotframe_asan))]
#[unsafe(no_mangle)]
unsafe extern "C-unwind" fn __cxa_finalize(owner: *mut c_void) {
    if !owner.is_null()
        && let Some(sheet) = book::owner_of(owner.addr())
    {
        // SAFETY: the library itself says that it goes.
        unsafe { sheet.endings.run() };
    }
    // SAFETY: the caller's own promise.
    unsafe { real::finalize(owner) }
}

/// Stands in front of the C library's: makes a thread-specific key.
///
/// # Safety
/// As the C library's.
#[unsafe(no_mangle)]
unsafe extern "C-unwind" fn pthread_key_create(
    key: *mut KeyNumber,
    destructor: Option<Destructor>,
) -> c_int {
    // SAFETY: the caller's own promise.
    let failed = unsafe { real::key_create(key, destructor) };
    if failed == 0
        && let Some(destructor) = destructor
        && let Some(sheet) = book::owner_of(destructor as usize)
    {
        // SAFETY: the C library has just written it.
        sheet.add_key(unsafe { *key }, destructor);
    }
    failed
}

/// Stands in front of the C library's: deletes a thread-specific key.
///
/// # Safety
/// As the C library's.
#[unsafe(no_mangle)]
unsafe extern "C-unwind" fn pthread_key_delete(key: KeyNumber) -> c_int {
    // Forgotten first: from then on somebody else may be given the same number.
    book::forget_key(key);
    // SAFETY: the caller's own promise.
    unsafe { real::key_delete(key) }
}

/// Stands in front of the C library's: starts a thread.
///
/// # Safety
/// As the C library's.
#[unsafe(no_mangle)]
unsafe extern "C-unwind" fn pthread_create(
    thread: *mut libc::pthread_t,
    attributes: *const libc::pthread_attr_t,
    routine: Routine,
    argument: *mut c_void,
) -> c_int {
    // What a library that the plugin uses starts (that of C++, of OpenMP) is started for it.
    let others = || if mapping::is_program(routine as usize) { None } else { book::at_work() };
    match book::owner_of(routine as usize).or_else(others) {
        // SAFETY: the caller's own promise.
        Some(sheet) => unsafe { threads::create(sheet, thread, attributes, routine, argument) },
        // SAFETY: the caller's own promise.
        None => unsafe { real::create(thread, attributes, routine, argument) },
    }
}
