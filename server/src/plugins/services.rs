//! Owns the functions of the host table by which a plugin answers later: the C view of
//! [`Backroom`](super::backroom::Backroom).
//!
//! As with the others of the table, every argument is checked, and nothing unwinds into the
//! plugin.
#![allow(unsafe_code)]
use std::ffi::c_void;
use std::ptr;
use std::time::Duration;

use hotframe_core::Moment;
use hotframe_plugin_api::abi::{
    HF_BUSY, HF_INVALID, HF_NO_MEMORY, HF_OK, HF_SHUTDOWN, HF_STALE, HF_TOO_LARGE, HF_WRONG_THREAD,
    hf_bytes, hf_done_fn, hf_host, hf_job_fn, hf_request, hf_timer, hf_token,
};
use hotframe_protocol::MAX_DATA;

use super::answer::Answer;
use super::call::meaning_of;
use super::duty::running_figures;
use super::host_table::context;
use super::workers::{Declined, Job, Opaque};

pub(super) unsafe extern "C" fn defer(
    host: *const hf_host,
    request: *const hf_request,
    timeout_ns: u64,
) -> hf_token {
    // SAFETY: the header asks the plugin to pass the table that it was given.
    let Some(context) = (unsafe { context(host) }).filter(|context| context.is_on_loop()) else {
        return 0;
    };
    let Some(lent) = context.lent().filter(|lent| ptr::eq(&raw const lent.asked, request)) else {
        return 0;
    };
    let timeout = (timeout_ns != 0).then(|| Duration::from_nanos(timeout_ns));
    // SAFETY: what a context has lent is there while it is lent.
    let token = unsafe { lent.defer(timeout) };
    if token != 0 {
        let owed = running_figures().map(|figures| figures.owe());
        context.backroom.promise(token, lent.asked.request_id, owed);
    }
    token
}

pub(super) unsafe extern "C" fn complete(
    host: *const hf_host,
    token: hf_token,
    status: i32,
    data: hf_bytes,
) -> i32 {
    // SAFETY: as in `defer`.
    let Some(context) = (unsafe { context(host) }) else {
        return HF_INVALID;
    };
    // SAFETY: the header asks for bytes that are readable during the call; null is taken as none.
    let data = unsafe { data.as_slice() };
    let answer = match (status, u16::try_from(status)) {
        (HF_OK, _) if data.len() > MAX_DATA => return HF_TOO_LARGE,
        (HF_OK, _) => Answer::new(token, 0, data),
        (_, Ok(code @ (1100..=1999 | 2100..=2999))) => Answer::new(token, code, data),
        (..0, _) => {
            let (status, words) = meaning_of(status);
            let text = if data.is_empty() { words.as_bytes() } else { data };
            Answer::new(token, status.code(), text)
        }
        _ => return HF_INVALID,
    };
    if context.backroom.answer(answer, context.is_on_loop()) { HF_OK } else { HF_STALE }
}

pub(super) unsafe extern "C" fn timer_start(
    host: *const hf_host,
    delay_ns: u64,
    period_ns: u64,
    user: u64,
) -> hf_timer {
    // SAFETY: as in `defer`.
    let Some(context) = (unsafe { context(host) }).filter(|context| context.is_on_loop()) else {
        return 0;
    };
    let now = Moment::from_nanos(context.now());
    let period = (period_ns != 0).then(|| Duration::from_nanos(period_ns));
    context.backroom.start_timer(now, Duration::from_nanos(delay_ns), period, user)
}

pub(super) unsafe extern "C" fn timer_stop(host: *const hf_host, timer: hf_timer) -> i32 {
    // SAFETY: as in `defer`.
    match unsafe { context(host) } {
        None => HF_INVALID,
        Some(context) if !context.is_on_loop() => HF_WRONG_THREAD,
        Some(context) if context.backroom.stop_timer(timer) => HF_OK,
        Some(_) => HF_STALE,
    }
}

pub(super) unsafe extern "C" fn wake(host: *const hf_host) -> i32 {
    // SAFETY: as in `defer`.
    match unsafe { context(host) } {
        None => HF_INVALID,
        Some(context) if context.backroom.wake(context.is_on_loop()) => HF_OK,
        Some(_) => HF_SHUTDOWN,
    }
}

pub(super) unsafe extern "C" fn run_blocking(
    host: *const hf_host,
    job: Option<hf_job_fn>,
    job_arg: *mut c_void,
    done: Option<hf_done_fn>,
    done_arg: *mut c_void,
) -> i32 {
    // SAFETY: as in `defer`.
    let (Some(context), Some(run)) = (unsafe { context(host) }, job) else {
        return HF_INVALID;
    };
    let job = Job { run, arg: Opaque(job_arg), done, done_arg: Opaque(done_arg) };
    match context.backroom.run(job) {
        Ok(()) => HF_OK,
        Err(Declined::Busy) => HF_BUSY,
        Err(Declined::Closed) => HF_SHUTDOWN,
        Err(Declined::NoThread(error)) => {
            log::error!(generation = context.generation; "no thread for a job: {error}");
            HF_NO_MEMORY
        }
    }
}
