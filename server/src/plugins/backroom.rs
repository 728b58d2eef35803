//! Owns what one generation has under way beside the calls of its handlers: tokens, timers, jobs.
#![allow(unsafe_code)]
use std::ptr;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::Duration;

use hotframe_core::{Deferrals, Moment};
use hotframe_plugin_api::abi::{hf_ask, hf_conn, hf_conn_info, hf_request, hf_timer, hf_token};

use super::answer::Answer;
use super::figures::Owed;
use super::inbox::Inbox;
use super::metrics::{Definition, Series};
use super::parcel::{Content, Parcel, To};
use super::push_table::Unsent;
use super::timers::{Rung, Timers};
use super::workers::{Declined, Job, Workers};

/// Lies beside a context, and lives as long. Open from `create` to `destroy`.
#[derive(Debug)]
pub(super) struct Backroom {
    generation: u64,
    /// The plugin wants to look up who is connected.
    wants_peers: AtomicBool,
    /// The way to the loop, while it is open.
    inbox: RwLock<Option<Arc<Inbox>>>,
    timers: Mutex<Timers>,
    /// When the first timer is due, so that who asks in every round need not lock.
    next: AtomicU64,
    workers: Workers,
}

/// The first of no timers is due at the end of time.
const NEVER: u64 = u64::MAX;

impl Backroom {
    /// That of a generation that has not come to the loop yet.
    pub fn new(generation: u64) -> Self {
        Self {
            generation,
            wants_peers: AtomicBool::new(false),
            inbox: RwLock::default(),
            timers: Mutex::default(),
            next: AtomicU64::new(NEVER),
            workers: Workers::default(),
        }
    }

    /// The instance is about to be made.
    pub fn open(&self, inbox: &Arc<Inbox>) {
        *self.inbox.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(inbox));
        if self.wants_peers() {
            inbox.want_directory(true);
        }
    }

    /// The instance is about to end, or was not made: nothing reaches it any more.
    pub fn close(&self) {
        let inbox = self.inbox.write().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(inbox) = inbox {
            inbox.forget(self.generation);
        }
        *self.timers() = Timers::default();
        self.next.store(NEVER, Ordering::Release);
        self.workers.close();
    }

    /// A handler has taken `token` for the request of that number.
    pub fn promise(&self, token: hf_token, request: u64, owed: Option<Owed>) {
        let generation = self.generation;
        let _is_open = self.with_inbox(|inbox| inbox.promise(token, generation, request, owed));
    }

    /// The number of the request behind `token`, while somebody waits for its answer.
    pub fn request_of(&self, token: hf_token) -> Option<u64> {
        self.with_inbox(|inbox| inbox.request_of(token, self.generation)).flatten()
    }

    /// A handler that has taken `token` answered otherwise.
    #[cold]
    pub fn revoke(&self, token: hf_token) {
        let _is_open = self.with_inbox(|inbox| inbox.revoke(token));
    }

    /// Nobody waits for the answer behind `token` any more; false if it has come already.
    pub fn cancel(&self, token: hf_token) -> bool {
        self.with_inbox(|inbox| inbox.cancel(token)) == Some(true)
    }

    /// Brings an answer; false if nobody waits for it.
    pub fn answer(&self, answer: Answer, on_loop: bool) -> bool {
        self.with_inbox(|inbox| inbox.answer(self.generation, answer, on_loop)) == Some(true)
    }

    /// Has the instance woken; false if there is none.
    pub fn wake(&self, on_loop: bool) -> bool {
        self.with_inbox(|inbox| inbox.wake(self.generation, on_loop)).is_some()
    }

    /// The plugin wants to look up who is connected, now or when its instance is made.
    pub fn want_peers(&self, on_loop: bool) {
        self.wants_peers.store(true, Ordering::Release);
        let _is_open = self.with_inbox(|inbox| inbox.want_directory(on_loop));
    }

    /// Whether the plugin wants that.
    pub fn wants_peers(&self) -> bool {
        self.wants_peers.load(Ordering::Acquire)
    }

    /// The series of a definition of `plugin`: one that is there, or a new one. Where there is no
    /// instance it is shown nowhere.
    pub fn series(&self, plugin: &str, definition: Definition) -> Arc<Series> {
        let inbox = self.inbox.read().unwrap_or_else(PoisonError::into_inner);
        match &*inbox {
            Some(inbox) => inbox.metrics().series(plugin, definition),
            None => Arc::new(Series::new(definition)),
        }
    }

    /// A number for a request to a peer; `None` if there is no instance.
    pub fn next_ask(&self) -> Option<hf_ask> {
        self.with_inbox(|inbox| inbox.next_ask())
    }

    /// What is known of a connection.
    pub fn conn_info(&self, conn: hf_conn) -> Option<hf_conn_info> {
        self.with_inbox(|inbox| inbox.directory().info(conn))?
    }

    /// Gives the loop something for a peer.
    pub fn send(&self, to: To, content: Content, on_loop: bool) -> Result<(), Unsent> {
        let sent = self.with_inbox(|inbox| {
            let directory = inbox.directory();
            match to {
                To::Connection(conn) if directory.is_kept() && !directory.knows(conn) => {
                    return Err(Unsent::Gone);
                }
                _ => {}
            }
            let parcel = Parcel { generation: self.generation, to, content };
            if inbox.send(parcel, on_loop) { Ok(()) } else { Err(Unsent::Full) }
        });
        sent.unwrap_or(Err(Unsent::Closed))
    }

    /// Gives a job to a worker.
    pub fn run(&self, job: Job) -> Result<(), Declined> {
        let taken = self.with_inbox(|inbox| self.workers.take(job, self.generation, inbox));
        taken.unwrap_or(Err(Declined::Closed))
    }

    /// Starts a timer; 0 if too many run or there is no instance.
    pub fn start_timer(
        &self,
        now: Moment,
        delay: Duration,
        period: Option<Duration>,
        user: u64,
    ) -> hf_timer {
        let started = |_: &Arc<Inbox>| {
            let mut timers = self.timers();
            let timer = timers.start(now, delay, period, user);
            self.note_next(&timers);
            timer
        };
        self.with_inbox(started).unwrap_or(0)
    }

    /// Ends a timer; false if it does not run.
    pub fn stop_timer(&self, timer: hf_timer) -> bool {
        let mut timers = self.timers();
        let stopped = timers.stop(timer);
        self.note_next(&timers);
        stopped
    }

    /// When the first timer is due.
    pub fn next_timer(&self) -> Option<Moment> {
        let next = self.next.load(Ordering::Acquire);
        (next != NEVER).then(|| Moment::from_nanos(next))
    }

    /// Takes the first timer that is due by `now`.
    pub fn pop_timer(&self, now: Moment) -> Option<Rung> {
        self.next_timer().filter(|next| *next <= now)?;
        let mut timers = self.timers();
        let rung = timers.pop(now);
        self.note_next(&timers);
        rung
    }

    /// The jobs of the generation.
    pub const fn workers(&self) -> &Workers {
        &self.workers
    }

    fn note_next(&self, timers: &Timers) {
        self.next.store(timers.next().map_or(NEVER, Moment::as_nanos), Ordering::Release);
    }

    fn timers(&self) -> MutexGuard<'_, Timers> {
        self.timers.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn with_inbox<R>(&self, call: impl FnOnce(&Arc<Inbox>) -> R) -> Option<R> {
        self.inbox.read().unwrap_or_else(PoisonError::into_inner).as_ref().map(call)
    }
}

/// What a handler is lent for its call: the request, and the way to put it off.
#[derive(Debug)]
pub(super) struct Lent {
    /// What the handler sees.
    pub asked: hf_request,
    deferrals: *mut Deferrals<'static>,
}

impl Lent {
    /// Nothing else may use `deferrals` until the call is over.
    #[inline]
    pub fn new(asked: hf_request, deferrals: &mut Deferrals<'_>) -> Self {
        // The lifetime is cut off here; `Context::lent` gives access during the call only.
        Self { asked, deferrals: ptr::from_mut(deferrals).cast() }
    }

    /// Takes the token for the request; 0 if there is none.
    ///
    /// # Safety
    /// What this was made of is still borrowed for it: the call of the handler is not over.
    pub unsafe fn defer(&self, timeout: Option<Duration>) -> hf_token {
        // SAFETY: the caller's promise; only the loop thread comes here, so that nobody else
        // has a reference.
        let deferrals = unsafe { &mut *self.deferrals };
        deferrals.defer(timeout).map_or(0, hotframe_core::Token::to_bits)
    }
}
