//! What the server does for a plugin beside the calls of its handlers: timers, wakes, jobs.
#![allow(unsafe_code, reason = "calls the host's functions")]

use core::ffi::c_void;
use core::ptr;
use core::time::Duration;

use crate::abi::{HF_OK, hf_timer};
use crate::export::run_job;
use crate::{Error, Host};

/// Which timer: equal for no two of one plugin.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct TimerId(hf_timer);

impl TimerId {
    pub(crate) const fn from_bits(bits: hf_timer) -> Self {
        Self(bits)
    }
}

/// Work for another thread, in a box of a known size.
pub(crate) type Work = Box<dyn FnOnce() + Send>;

impl Host {
    /// Has [`Plugin::on_timer`](crate::Plugin::on_timer) called once after `delay`, with `user`.
    /// Only on the loop thread, where all functions of a plugin run.
    ///
    /// # Errors
    /// `busy` if 65,536 timers run, or on another thread.
    pub fn start_timer(&self, delay: Duration, user: u64) -> Result<TimerId, Error> {
        self.start(delay, 0, user)
    }

    /// The same again and again: first after `period`, then every `period`, which is at least a
    /// millisecond. Beats that were missed are not made up for.
    ///
    /// # Errors
    /// As for [`Host::start_timer`].
    pub fn start_beat(&self, period: Duration, user: u64) -> Result<TimerId, Error> {
        self.start(period, nanos(period).max(1), user)
    }

    /// Ends a timer: it is not rung any more. True if it ran; false also on another thread than
    /// the loop's, where nothing happens.
    pub fn stop_timer(&self, timer: TimerId) -> bool {
        let stopped = self.with(|table, functions| {
            // SAFETY: the table is alive while `with` runs.
            unsafe { (functions.timer_stop)(table, timer.0) }
        });
        stopped == Some(HF_OK)
    }

    /// Has [`Plugin::on_wake`](crate::Plugin::on_wake) called soon, once for all wakes until then.
    /// From any thread: how a thread tells the plugin that there is something for it.
    pub fn wake(&self) {
        self.with(|table, functions| {
            // SAFETY: the table is alive while `with` runs.
            unsafe { (functions.wake)(table) }
        });
    }

    /// Runs `job` on a worker thread of the server's, where it may block. It answers with a
    /// [`Token`](crate::Token), or leaves something where [`Host::wake`] lets the plugin find it.
    /// The plugin is not dropped before it has returned. A panic in it is logged.
    ///
    /// # Errors
    /// `busy` if 1,024 jobs wait already, or no thread can be had. `job` is dropped then, and with
    /// it the tokens that it has.
    pub fn run_blocking(&self, job: impl FnOnce() + Send + 'static) -> Result<(), Error> {
        let work: *mut Work = Box::into_raw(Box::new(Box::new(job)));
        let taken = self.with(|table, functions| {
            let arg = work.cast::<c_void>();
            // SAFETY: the table is alive while `with` runs; what it takes it gives back to
            // `run_job`, once.
            unsafe { (functions.run_blocking)(table, Some(run_job), arg, None, ptr::null_mut()) }
        });
        if taken == Some(HF_OK) {
            return Ok(());
        }
        // SAFETY: made from a box above, and not taken.
        drop(unsafe { Box::from_raw(work) });
        Err(Error::busy("no worker is free"))
    }

    fn start(&self, delay: Duration, period: u64, user: u64) -> Result<TimerId, Error> {
        let timer = self.with(|table, functions| {
            // SAFETY: the table is alive while `with` runs.
            unsafe { (functions.timer_start)(table, nanos(delay), period, user) }
        });
        match timer {
            Some(timer) if timer != 0 => Ok(TimerId(timer)),
            _ => Err(Error::busy("no timer could be started")),
        }
    }
}

fn nanos(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}
