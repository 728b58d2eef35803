//! The server, as a plugin sees it.
#![allow(unsafe_code, reason = "calls the host's functions")]

use core::fmt::Display;
use core::ptr::NonNull;
use core::time::Duration;
use std::collections::HashSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use crate::Error;
use crate::abi::{
    HF_LOG_DEBUG, HF_LOG_ERROR, HF_LOG_INFO, HF_LOG_TRACE, HF_LOG_WARN, hf_host, hf_str, hf_token,
};

/// How much a line of the log matters.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Level {
    /// Something failed.
    Error,
    /// Something is odd.
    Warn,
    /// Something worth knowing.
    Info,
    /// For whoever hunts a fault.
    Debug,
    /// Every step.
    Trace,
}

impl Level {
    pub(crate) fn number(self) -> u32 {
        match self {
            Self::Error => HF_LOG_ERROR,
            Self::Warn => HF_LOG_WARN,
            Self::Info => HF_LOG_INFO,
            Self::Debug => HF_LOG_DEBUG,
            Self::Trace => HF_LOG_TRACE,
        }
    }
}

/// The server: a handle that is cheap to clone, and may be used from any thread. When the plugin
/// has been dropped the handles that are left do nothing any more.
#[derive(Clone, Debug)]
pub struct Host {
    link: Arc<Link>,
}

/// The way to the host's table, shared by all handles; `None` once the plugin is gone. The lock is
/// what keeps the table alive: `detach` waits for calls that are on their way.
#[derive(Debug)]
struct Link {
    table: RwLock<Option<NonNull<hf_host>>>,
    /// The tokens that are not answered, and that the host has not cancelled.
    open: Mutex<HashSet<hf_token>>,
}

// SAFETY: the functions of the table that go through a `Link` may be called from any thread, or
// refuse to work on the wrong one (`set_error`).
unsafe impl Send for Link {}
// SAFETY: as above; the pointer itself is guarded by the lock.
unsafe impl Sync for Link {}

impl Host {
    /// Writes a line to the server's log, under the plugin's name. Never waits. The text is only
    /// put together if the line will be written, so `format_args!` costs nothing otherwise.
    pub fn log(&self, level: Level, text: impl Display) {
        if self.is_logged(level) {
            self.log_str(level, &text.to_string());
        }
    }

    /// Logs that something failed.
    pub fn error(&self, text: impl Display) {
        self.log(Level::Error, text);
    }

    /// Logs that something is odd.
    pub fn warn(&self, text: impl Display) {
        self.log(Level::Warn, text);
    }

    /// Logs something worth knowing.
    pub fn info(&self, text: impl Display) {
        self.log(Level::Info, text);
    }

    /// Logs something for whoever hunts a fault.
    pub fn debug(&self, text: impl Display) {
        self.log(Level::Debug, text);
    }

    /// Logs one step of many.
    pub fn trace(&self, text: impl Display) {
        self.log(Level::Trace, text);
    }

    /// True if lines of this level are written.
    pub fn is_logged(&self, level: Level) -> bool {
        self.with(|host, table| {
            // SAFETY: the table is alive while `with` runs.
            unsafe { (table.log_enabled)(host, level.number()) != 0 }
        })
        .unwrap_or(false)
    }

    /// The server's monotonic time, freshly read. [`Request::now`](crate::Request::now) is free
    /// and on the same clock. Zero once the plugin is gone.
    pub fn now(&self) -> Duration {
        let nanos = self.with(|host, table| {
            // SAFETY: the table is alive while `with` runs.
            unsafe { (table.now_ns)(host) }
        });
        Duration::from_nanos(nanos.unwrap_or(0))
    }

    /// True on the thread that calls the plugin.
    pub fn is_loop_thread(&self) -> bool {
        self.with(|host, table| {
            // SAFETY: the table is alive while `with` runs.
            unsafe { (table.is_loop_thread)(host) != 0 }
        })
        .unwrap_or(false)
    }

    /// Makes the first handle to a table.
    ///
    /// # Safety
    /// `table` is a whole `hf_host` that lives until [`Host::detach`] has returned.
    pub(crate) unsafe fn attach(table: *const hf_host) -> Self {
        let table = RwLock::new(NonNull::new(table.cast_mut()));
        Self { link: Arc::new(Link { table, open: Mutex::default() }) }
    }

    /// Cuts all handles off; when it returns no call of the host is on its way.
    pub(crate) fn detach(&self) {
        *self.link.table.write().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// True if both are handles to the same.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.link, &other.link)
    }

    /// Tells the host what the error is that is about to be returned.
    pub(crate) fn set_error(&self, error: &Error) {
        self.with(|host, table| {
            let text = hf_str::new(error.text());
            // SAFETY: the table is alive while `with` runs; the text is copied.
            unsafe { (table.set_error)(host, error.code().into(), text) }
        });
    }

    /// Writes a line whatever the level is.
    pub(crate) fn log_str(&self, level: Level, text: &str) {
        self.with(|host, table| {
            // SAFETY: the table is alive while `with` runs; the text is copied.
            unsafe { (table.log)(host, level.number(), hf_str::new(text)) }
        });
    }

    /// A token was taken.
    pub(crate) fn expect_answer(&self, token: hf_token) {
        self.open().insert(token);
    }

    /// A token is answered or void; false if it was before.
    pub(crate) fn expects_no_more(&self, token: hf_token) -> bool {
        self.open().remove(&token)
    }

    fn open(&self) -> MutexGuard<'_, HashSet<hf_token>> {
        self.link.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Calls with the table, if it is still there. `call` must not run code of the plugin.
    pub(crate) fn with<R>(&self, call: impl FnOnce(*const hf_host, &hf_host) -> R) -> Option<R> {
        let table = self.link.table.read().unwrap_or_else(PoisonError::into_inner);
        let host = (*table)?;
        // SAFETY: whoever attached it vouches for it until `detach`, which waits for our lock.
        Some(call(host.as_ptr(), unsafe { host.as_ref() }))
    }
}
