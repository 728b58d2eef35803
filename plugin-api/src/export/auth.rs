//! The table of `hotframe.auth/1`, and the C function in front of [`Authority`].

use core::ffi::c_void;

use super::instance::Instance;
use super::{Extension, panics};
use crate::abi::{HF_AUTH, HF_DEFERRED, HF_PANICKED, hf_auth, hf_credential, hf_token, table_size};
use crate::{Authority, Claim};

/// The extension of a plugin that names it.
pub const fn extension<P: Authority>() -> Extension {
    Extension::new(HF_AUTH, P::TABLE)
}

/// The table of a plugin.
trait Table {
    const TABLE: &'static hf_auth;
}

impl<P: Authority> Table for P {
    const TABLE: &'static hf_auth =
        &hf_auth { size: table_size::<hf_auth>(), reserved: 0, judge: Some(judge::<P>) };
}

/// # Safety
/// As for [`super::instance::cancel`], with what a client has shown, which lives for the call.
unsafe extern "C" fn judge<P: Authority>(
    instance: *mut c_void,
    shown: *const hf_credential,
    token: hf_token,
) -> i32 {
    // SAFETY: the caller's promise; so this is the only reference.
    let instance = unsafe { &mut *instance.cast::<Instance<P>>() };
    // SAFETY: the caller's promise: at least what is known to 1.0 is there.
    let shown = unsafe { &*shown };
    let Instance { plugin, host } = &mut *instance;
    let claim = Claim::from_raw(shown, token, host);
    let returned = match panics::guarded(|| plugin.judge(&claim)) {
        Some(Ok(verdict)) => verdict.returned(),
        Some(Err(error)) => instance.refuse(&error),
        None => HF_PANICKED,
    };
    if returned != HF_DEFERRED {
        // So that a pending verdict that was dropped or kept is no late one.
        instance.host.expects_no_more(token);
    }
    returned
}
