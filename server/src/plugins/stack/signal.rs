//! Owns the signal by which a thread that computes tells where it is. Its handler takes no lock and
//! no memory, and the thread goes on where it was.
#![allow(unsafe_code)]
use std::ffi::{c_int, c_void};
use std::io;
use std::mem::{MaybeUninit, zeroed};
use std::ptr;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use super::{Sight, WORDS};
use crate::plugins::crash::instruction;

/// So long an answer is waited for; it comes when the thread next runs.
const PATIENCE: Duration = Duration::from_millis(500);

/// More than a plugin uses of the stack, and less than lies between two.
const ROOM: usize = 1 << 20;

/// Where the stack of the loop's thread ends; 0 until the handler is installed.
static STACK_END: AtomicUsize = AtomicUsize::new(0);
/// Somebody waits for an answer.
static IS_ASKED: AtomicBool = AtomicBool::new(false);
/// The answer is there.
static IS_TOLD: AtomicBool = AtomicBool::new(false);
static INSTRUCTION: AtomicUsize = AtomicUsize::new(0);
static COUNT: AtomicUsize = AtomicUsize::new(0);
static STACK: [AtomicUsize; WORDS] = [const { AtomicUsize::new(0) }; WORDS];

/// Lets the calling thread, the loop's, be asked where it is. To be called once.
///
/// # Errors
/// The system does not take the handler, or does not tell where the stack is.
pub fn install() -> io::Result<()> {
    STACK_END.store(stack_end()?, Ordering::Relaxed);
    // SAFETY: all zero is a valid value of this type.
    let mut action: libc::sigaction = unsafe { zeroed() };
    action.sa_sigaction = tell as *const () as usize;
    action.sa_flags = libc::SA_SIGINFO | libc::SA_ONSTACK | libc::SA_RESTART;
    // SAFETY: an action whose function has the signature that its flags ask for and does only
    // what a handler may do.
    check(unsafe { libc::sigaction(number(), &raw const action, ptr::null_mut()) })
}

/// Asks a thread that computes where it is; `None` if it does not answer.
pub(super) fn ask(thread: i32) -> Option<Sight> {
    if STACK_END.load(Ordering::Relaxed) == 0 {
        return None;
    }
    IS_TOLD.store(false, Ordering::Relaxed);
    IS_ASKED.store(true, Ordering::Release);
    // SAFETY: no argument, no effect.
    let process = unsafe { libc::getpid() };
    // SAFETY: sends a signal that has a handler to a thread of this process.
    let sent = unsafe { libc::syscall(libc::SYS_tgkill, process, thread, number()) };
    let until = Instant::now() + PATIENCE;
    while sent == 0 && !IS_TOLD.load(Ordering::Acquire) && Instant::now() < until {
        thread::park_timeout(Duration::from_millis(1));
    }
    // From here on the handler leaves the answer alone.
    let was_told = !IS_ASKED.swap(false, Ordering::AcqRel) && IS_TOLD.load(Ordering::Acquire);
    was_told.then(|| {
        let count = COUNT.load(Ordering::Relaxed);
        let words = STACK.iter().take(count).map(|word| word.load(Ordering::Relaxed)).collect();
        Sight { instruction: INSTRUCTION.load(Ordering::Relaxed), words }
    })
}

/// One that no library uses by convention.
fn number() -> c_int {
    libc::SIGRTMIN() + 9
}

unsafe extern "C" fn tell(_: c_int, _: *mut libc::siginfo_t, context: *mut c_void) {
    if !IS_ASKED.swap(false, Ordering::AcqRel) {
        return;
    }
    let context = context.cast::<libc::ucontext_t>();
    // SAFETY: the system passes the context of the thread that it interrupts.
    INSTRUCTION.store(unsafe { instruction(context) }, Ordering::Relaxed);
    // SAFETY: as above.
    let top = unsafe { stack_top(context) };
    let end = STACK_END.load(Ordering::Relaxed);
    let mut count = 0;
    // Else it runs on another stack than its own.
    if top.is_multiple_of(size_of::<usize>()) && (end.saturating_sub(ROOM)..end).contains(&top) {
        for (at, place) in (top..end).step_by(size_of::<usize>()).zip(&STACK) {
            // SAFETY: between the top and the end of this very thread's stack, which is mapped.
            let word = unsafe { ptr::with_exposed_provenance::<usize>(at).read_volatile() };
            place.store(word, Ordering::Relaxed);
            count += 1;
        }
    }
    COUNT.store(count, Ordering::Relaxed);
    IS_TOLD.store(true, Ordering::Release);
}

/// The end of the calling thread's stack: the first address behind it.
fn stack_end() -> io::Result<usize> {
    let mut attributes = MaybeUninit::<libc::pthread_attr_t>::uninit();
    // SAFETY: it asks for nothing.
    let this = unsafe { libc::pthread_self() };
    // SAFETY: the calling thread, and a place for its attributes.
    let failed = unsafe { libc::pthread_getattr_np(this, attributes.as_mut_ptr()) };
    if failed != 0 {
        return Err(io::Error::from_raw_os_error(failed));
    }
    let (mut start, mut size) = (ptr::null_mut(), 0);
    let attributes = attributes.as_mut_ptr();
    // SAFETY: filled in above.
    let failed = unsafe { libc::pthread_attr_getstack(attributes, &raw mut start, &raw mut size) };
    // SAFETY: as above, and not used afterwards.
    let _is_freed = unsafe { libc::pthread_attr_destroy(attributes) };
    match failed {
        0 => Ok(start.addr().saturating_add(size)),
        _ => Err(io::Error::from_raw_os_error(failed)),
    }
}

/// The top of the stack of the thread that was stopped; 0 where that is not known.
///
/// # Safety
/// `context` is what the system passes to a handler.
unsafe fn stack_top(context: *const libc::ucontext_t) -> usize {
    // SAFETY: the caller's promise.
    let machine = unsafe { &(*context).uc_mcontext };
    #[cfg(target_arch = "x86_64")]
    let address = machine.gregs[libc::REG_RSP as usize];
    #[cfg(target_arch = "aarch64")]
    let address = machine.sp;
    usize::try_from(address).unwrap_or(0)
}

fn check(returned: c_int) -> io::Result<()> {
    if returned == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}
