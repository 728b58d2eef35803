//! Panics stay inside the plugin: caught here, and told to the host's log.
//!
//! A host can never catch them: each library has its own runtime, and a panic that crossed the
//! boundary would end the process.

use std::io::{self, Write};
use std::panic::{self, AssertUnwindSafe, PanicHookInfo};
use std::sync::{Once, PoisonError, RwLock};

use crate::{Host, Level};

/// Where panics are reported: the newest instance's host.
static REPORTED_TO: RwLock<Option<Host>> = RwLock::new(None);

/// Runs `call`; `None` if it panicked.
pub(super) fn guarded<R>(call: impl FnOnce() -> R) -> Option<R> {
    match panic::catch_unwind(AssertUnwindSafe(call)) {
        Ok(returned) => Some(returned),
        Err(payload) => {
            // The payload may panic while it is dropped. What that leaves is leaked.
            if let Err(second) = panic::catch_unwind(AssertUnwindSafe(|| drop(payload))) {
                core::mem::forget(second);
            }
            None
        }
    }
}

/// Makes panics of this library go to the log of whatever host [`report_to`] names.
///
/// The hook never walks the stack: resolving symbols makes std keep tens of megabytes for each
/// generation. A library has its own hook, so the server's is not touched.
pub(super) fn install_hook() {
    static INSTALL: Once = Once::new();
    INSTALL.call_once(|| panic::set_hook(Box::new(hook)));
}

fn hook(info: &PanicHookInfo<'_>) {
    // Never waits: who panics while `create` or `destroy` swaps the host writes to stderr.
    let host = REPORTED_TO.try_read().ok().and_then(|host| host.clone());
    match host {
        Some(host) => host.log_str(Level::Error, &describe(info)),
        // `eprintln!` would panic where standard error is a closed pipe, and end the server.
        None => drop(writeln!(io::stderr(), "{}", describe(info))),
    }
}

/// A panic as one line: place and message.
pub(crate) fn describe(info: &PanicHookInfo<'_>) -> String {
    let message = info.payload_as_str().unwrap_or("(no text)");
    match info.location() {
        Some(place) => format!("panicked at {place}: {message}"),
        None => format!("panicked: {message}"),
    }
}

/// From here on panics are reported to `host`.
pub(super) fn report_to(host: &Host) {
    *REPORTED_TO.write().unwrap_or_else(PoisonError::into_inner) = Some(host.clone());
}

/// From here on panics are not reported to `host`.
pub(super) fn report_no_more_to(host: &Host) {
    let mut reported_to = REPORTED_TO.write().unwrap_or_else(PoisonError::into_inner);
    if reported_to.as_ref().is_some_and(|current| current.is_same(host)) {
        *reported_to = None;
    }
}
