//! The functions that the test host offers, and what they record.

use core::cell::RefCell;
use core::ffi::c_void;
use core::ptr;
use std::panic;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, Once, PoisonError, Weak};
use std::thread::{self, ThreadId};
use std::time::Instant;

use super::later::{self, Later};
use super::metrics::{self, Metrics};
use super::peers::{self, Peers};
use super::trace::TRACE;
use crate::Level;
use crate::abi::{
    HF_ABI_MAJOR, HF_ABI_MINOR, HF_HOST_SIZE, HF_INVALID, HF_LOG_DEBUG, HF_LOG_ERROR, HF_LOG_INFO,
    HF_LOG_WARN, HF_METRICS, HF_OK, HF_PUSH, HF_TRACE, HF_WRONG_THREAD, hf_host, hf_str,
};
use crate::export::describe;

/// One line that a plugin logged.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LogLine {
    /// How much it matters.
    pub level: Level,
    /// What it says.
    pub text: String,
}

/// What `hf_host.context` of a test host points at.
#[derive(Debug)]
pub(super) struct Context {
    started: Instant,
    loop_thread: ThreadId,
    log: Mutex<Vec<LogLine>>,
    error: Mutex<Option<(u16, String)>>,
    /// How far the test has moved the clock, in nanoseconds.
    ahead: AtomicU64,
    /// What is under way beside the calls of handlers.
    pub(super) later: Later,
    /// The figures of the plugin.
    pub(super) metrics: Metrics,
    /// Who is connected, and what was pushed.
    pub(super) peers: Peers,
    own: Weak<Self>,
}

thread_local! {
    /// Whose plugin runs on this thread just now: its panics are not the test's.
    static RUNNING: RefCell<Option<Arc<Context>>> = const { RefCell::new(None) };
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Context {
    pub(super) fn new() -> Arc<Self> {
        report_panics();
        Arc::new_cyclic(|own| Self {
            started: Instant::now(),
            loop_thread: thread::current().id(),
            log: Mutex::default(),
            error: Mutex::default(),
            ahead: AtomicU64::new(0),
            later: Later::default(),
            metrics: Metrics::default(),
            peers: Peers::default(),
            own: own.clone(),
        })
    }

    /// The table. It may be used as long as this context lives.
    pub(super) fn table(self: &Arc<Self>) -> hf_host {
        hf_host {
            size: HF_HOST_SIZE,
            abi_major: HF_ABI_MAJOR,
            abi_minor: HF_ABI_MINOR,
            context: Arc::as_ptr(self).cast_mut().cast(),
            log,
            log_enabled,
            set_error,
            now_ns,
            is_loop_thread,
            extension,
            defer: later::defer,
            complete: later::complete,
            timer_start: later::timer_start,
            timer_stop: later::timer_stop,
            wake: later::wake,
            run_blocking: later::run_blocking,
        }
    }

    /// For a thread that outlives the call.
    pub(super) fn share(&self) -> Arc<Self> {
        self.own.upgrade().expect("who has a reference has it from an `Arc`")
    }

    pub(super) fn is_on_loop(&self) -> bool {
        thread::current().id() == self.loop_thread
    }

    /// Moves the clock to `moment`, if that is still to come.
    pub(super) fn move_to(&self, moment: u64) {
        let left = moment.saturating_sub(self.now_ns());
        self.ahead.fetch_add(left, Ordering::Relaxed);
    }

    /// Runs code of the plugin, whose panics are logged instead of printed.
    pub(super) fn run<R>(self: &Arc<Self>, call: impl FnOnce() -> R) -> R {
        let before = RUNNING.replace(Some(Arc::clone(self)));
        let returned = call();
        RUNNING.set(before);
        returned
    }

    pub(super) fn log(&self) -> Vec<LogLine> {
        lock(&self.log).clone()
    }

    pub(super) fn take_error(&self) -> Option<(u16, String)> {
        lock(&self.error).take()
    }

    pub(super) fn now_ns(&self) -> u64 {
        // Never zero, which would mean "none" in a deadline.
        let elapsed = u64::try_from(self.started.elapsed().as_nanos()).unwrap_or(u64::MAX);
        elapsed.saturating_add(self.ahead.load(Ordering::Relaxed)).saturating_add(1)
    }

    pub(super) fn push(&self, level: Level, text: String) {
        lock(&self.log).push(LogLine { level, text });
    }
}

/// Sends panics of running plugins to their log; all others go where they went before.
fn report_panics() {
    static INSTALL: Once = Once::new();
    INSTALL.call_once(|| {
        let before = panic::take_hook();
        panic::set_hook(Box::new(move |info| match RUNNING.with_borrow(Clone::clone) {
            Some(context) => context.push(Level::Error, describe(info)),
            None => before(info),
        }));
    });
}

/// The context of a test host.
///
/// # Safety
/// `host` is the table of a test host that is alive for `'a`.
pub(super) unsafe fn context_of<'a>(host: *const hf_host) -> &'a Context {
    // SAFETY: the caller vouches for the table.
    let context = unsafe { (*host).context };
    // SAFETY: `Context::table` made it, and the context lives as long as the table.
    unsafe { &*context.cast::<Context>() }
}

/// A copy of a text that a plugin passes.
///
/// # Safety
/// The text may be read.
pub(super) unsafe fn copied(text: hf_str) -> String {
    // SAFETY: the caller vouches for it; it is copied before it can go.
    String::from_utf8_lossy(unsafe { text.as_slice() }).into_owned()
}

/// The level of that number.
pub(super) const fn level_of(level: u32) -> Level {
    match level {
        HF_LOG_ERROR => Level::Error,
        HF_LOG_WARN => Level::Warn,
        HF_LOG_INFO => Level::Info,
        HF_LOG_DEBUG => Level::Debug,
        _ => Level::Trace,
    }
}

unsafe extern "C" fn log(host: *const hf_host, level: u32, text: hf_str) {
    // SAFETY: the plugin passes its host.
    let context = unsafe { context_of(host) };
    // SAFETY: the plugin lends the text for this call.
    context.push(level_of(level), unsafe { copied(text) });
}

unsafe extern "C" fn log_enabled(_: *const hf_host, _: u32) -> i32 {
    1
}

unsafe extern "C" fn set_error(host: *const hf_host, code: u32, text: hf_str) -> i32 {
    // SAFETY: the plugin passes its host.
    let context = unsafe { context_of(host) };
    if !context.is_on_loop() {
        return HF_WRONG_THREAD;
    }
    let code = match u16::try_from(code) {
        Ok(code @ (0 | 1100..=1999 | 2100..=2999)) => code,
        _ => return HF_INVALID,
    };
    // SAFETY: the plugin lends the text for this call.
    *lock(&context.error) = Some((code, unsafe { copied(text) }));
    HF_OK
}

unsafe extern "C" fn now_ns(host: *const hf_host) -> u64 {
    // SAFETY: the plugin passes its host.
    unsafe { context_of(host) }.now_ns()
}

unsafe extern "C" fn is_loop_thread(host: *const hf_host) -> i32 {
    // SAFETY: the plugin passes its host.
    i32::from(unsafe { context_of(host) }.is_on_loop())
}

unsafe extern "C" fn extension(_: *const hf_host, id: hf_str) -> *const c_void {
    // SAFETY: the plugin lends the text for this call.
    match unsafe { id.as_slice() } {
        id if id == HF_METRICS.as_bytes() => (&raw const metrics::TABLE).cast(),
        id if id == HF_PUSH.as_bytes() => (&raw const peers::TABLE).cast(),
        id if id == HF_TRACE.as_bytes() => ptr::from_ref(&TRACE).cast(),
        _ => ptr::null(),
    }
}
