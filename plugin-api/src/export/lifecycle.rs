//! The table of `hotframe.lifecycle/1`, and the C functions in front of [`Lifecycle`].

use core::ffi::c_void;

use super::instance::Instance;
use super::{Extension, panics};
use crate::abi::{
    HF_CONFIG, HF_INVALID, HF_LIFECYCLE, HF_OK, HF_PANICKED, hf_findings, hf_lifecycle, hf_str,
    table_size,
};
use crate::{Error, Findings, Lifecycle};

/// The extension of a plugin that names it.
pub const fn extension<P: Lifecycle>() -> Extension {
    Extension::new(HF_LIFECYCLE, P::TABLE)
}

/// The table of a plugin.
trait Table {
    const TABLE: &'static hf_lifecycle;
}

impl<P: Lifecycle> Table for P {
    const TABLE: &'static hf_lifecycle = &hf_lifecycle {
        size: table_size::<hf_lifecycle>(),
        reserved: 0,
        validate_config: Some(validate_config::<P>),
        self_test: Some(self_test::<P>),
        reconfigure: Some(reconfigure::<P>),
        start: Some(start::<P>),
        quiesce: Some(quiesce::<P>),
    };
}

/// # Safety
/// Called by a host as the header says: text and findings live for the call.
unsafe extern "C" fn validate_config<P: Lifecycle>(
    config: hf_str,
    findings: *const hf_findings,
) -> i32 {
    // SAFETY: the caller's promise.
    let Ok(config) = core::str::from_utf8(unsafe { config.as_slice() }) else {
        return HF_INVALID;
    };
    // SAFETY: the caller's promise.
    let mut findings = unsafe { Findings::from_raw(findings) };
    match panics::guarded(|| P::validate_config(config, &mut findings)) {
        None => HF_PANICKED,
        Some(()) if findings.count() == 0 => HF_OK,
        Some(()) => HF_CONFIG,
    }
}

/// # Safety
/// As for [`super::instance::cancel`].
unsafe extern "C" fn self_test<P: Lifecycle>(instance: *mut c_void) -> i32 {
    // SAFETY: the caller's promise. The same in the functions below.
    unsafe { step::<P>(instance, P::self_test) }
}

/// # Safety
/// As for [`super::instance::cancel`], with a text that lives for the call.
unsafe extern "C" fn reconfigure<P: Lifecycle>(instance: *mut c_void, config: hf_str) -> i32 {
    // SAFETY: the caller's promise.
    let Ok(config) = core::str::from_utf8(unsafe { config.as_slice() }) else {
        return HF_INVALID;
    };
    // SAFETY: as in `self_test`.
    unsafe { step::<P>(instance, |plugin| plugin.reconfigure(config)) }
}

/// # Safety
/// As for [`super::instance::cancel`].
unsafe extern "C" fn start<P: Lifecycle>(instance: *mut c_void) -> i32 {
    // SAFETY: as in `self_test`.
    unsafe { step::<P>(instance, P::start) }
}

/// # Safety
/// As for [`super::instance::cancel`].
unsafe extern "C" fn quiesce<P: Lifecycle>(instance: *mut c_void) {
    // SAFETY: as in `self_test`. A panic has been logged by the hook.
    let _ = unsafe {
        step::<P>(instance, |plugin| {
            plugin.quiesce();
            Ok(())
        })
    };
}

/// Calls a step of an instance; the value to return.
///
/// # Safety
/// As for [`super::instance::cancel`].
unsafe fn step<P: Lifecycle>(
    instance: *mut c_void,
    step: impl FnOnce(&mut P) -> Result<(), Error>,
) -> i32 {
    // SAFETY: the caller's promise; so this is the only reference.
    let instance = unsafe { &mut *instance.cast::<Instance<P>>() };
    match panics::guarded(|| step(&mut instance.plugin)) {
        Some(Ok(())) => HF_OK,
        Some(Err(error)) => instance.refuse(&error),
        None => HF_PANICKED,
    }
}
