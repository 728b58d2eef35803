//! Owns the second stack of a thread that a plugin has started: on it the record of a crash is
//! written where the first is used up. Code of Rust and C on such a thread has none of its own.
#![allow(unsafe_code)]
use std::ffi::c_void;
use std::mem::MaybeUninit;
use std::ptr;

/// Addresses only, until a handler of a signal runs on it.
const LEN: usize = 64 * 1024;

/// The stack, for as long as its thread may run code of the plugin.
#[derive(Debug)]
pub(super) struct SpareStack(*mut c_void);

impl SpareStack {
    /// Gives one to the calling thread, which has to drop it. None where that has one, or there is
    /// no room: then a crash on it is only not told of.
    pub fn give() -> Option<Self> {
        if here()?.ss_flags & libc::SS_DISABLE == 0 {
            return None;
        }
        let (access, kind) =
            (libc::PROT_READ | libc::PROT_WRITE, libc::MAP_PRIVATE | libc::MAP_ANONYMOUS);
        // SAFETY: fresh memory, at an address of the system's choice.
        let room = unsafe { libc::mmap(ptr::null_mut(), LEN, access, kind, -1, 0) };
        if room == libc::MAP_FAILED {
            return None;
        }
        let spare = Self(room);
        let stack = libc::stack_t { ss_sp: room, ss_flags: 0, ss_size: LEN };
        // SAFETY: memory that nobody else uses, and that is given back when it is not this thread's
        // stack for handlers any more.
        let failed = unsafe { libc::sigaltstack(&raw const stack, ptr::null_mut()) };
        (failed == 0).then_some(spare)
    }
}

impl Drop for SpareStack {
    fn drop(&mut self) {
        let now = here();
        if now.is_none_or(|now| now.ss_sp == self.0 && now.ss_flags & libc::SS_DISABLE == 0) {
            let none =
                libc::stack_t { ss_sp: ptr::null_mut(), ss_flags: libc::SS_DISABLE, ss_size: 0 };
            // SAFETY: takes it away from this thread.
            if unsafe { libc::sigaltstack(&raw const none, ptr::null_mut()) } != 0 {
                // This runs on it: the plugin ends its thread in a handler.
                return;
            }
        }
        // SAFETY: what `give` has mapped, which is nobody's stack any more.
        unsafe { libc::munmap(self.0, LEN) };
    }
}

/// The calling thread's stack for handlers of signals.
fn here() -> Option<libc::stack_t> {
    let mut stack = MaybeUninit::uninit();
    // SAFETY: asks only, and there is room for the answer.
    let failed = unsafe { libc::sigaltstack(ptr::null(), stack.as_mut_ptr()) };
    // SAFETY: written, where that has not failed.
    (failed == 0).then(|| unsafe { stack.assume_init() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thread_has_it_while_it_lives_and_only_one() {
        let before = here().unwrap();
        // Threads of Rust's library have one.
        assert_eq!(before.ss_flags & libc::SS_DISABLE, 0);
        assert!(SpareStack::give().is_none());
        let none = libc::stack_t { ss_flags: libc::SS_DISABLE, ..before };
        // SAFETY: none at all, for the time of this test.
        assert_eq!(unsafe { libc::sigaltstack(&raw const none, ptr::null_mut()) }, 0);
        let spare = SpareStack::give().unwrap();
        let now = here().unwrap();
        assert_eq!((now.ss_sp, now.ss_size, now.ss_flags), (spare.0, LEN, 0));
        assert!(SpareStack::give().is_none());
        drop(spare);
        assert_eq!(here().unwrap().ss_flags, libc::SS_DISABLE);
        // SAFETY: the one that this thread had.
        assert_eq!(unsafe { libc::sigaltstack(&raw const before, ptr::null_mut()) }, 0);
    }
}
