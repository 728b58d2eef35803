//! Owns the word for whose code runs just now, for whoever has to name a culprit: the record of a
//! crash, and the watchdog.
//!
//! On the loop thread one pointer says what was begun last: the path of a frame costs one plain
//! store for it. The loop takes it away when a connection's turn is over ([`rest`]), not each call
//! when it returns. On other threads a thread-local says for which generation they work.
#![allow(unsafe_code)]
mod badge;
mod roll;

use std::cell::Cell;
use std::ptr;
use std::sync::atomic::{AtomicI32, AtomicPtr, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

pub(super) use self::badge::{Badge, BadgeRef, Badged};
pub(super) use self::roll::owner_of;
use super::figures::HandlerFigures;

/// What the loop has begun last.
static ON_LOOP: AtomicPtr<Duty> = AtomicPtr::new(ptr::null_mut());
/// The number of the loop's thread, as the kernel has it.
static LOOP_THREAD: AtomicI32 = AtomicI32::new(0);
/// Held by who frees a badge, and by other threads that follow the pointer.
static GATE: Mutex<()> = Mutex::new(());

thread_local! {
    /// What this thread, which is not the loop's, does, and for which generation; 0: for none.
    static ASIDE: Cell<(u64, Act)> = const { Cell::new((0, Act::Job)) };
}

/// What of a plugin is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Act {
    Load,
    Create,
    Handler,
    Judge,
    Cancel,
    Timer,
    Wake,
    Job,
    Thread,
    FollowUp,
    Step,
    Save,
    LoadState,
    Connection,
    Session,
    PeerAnswer,
    PushRefused,
    Measure,
    Destroy,
    Unload,
}

/// One thing that a generation is called for on the loop. Lies in its badge.
#[derive(Debug)]
pub(super) struct Duty {
    pub act: Act,
    /// The name of the handler, with that of its plugin; else empty.
    pub handler: Box<str>,
    /// Those of the handler, once it may be called.
    figures: OnceLock<Arc<HandlerFigures>>,
    /// Where it lies.
    badge: BadgeRef,
}

/// Who runs, for a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OnDuty {
    /// The plugin.
    pub plugin: String,
    /// Which of its generations.
    pub generation: u64,
    /// What of it: a handler by its name, or another of its functions.
    pub what: String,
}

impl Act {
    /// The word for it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Load => "its constructors or its entry function",
            Self::Create => "create",
            Self::Handler => "a handler",
            Self::Judge => "judge",
            Self::Cancel => "cancel",
            Self::Timer => "on_timer",
            Self::Wake => "on_wake",
            Self::Job => "a job",
            Self::Thread => "a thread of its own",
            Self::FollowUp => "the end of a job",
            Self::Step => "a step of its lifecycle",
            Self::Save => "save_state",
            Self::LoadState => "load_state",
            Self::Connection => "on_connection",
            Self::Session => "on_session",
            Self::PeerAnswer => "on_answer",
            Self::PushRefused => "on_push_refused",
            Self::Measure => "the figure of its heap",
            Self::Destroy => "destroy",
            Self::Unload => "its destructors",
        }
    }
}

impl Duty {
    /// It begins, on the loop thread.
    #[inline]
    pub fn begin(&self) {
        ON_LOOP.store(ptr::from_ref(self).cast_mut(), Ordering::Relaxed);
    }

    /// Runs `call`, on the loop thread, as this.
    pub fn during<R>(&self, call: impl FnOnce() -> R) -> R {
        self.begin();
        let returned = call();
        rest();
        returned
    }

    /// The handler has these figures. To be called once, before it is.
    pub fn set_figures(&self, figures: &Arc<HandlerFigures>) {
        if self.act == Act::Handler {
            let _is_first = self.figures.set(Arc::clone(figures));
        }
    }

    /// The figures of the handler.
    pub fn figures(&self) -> Option<&Arc<HandlerFigures>> {
        self.figures.get()
    }

    /// Plugin and generation.
    pub fn whose(&self) -> (&str, u64) {
        let badge = self.badge.badge();
        (&badge.plugin, badge.generation)
    }

    fn what(&self) -> &str {
        if self.act == Act::Handler { &self.handler } else { self.act.name() }
    }
}

/// No plugin is called any more, on the loop thread.
#[inline]
pub fn rest() {
    ON_LOOP.store(ptr::null_mut(), Ordering::Relaxed);
}

/// The figures of the handler that runs, for whoever it calls on the loop thread.
pub(super) fn running_figures() -> Option<Arc<HandlerFigures>> {
    // SAFETY: null, or what this thread, the loop's, has begun last: its badge lives while it runs.
    let duty = unsafe { ON_LOOP.load(Ordering::Relaxed).as_ref() }?;
    duty.figures().cloned()
}

/// Runs `work`, for that generation, on this thread, which is not the loop's.
pub(super) fn aside<R>(generation: u64, act: Act, work: impl FnOnce() -> R) -> R {
    ASIDE.with(|aside| {
        let before = aside.replace((generation, act));
        let returned = work();
        aside.set(before);
        returned
    })
}

/// The calling thread, which a library of that generation has started, works for it until it ends.
pub(super) fn belong(generation: u64) {
    ASIDE.with(|aside| aside.set((generation, Act::Thread)));
}

/// The generation that the calling thread works for just now.
pub(super) fn working_for() -> Option<u64> {
    let (generation, _) = ASIDE.with(Cell::get);
    if generation != 0 {
        return Some(generation);
    }
    if this_thread() != LOOP_THREAD.load(Ordering::Relaxed) {
        return None;
    }
    // SAFETY: null, or what this thread has begun last; its badge was not freed since, because
    // that takes the pointer away.
    let duty = unsafe { ON_LOOP.load(Ordering::Relaxed).as_ref() }?;
    Some(duty.badge.badge().generation)
}

/// The calling thread is the loop's from now on. The number that it has with the kernel.
pub fn note_loop_thread() -> i32 {
    let thread = this_thread();
    LOOP_THREAD.store(thread, Ordering::Relaxed);
    thread
}

/// What of a plugin the loop thread is in just now. For any other thread.
pub fn on_duty() -> Option<OnDuty> {
    let _held = GATE.lock().unwrap_or_else(PoisonError::into_inner);
    // SAFETY: null, or a duty of a badge that is not freed while the gate is held.
    let duty = unsafe { ON_LOOP.load(Ordering::Relaxed).as_ref() }?;
    let badge = duty.badge.badge();
    let what = duty.what().to_owned();
    Some(OnDuty { plugin: badge.plugin.clone(), generation: badge.generation, what })
}

/// What the loop thread is in, for a thread that ends the process right away: nobody frees
/// anything from here on.
pub(super) fn held_by<'a>() -> Option<(&'a Badge, &'a str)> {
    std::mem::forget(GATE.lock().unwrap_or_else(PoisonError::into_inner));
    // SAFETY: null, or a duty of a badge that is not freed, for the gate stays shut.
    let duty = unsafe { ON_LOOP.load(Ordering::Relaxed).as_ref() }?;
    Some((duty.badge.badge(), duty.what()))
}

/// Whose code the calling thread is in, and what of it. Async-signal-safe: takes no lock. Only to
/// be called on a thread that does not go on.
pub(super) fn crashed_in<'a>() -> Option<(&'a Badge, &'a str)> {
    let (generation, act) = ASIDE.with(Cell::get);
    if generation != 0 {
        return Some((roll::badge_of(generation)?, act.name()));
    }
    if this_thread() != LOOP_THREAD.load(Ordering::Relaxed) {
        return None;
    }
    // SAFETY: null, or what this thread has begun last; its badge was not freed since, because
    // that takes the pointer away.
    let duty = unsafe { ON_LOOP.load(Ordering::Relaxed).as_ref() }?;
    Some((duty.badge.badge(), duty.what()))
}

fn this_thread() -> i32 {
    // SAFETY: no argument, no effect; async-signal-safe.
    unsafe { libc::gettid() }
}
