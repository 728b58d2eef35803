//! Owns the handlers of signals that plugins leave behind: a signal that comes when their code is
//! gone would end the process.
#![allow(unsafe_code)]
use std::ffi::c_int;
use std::mem::zeroed;
use std::ptr;
use std::sync::Mutex;

use super::account::Sheet;
use super::book::{self, lock};

/// The signals that there are, from 1 on.
const SIGNALS: usize = 64;

/// What handled each signal when that was last no function of a plugin.
static BEFORE: Mutex<[Option<libc::sigaction>; SIGNALS]> = Mutex::new([None; SIGNALS]);

/// Remembers what handles each signal now. To be called before a library is mapped.
pub(super) fn note() {
    let mut before = lock(&BEFORE);
    for (signal, before) in (1..).zip(before.iter_mut()) {
        if let Some(action) =
            read(signal).filter(|action| book::owner_of(function(action)).is_none())
        {
            *before = Some(action);
        }
    }
}

/// Puts back what handled the signals before that functions of the sheet's library handle.
pub(super) fn take_back(sheet: &Sheet) -> Vec<c_int> {
    let before = lock(&BEFORE);
    let mut taken = Vec::new();
    for (signal, before) in (1..).zip(before.iter()) {
        let is_left = read(signal).is_some_and(|action| sheet.covers(function(&action)));
        if is_left && write(signal, before.as_ref()) {
            taken.push(signal);
        }
    }
    taken
}

/// The address of what handles the signal; small numbers stand for no function.
fn function(action: &libc::sigaction) -> usize {
    action.sa_sigaction
}

/// `None` for a signal that is the C library's own.
fn read(signal: c_int) -> Option<libc::sigaction> {
    // SAFETY: all zero is a valid value of this type.
    let mut action: libc::sigaction = unsafe { zeroed() };
    // SAFETY: nothing is set, and the place for what there is lives for the call.
    let failed = unsafe { libc::sigaction(signal, ptr::null(), &raw mut action) };
    (failed == 0).then_some(action)
}

fn write(signal: c_int, action: Option<&libc::sigaction>) -> bool {
    // SAFETY: all zero is a valid value of this type, and says that the system's own is to be done.
    let nothing: libc::sigaction = unsafe { zeroed() };
    let action = action.unwrap_or(&nothing);
    // SAFETY: what was in force before, which is the server's or that of a library that stays.
    unsafe { libc::sigaction(signal, action, ptr::null_mut()) == 0 }
}
