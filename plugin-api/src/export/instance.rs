//! One instance of a plugin: made by `create`, lent to handlers, ended by `destroy`.

use core::ffi::c_void;

use super::panics;
use crate::abi::{HF_OK, HF_PANICKED, hf_create, hf_timer, hf_token};
use crate::services::Work;
use crate::{Create, Error, Host, Plugin, TimerId, TokenId};

/// What the host's `void *instance` points at.
pub(super) struct Instance<P> {
    pub(super) plugin: P,
    pub(super) host: Host,
}

impl<P> Instance<P> {
    /// Tells the host what the error is; the value to return.
    #[cold]
    pub(super) fn refuse(&self, error: &Error) -> i32 {
        self.host.set_error(error);
        error.returned()
    }
}

/// `create` of the table.
///
/// # Safety
/// Called by a host as the header says: on the loop thread, with a live `hf_create` whose host
/// lives until `destroy` has returned, and a place for the instance.
pub(super) unsafe extern "C" fn create<P: Plugin>(
    create: *const hf_create,
    instance: *mut *mut c_void,
) -> i32 {
    // SAFETY: the host lends it for this call, and its table until `destroy` has returned;
    // `dismiss` detaches before that.
    let create = match unsafe { Create::from_raw(create) } {
        Ok(create) => create,
        Err(returned) => return returned,
    };
    let host = create.host().clone();
    panics::report_to(&host);
    let error = match panics::guarded(|| P::create(&create)) {
        Some(Ok(plugin)) => {
            let made = Box::into_raw(Box::new(Instance { plugin, host }));
            // SAFETY: the host's place for it, to be written.
            unsafe { instance.write(made.cast()) };
            return HF_OK;
        }
        Some(Err(error)) => Some(error),
        None => None,
    };
    if let Some(error) = &error {
        host.set_error(error);
    }
    dismiss(&host);
    error.map_or(HF_PANICKED, |error| error.returned())
}

/// `destroy` of the table.
///
/// # Safety
/// Called by a host as the header says: on the loop thread, with an instance that [`create`] of
/// the same plugin has made, and as the last call for it.
pub(super) unsafe extern "C" fn destroy<P: Plugin>(instance: *mut c_void) {
    // SAFETY: made by `create` from a box, and given back once.
    let instance = unsafe { Box::from_raw(instance.cast::<Instance<P>>()) };
    let Instance { plugin, host } = *instance;
    // A panic in here has been logged by the hook; there is nobody else to tell.
    let _ = panics::guarded(|| drop(plugin));
    dismiss(&host);
}

/// `cancel` of the table.
///
/// # Safety
/// Called by a host as the header says: on the loop thread, never inside another call of this
/// instance, which [`create`] of the same plugin has made.
pub(super) unsafe extern "C" fn cancel<P: Plugin>(instance: *mut c_void, token: hf_token) {
    // SAFETY: the caller's promise; so this is the only reference.
    let Instance { plugin, host } = unsafe { &mut *instance.cast::<Instance<P>>() };
    // So that what the plugin now drops is no late answer.
    host.expects_no_more(token);
    // A panic has been logged by the hook; there is nobody else to tell. The same below.
    let _ = panics::guarded(|| plugin.cancel(TokenId::from_bits(token)));
}

/// `on_timer` of the table.
///
/// # Safety
/// As for [`cancel`].
pub(super) unsafe extern "C" fn on_timer<P: Plugin>(
    instance: *mut c_void,
    timer: hf_timer,
    user: u64,
) {
    // SAFETY: the caller's promise; so this is the only reference.
    let instance = unsafe { &mut *instance.cast::<Instance<P>>() };
    let _ = panics::guarded(|| instance.plugin.on_timer(TimerId::from_bits(timer), user));
}

/// `on_wake` of the table.
///
/// # Safety
/// As for [`cancel`].
pub(super) unsafe extern "C" fn on_wake<P: Plugin>(instance: *mut c_void) {
    // SAFETY: the caller's promise; so this is the only reference.
    let instance = unsafe { &mut *instance.cast::<Instance<P>>() };
    let _ = panics::guarded(|| instance.plugin.on_wake());
}

/// What a worker thread of the host's runs for [`Host::run_blocking`].
///
/// # Safety
/// `work` is a box of [`Work`], given back once.
pub(crate) unsafe extern "C" fn run_job(work: *mut c_void) {
    // SAFETY: the caller's promise.
    let work = unsafe { Box::from_raw(work.cast::<Work>()) };
    let _ = panics::guarded(work);
}

/// From here on nothing of this plugin calls the host.
fn dismiss(host: &Host) {
    panics::report_no_more_to(host);
    host.detach();
}
