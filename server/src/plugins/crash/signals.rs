//! Owns the handlers of the signals that end a process, and of its exit.
#![allow(unsafe_code)]
use std::ffi::{c_int, c_void};
use std::fs::OpenOptions;
use std::io;
use std::os::fd::IntoRawFd;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::ptr;
use std::sync::atomic::{AtomicPtr, Ordering};

use super::RECORD;
use super::writer::{self, End, FILE};
use crate::plugins::duty;

const SIGNALS: [c_int; 5] =
    [libc::SIGSEGV, libc::SIGBUS, libc::SIGILL, libc::SIGFPE, libc::SIGABRT];
/// What the handler may use of stack, also where the thread has none left.
const STACK: usize = 64 * 1024;

/// The loop thread's stack for handlers: whoever looks for leaks sees here that it is to stay.
static ROOM: AtomicPtr<u8> = AtomicPtr::new(ptr::null_mut());

/// What was in force before, in the order of [`SIGNALS`].
static BEFORE: [AtomicPtr<libc::sigaction>; SIGNALS.len()] =
    [const { AtomicPtr::new(ptr::null_mut()) }; SIGNALS.len()];

/// Opens the record in the state folder, and has crashes of the process written into it. To be
/// called on the loop's thread, once.
///
/// # Errors
/// The record cannot be opened, or the system does not take the handlers.
pub fn install(state_dir: &Path) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true).mode(0o600);
    FILE.store(options.open(state_dir.join(RECORD))?.into_raw_fd(), Ordering::Relaxed);
    give_stack()?;
    for (signal, before) in SIGNALS.into_iter().zip(&BEFORE) {
        set_handler(signal, before)?;
    }
    // SAFETY: the function lies in the executable, which stays mapped.
    match unsafe { libc::atexit(at_exit) } {
        0 => Ok(()),
        _ => Err(io::Error::other("no place for a function at exit")),
    }
}

/// Gives this thread a stack for handlers of signals, for as long as the process lives.
fn give_stack() -> io::Result<()> {
    let room = Box::leak(vec![0_u8; STACK].into_boxed_slice());
    ROOM.store(room.as_mut_ptr(), Ordering::Relaxed);
    let stack = libc::stack_t {
        ss_sp: room.as_mut_ptr().cast::<c_void>(),
        ss_flags: 0,
        ss_size: room.len(),
    };
    // SAFETY: memory that nobody else uses and that is never given back.
    check(unsafe { libc::sigaltstack(&raw const stack, ptr::null_mut()) })
}

fn set_handler(signal: c_int, before: &AtomicPtr<libc::sigaction>) -> io::Result<()> {
    // SAFETY: all zero is a valid value of this type.
    let mut action: libc::sigaction = unsafe { std::mem::zeroed() };
    action.sa_sigaction = handle as *const () as usize;
    action.sa_flags = libc::SA_SIGINFO | libc::SA_ONSTACK;
    let old = Box::leak(Box::new(action));
    // SAFETY: an action whose function has the signature that its flags ask for and does only
    // what a handler may do, and a place for the old one.
    check(unsafe { libc::sigaction(signal, &raw const action, old) })?;
    before.store(old, Ordering::Release);
    Ok(())
}

fn check(returned: c_int) -> io::Result<()> {
    if returned == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

/// Writes the record. A fault of an instruction comes again when this returns, and is left to who
/// was there before, such as Rust's own word about a stack that overflowed; what was sent is sent
/// again, to end the process as it would have without us.
unsafe extern "C" fn handle(signal: c_int, info: *mut libc::siginfo_t, context: *mut c_void) {
    // SAFETY: the system passes what `SA_SIGINFO` promises.
    let (from, address) = unsafe { origin(info) };
    if from != Origin::Elsewhere {
        // SAFETY: as above.
        let instruction = unsafe { instruction(context.cast()) };
        writer::write(End::Signal { number: signal, instruction, address });
    }
    if from != Origin::Fault {
        // SAFETY: async-signal-safe.
        unsafe { libc::signal(signal, libc::SIG_DFL) };
        // SAFETY: async-signal-safe; it is delivered when this has returned.
        unsafe { libc::raise(signal) };
        return;
    }
    let at = SIGNALS.iter().position(|other| *other == signal);
    let before = at.and_then(|at| BEFORE.get(at)).map(|it| it.load(Ordering::Acquire));
    if let Some(before) = before.filter(|before| !before.is_null()) {
        // SAFETY: what `sigaction` has filled in once.
        unsafe { libc::sigaction(signal, before, ptr::null_mut()) };
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Origin {
    /// An instruction of this thread.
    Fault,
    /// A function of this process, as `abort` does it.
    Within,
    /// Another process.
    Elsewhere,
}

/// # Safety
/// `info` is what the system passes to a handler.
unsafe fn origin(info: *mut libc::siginfo_t) -> (Origin, usize) {
    // SAFETY: the caller's promise.
    let info = unsafe { &*info };
    if info.si_code > 0 {
        // SAFETY: a fault has an address.
        return (Origin::Fault, unsafe { info.si_addr() }.addr());
    }
    // SAFETY: what was sent has a sender.
    let sender = unsafe { info.si_pid() };
    // SAFETY: no argument, no effect.
    let is_ours = sender == unsafe { libc::getpid() };
    (if is_ours { Origin::Within } else { Origin::Elsewhere }, 0)
}

/// The instruction at which the thread was stopped; 0 where that is not known.
///
/// # Safety
/// `context` is what the system passes to a handler.
pub(in crate::plugins) unsafe fn instruction(context: *const libc::ucontext_t) -> usize {
    // SAFETY: the caller's promise.
    let machine = unsafe { &(*context).uc_mcontext };
    #[cfg(target_arch = "x86_64")]
    let address = machine.gregs[libc::REG_RIP as usize];
    #[cfg(target_arch = "aarch64")]
    let address = machine.pc;
    usize::try_from(address).unwrap_or(0)
}

/// The process is being ended by `exit`: in the call of a plugin, that is its doing.
extern "C" fn at_exit() {
    if duty::crashed_in().is_some() {
        writer::write(End::Exit);
    }
}
