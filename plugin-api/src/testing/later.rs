//! What a plugin has under way in a test: its tokens, timers, wakes and jobs, on a clock that the
//! test may move.

use core::ffi::c_void;
use core::time::Duration;
use std::collections::BTreeMap;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use super::Answer;
use super::context::{Context, context_of};
use crate::abi::{
    HF_INVALID, HF_MAX_DATA, HF_OK, HF_REPLY, HF_STALE, HF_TOO_LARGE, HF_WRONG_THREAD, hf_bytes,
    hf_done_fn, hf_host, hf_job_fn, hf_request, hf_timer, hf_token,
};

/// Longer than any job of a unit test takes.
const PATIENCE: Duration = Duration::from_secs(20);
/// As on a server, in nanoseconds.
const SHORTEST_PERIOD: u64 = 1_000_000;
/// The kind bits of a reply, in place of a request's or an event's.
const REPLY: u16 = 0x8000;

/// All of it, shared with the threads of the plugin.
#[derive(Debug, Default)]
pub(super) struct Later {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
pub(super) struct State {
    /// The address of the request that a handler is answering, 0 for none, and its number.
    pub(super) lent: usize,
    pub(super) number: u64,
    /// The token that was taken for it; 0 for none.
    taken: hf_token,
    pub(super) newest: u64,
    pub(super) good: BTreeMap<hf_token, Promise>,
    answers: BTreeMap<hf_token, Answer>,
    /// By when they are due: period (0: once) and what is handed back.
    timers: BTreeMap<(u64, hf_timer), (u64, u64)>,
    /// Tokens that were another's before.
    pub(super) adopted: Vec<hf_token>,
    woken: bool,
    /// Jobs that run.
    running: usize,
    ended: Vec<Ended>,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Promise {
    pub(super) address: u8,
    pub(super) command: u16,
    pub(super) deadline: u64,
    pub(super) number: u64,
}

#[derive(Debug)]
struct Ended {
    done: Option<hf_done_fn>,
    arg: Opaque,
}

/// A pointer that is only handed back.
#[derive(Clone, Copy, Debug)]
struct Opaque(*mut c_void);

// SAFETY: it is the plugin's own, which means it for another thread.
unsafe impl Send for Opaque {}

/// What is to be told to the plugin next.
pub(super) enum Due {
    Timer(hf_timer, u64),
    Cancel(hf_token),
    Wake,
    Done(hf_done_fn, *mut c_void),
}

impl Later {
    /// A handler is about to answer `request`; `None`: it has returned.
    pub(super) fn lend(&self, request: Option<&hf_request>) {
        let mut state = self.lock();
        state.lent = request.map_or(0, |request| core::ptr::from_ref(request).addr());
        state.number = request.map_or(0, |request| request.request_id);
        state.taken = 0;
    }

    /// The token that the running handler has taken, if it is to be `kept`; else it is void.
    pub(super) fn taken(&self, kept: bool) -> Option<hf_token> {
        let mut state = self.lock();
        let taken = state.taken;
        if !kept {
            state.good.remove(&taken);
            state.answers.remove(&taken);
        }
        Some(taken).filter(|taken| kept && *taken != 0)
    }

    /// What came for a token.
    pub(super) fn answer(&self, token: hf_token) -> Option<Answer> {
        self.lock().answers.get(&token).cloned()
    }

    /// Waits until `token` is answered, or something is to be told. False if neither comes,
    /// because no job runs and nobody is woken.
    pub(super) fn wait(&self, token: hf_token) -> bool {
        let deadline = Instant::now() + PATIENCE;
        let mut state = self.lock();
        while !state.answers.contains_key(&token) && !state.woken && state.ended.is_empty() {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return false;
            }
            let woken = self.changed.wait_timeout(state, left);
            state = woken.unwrap_or_else(PoisonError::into_inner).0;
        }
        true
    }

    /// Waits for the end of all jobs.
    pub(super) fn wait_for_jobs(&self) {
        let mut state = self.lock();
        while state.running > 0 {
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// The client behind `token` is gone; true if it waited.
    pub(super) fn cancel(&self, token: hf_token) -> bool {
        self.lock().good.remove(&token).is_some()
    }

    /// When the next timer or timeout is due.
    pub(super) fn next(&self) -> Option<u64> {
        let state = self.lock();
        let timer = state.timers.first_key_value().map(|((when, _), _)| *when);
        let timeout = state.good.values().map(|promise| promise.deadline).min();
        timer.into_iter().chain(timeout).min().filter(|when| *when != u64::MAX)
    }

    /// Takes the next thing that the plugin is to be told by `now`.
    pub(super) fn due(&self, now: u64) -> Option<Due> {
        let mut state = self.lock();
        if core::mem::take(&mut state.woken) {
            return Some(Due::Wake);
        }
        while let Some(Ended { done, arg }) = state.ended.pop() {
            if let Some(done) = done {
                return Some(Due::Done(done, arg.0));
            }
        }
        let late = state.good.iter().find(|(_, promise)| promise.deadline <= now);
        if let Some(token) = late.map(|(token, _)| *token) {
            state.good.remove(&token);
            state.answers.insert(token, Answer::Error { code: 2004, text: String::new() });
            return Some(Due::Cancel(token));
        }
        let first = state.timers.first_entry().filter(|first| first.key().0 <= now)?;
        let ((when, timer), (period, user)) = first.remove_entry();
        if period > 0 {
            let next = when.saturating_add(period).max(now.saturating_add(1));
            state.timers.insert((next, timer), (period, user));
        }
        Some(Due::Timer(timer, user))
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

pub(super) unsafe extern "C" fn defer(
    host: *const hf_host,
    request: *const hf_request,
    timeout_ns: u64,
) -> hf_token {
    // SAFETY: the plugin passes its host.
    let context = unsafe { context_of(host) };
    let mut state = context.later.lock();
    let lent = context.is_on_loop() && state.lent == request.addr() && state.lent != 0;
    if !lent || state.taken != 0 {
        return 0;
    }
    // SAFETY: it is the one that was lent for the running call.
    let request = unsafe { &*request };
    state.newest += 1;
    let token = state.newest;
    let deadline = match timeout_ns {
        0 => u64::MAX,
        nanos => context.now_ns().saturating_add(nanos),
    };
    let command = request.command & 0x3fff | REPLY;
    let (address, number) = (request.address, request.request_id);
    state.good.insert(token, Promise { address, command, deadline, number });
    state.taken = token;
    token
}

pub(super) unsafe extern "C" fn complete(
    host: *const hf_host,
    token: hf_token,
    status: i32,
    data: hf_bytes,
) -> i32 {
    // SAFETY: the plugin passes its host.
    let context = unsafe { context_of(host) };
    // SAFETY: the plugin lends the data for this call.
    let data = unsafe { data.as_slice() }.to_vec();
    let own = matches!(status, 1100..=1999 | 2100..=2999);
    match status {
        HF_OK if data.len() > HF_MAX_DATA as usize => return HF_TOO_LARGE,
        1.. if !own => return HF_INVALID,
        _ => {}
    }
    let mut state = context.later.lock();
    let Some(Promise { address, command, .. }) = state.good.remove(&token) else {
        return HF_STALE;
    };
    let answer = match (status, u16::try_from(status)) {
        (HF_OK, _) => Answer::judge(HF_REPLY, None, (address, command, data)),
        (_, code) => {
            let text = String::from_utf8_lossy(&data).into_owned();
            Answer::judge(status, Some((code.unwrap_or(0), text)), (address, command, Vec::new()))
        }
    };
    state.answers.insert(token, answer);
    drop(state);
    context.later.changed.notify_all();
    HF_OK
}

pub(super) unsafe extern "C" fn timer_start(
    host: *const hf_host,
    delay_ns: u64,
    period_ns: u64,
    user: u64,
) -> hf_timer {
    // SAFETY: the plugin passes its host.
    let context = unsafe { context_of(host) };
    if !context.is_on_loop() {
        return 0;
    }
    let mut state = context.later.lock();
    state.newest += 1;
    let key = (context.now_ns().saturating_add(delay_ns), state.newest);
    let period = if period_ns == 0 { 0 } else { period_ns.max(SHORTEST_PERIOD) };
    state.timers.insert(key, (period, user));
    key.1
}

pub(super) unsafe extern "C" fn timer_stop(host: *const hf_host, timer: hf_timer) -> i32 {
    // SAFETY: the plugin passes its host.
    let context = unsafe { context_of(host) };
    if !context.is_on_loop() {
        return HF_WRONG_THREAD;
    }
    let mut state = context.later.lock();
    let before = state.timers.len();
    state.timers.retain(|(_, running), _| *running != timer);
    if state.timers.len() < before { HF_OK } else { HF_STALE }
}

pub(super) unsafe extern "C" fn wake(host: *const hf_host) -> i32 {
    // SAFETY: the plugin passes its host.
    let context = unsafe { context_of(host) };
    context.later.lock().woken = true;
    context.later.changed.notify_all();
    HF_OK
}

pub(super) unsafe extern "C" fn run_blocking(
    host: *const hf_host,
    job: Option<hf_job_fn>,
    job_arg: *mut c_void,
    done: Option<hf_done_fn>,
    done_arg: *mut c_void,
) -> i32 {
    // SAFETY: the plugin passes its host.
    let context = unsafe { context_of(host) };
    let Some(job) = job else { return HF_INVALID };
    let (work, ended) = (Opaque(job_arg), Ended { done, arg: Opaque(done_arg) });
    context.later.lock().running += 1;
    let context = context.share();
    std::thread::spawn(move || work_off(&context, job, work, ended));
    HF_OK
}

fn work_off(context: &std::sync::Arc<Context>, job: hf_job_fn, work: Opaque, ended: Ended) {
    // SAFETY: the plugin's own function and pointer, once; it outlives its jobs.
    context.run(|| unsafe { job(work.0) });
    let mut state = context.later.lock();
    state.running -= 1;
    state.ended.push(ended);
    drop(state);
    context.later.changed.notify_all();
}
