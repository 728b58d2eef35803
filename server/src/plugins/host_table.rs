//! Owns the table of functions that the host offers to one generation of a plugin.
//!
//! The plugin calls these, from any thread where the header says so, with whatever it passes:
//! every argument is checked, and nothing unwinds into the plugin.
#![allow(unsafe_code)]
use std::cell::{Cell, UnsafeCell};
use std::ptr::{self, NonNull};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use hotframe_plugin_api::abi::{
    HF_ABI_MAJOR, HF_ABI_MINOR, HF_INVALID, HF_OK, HF_WRONG_THREAD, hf_host, hf_str, table_size,
};

use super::backroom::{Backroom, Lent};
use super::inbox::Inbox;
use super::metrics::Own;
use super::{extensions, lines, services};

/// The longest text of an error that is kept: what fits behind the code in a reply.
const MAX_ERROR: usize = 253;
/// Stands for `create` where a request's number stands else, which is never 0.
pub(super) const CREATE: u64 = 0;
/// No request has that number either.
const NOBODY: u64 = u64::MAX;

/// The boxed table of one generation, at an address that stays.
#[derive(Debug)]
pub(super) struct HostTable(NonNull<Context>);

// SAFETY: the pointer owns its context as a box would. All of the context may be shared between
// threads but `said`, `lent` and the counters, which are touched on the loop thread only.
unsafe impl Send for HostTable {}

/// What the functions of the table find behind `context`.
#[derive(Debug)]
pub(super) struct Context {
    table: hf_host,
    /// Under which its lines stand in the log.
    pub(super) target: String,
    pub(super) plugin: String,
    pub(super) generation: u64,
    start: Instant,
    /// What goes on beside the calls of handlers.
    pub(super) backroom: Backroom,
    /// The figures that it has defined.
    metrics: Own,
    /// The request that a handler is answering just now; else null.
    lent: Cell<*const Lent>,
    /// Mark of the loop thread; 0 until the generation has come to it.
    loop_thread: AtomicUsize,
    said: UnsafeCell<Said>,
    /// The request in whose call it was said.
    said_for: Cell<u64>,
    faults: Cell<u64>,
}

/// What `set_error` was last told.
#[derive(Debug)]
struct Said {
    code: u16,
    len: usize,
    text: [u8; MAX_ERROR],
}

impl HostTable {
    /// A table for the generation with that number of `plugin`; `start` is the moment that the
    /// loop's clock counts from.
    pub fn new(plugin: &str, generation: u64, start: Instant) -> Self {
        let table = hf_host {
            size: table_size::<hf_host>(),
            abi_major: HF_ABI_MAJOR,
            abi_minor: HF_ABI_MINOR,
            context: ptr::null_mut(),
            log: lines::write_log,
            log_enabled: lines::log_enabled,
            set_error,
            now_ns,
            is_loop_thread,
            extension: extensions::find,
            defer: services::defer,
            complete: services::complete,
            timer_start: services::timer_start,
            timer_stop: services::timer_stop,
            wake: services::wake,
            run_blocking: services::run_blocking,
        };
        let context = Context {
            table,
            target: format!("plugin::{plugin}"),
            plugin: plugin.to_owned(),
            generation,
            start,
            backroom: Backroom::new(generation),
            metrics: Own::default(),
            lent: Cell::new(ptr::null()),
            loop_thread: AtomicUsize::new(0),
            said: UnsafeCell::new(Said { code: 0, len: 0, text: [0; MAX_ERROR] }),
            said_for: Cell::new(NOBODY),
            faults: Cell::new(0),
        };
        let context = NonNull::from(Box::leak(Box::new(context)));
        // SAFETY: the box was just made and nobody else knows of it.
        unsafe { (*context.as_ptr()).table.context = context.as_ptr().cast() };
        Self(context)
    }

    /// The way to the context, for as long as this table lives.
    pub fn context(&self) -> ContextRef {
        ContextRef(self.0)
    }
}

impl Drop for HostTable {
    fn drop(&mut self) {
        // SAFETY: made by `Box::leak` in `new` and given back once. The owner drops the table
        // only after the library, and with it all code that could call it, was unmapped.
        drop(unsafe { Box::from_raw(self.0.as_ptr()) });
    }
}

/// The loop thread's way to the context of a generation. Whoever holds one holds the
/// [`HostTable`] too, for at least as long.
#[derive(Debug, Clone, Copy)]
pub(super) struct ContextRef(NonNull<Context>);

impl ContextRef {
    fn context(&self) -> &Context {
        // SAFETY: see the type: the table, and so the context, outlives this.
        unsafe { self.0.as_ref() }
    }

    /// What the plugin is given.
    pub fn table(self) -> *const hf_host {
        &raw const self.context().table
    }

    /// Makes the calling thread the generation's loop thread, and `inbox` where it leaves things
    /// for that.
    pub fn adopt(self, inbox: &Arc<Inbox>) {
        self.context().loop_thread.store(thread_mark(), Ordering::Release);
        self.context().backroom.open(inbox);
    }

    /// Runs `call`, the call of a handler; meanwhile what is `lent` to it may be deferred.
    #[inline]
    pub fn lend<R>(self, lent: &Lent, call: impl FnOnce() -> R) -> R {
        let place = &self.context().lent;
        place.set(lent);
        let returned = call();
        place.set(ptr::null());
        returned
    }

    /// What goes on beside the calls of handlers.
    pub fn backroom(&self) -> &Backroom {
        &self.context().backroom
    }

    /// What the plugin said its error is during the call for that request, which just ended, or
    /// during [`CREATE`]; as code (0: none of its own) and text.
    pub fn take_error(self, request: u64, read: impl FnOnce(u16, &str)) -> bool {
        let context = self.context();
        if context.said_for.replace(NOBODY) != request {
            return false;
        }
        // SAFETY: `said` is written by `set_error` only, which runs on the loop thread, as this
        // does, and inside a call into the plugin, as this does not.
        let said = unsafe { &*context.said.get() };
        let text = said.text.get(..said.len).unwrap_or_default();
        read(said.code, &String::from_utf8_lossy(text));
        true
    }

    /// Counts a breach of the contract by the plugin.
    pub fn count_fault(self) {
        let faults = &self.context().faults;
        faults.set(faults.get().saturating_add(1));
    }

    /// Breaches of the contract so far.
    pub fn faults(self) -> u64 {
        self.context().faults.get()
    }
}

impl Context {
    /// Whether the calling thread is the generation's loop thread.
    pub(super) fn is_on_loop(&self) -> bool {
        self.loop_thread.load(Ordering::Acquire) == thread_mark()
    }

    /// What the running handler was lent. Only on the loop thread, inside a call of the plugin.
    pub(super) fn lent(&self) -> Option<&Lent> {
        // SAFETY: null, or what `lend` borrows for as long as the pointer stands here.
        unsafe { self.lent.get().as_ref() }
    }

    /// What the handler was lent that runs on this thread, if one does.
    pub(super) fn lent_here(&self) -> Option<&Lent> {
        if self.is_on_loop() { self.lent() } else { None }
    }

    /// The figures that the generation has defined.
    pub(super) const fn metrics(&self) -> &Own {
        &self.metrics
    }

    /// The plugin's name.
    pub(super) fn plugin(&self) -> &str {
        &self.plugin
    }

    /// The moment now, on the loop's clock.
    pub(super) fn now(&self) -> u64 {
        u64::try_from(self.start.elapsed().as_nanos()).unwrap_or(u64::MAX)
    }
}

/// A mark that no other living thread has.
fn thread_mark() -> usize {
    thread_local!(static MARK: u8 = const { 0 });
    MARK.with(|mark| ptr::from_ref(mark).addr())
}

/// The context behind a table that a plugin passes back.
///
/// # Safety
/// `host` is null or a table of [`HostTable`] that was not dropped.
pub(super) unsafe fn context<'a>(host: *const hf_host) -> Option<&'a Context> {
    // SAFETY: the caller's promise.
    let host = unsafe { host.as_ref() }?;
    // SAFETY: `new` set the pointer to the box that the table itself lies in, so that it lives
    // as long as the table; a plugin only has const access to it.
    unsafe { host.context.cast::<Context>().as_ref() }
}

unsafe extern "C" fn set_error(host: *const hf_host, code: u32, text: hf_str) -> i32 {
    // SAFETY: the header asks the plugin to pass the table that it was given.
    let Some(context) = (unsafe { context(host) }) else {
        return HF_INVALID;
    };
    if !context.is_on_loop() {
        return HF_WRONG_THREAD;
    }
    let code = match u16::try_from(code) {
        Ok(code @ (0 | 1100..=1999 | 2100..=2999)) => code,
        _ => return HF_INVALID,
    };
    // SAFETY: as in `set_error`.
    let text = unsafe { text.as_slice() };
    // SAFETY: on the loop thread, inside a call into the plugin: nobody reads it meanwhile, and
    // `text` cannot lie in it, because no plugin knows where it is.
    let said = unsafe { &mut *context.said.get() };
    let kept = text.get(..MAX_ERROR).unwrap_or(text);
    said.code = code;
    said.len = kept.len();
    for (place, byte) in said.text.iter_mut().zip(kept) {
        *place = *byte;
    }
    context.said_for.set(context.lent().map_or(CREATE, |lent| lent.asked.request_id));
    HF_OK
}

unsafe extern "C" fn now_ns(host: *const hf_host) -> u64 {
    // SAFETY: as in `set_error`.
    unsafe { context(host) }.map_or(0, Context::now)
}

unsafe extern "C" fn is_loop_thread(host: *const hf_host) -> i32 {
    // SAFETY: as in `set_error`.
    i32::from(unsafe { context(host) }.is_some_and(Context::is_on_loop))
}
