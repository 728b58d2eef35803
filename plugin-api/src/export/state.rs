//! The table of `hotframe.state/1`, and the C functions in front of [`StateStream`].

use core::ffi::c_void;

use super::instance::Instance;
use super::{Extension, panics};
use crate::abi::{HF_MORE, HF_OK, HF_PANICKED, HF_STATE, hf_sink, hf_source, hf_state, table_size};
use crate::{Saved, Sink, Source, StateStream};

/// The extension of a plugin that names it.
pub const fn extension<P: StateStream>() -> Extension {
    assert!(P::OLDEST >= 1 && P::OLDEST <= P::VERSION, "the versions of a state are 1 and up");
    Extension::new(HF_STATE, P::TABLE)
}

/// The table of a plugin.
trait Table {
    const TABLE: &'static hf_state;
}

impl<P: StateStream> Table for P {
    const TABLE: &'static hf_state = &hf_state {
        size: table_size::<hf_state>(),
        schema: P::SCHEMA,
        version: P::VERSION,
        version_min: P::OLDEST,
        save_state: Some(save::<P>),
        load_state: Some(load::<P>),
        save_abort: Some(abort::<P>),
    };
}

/// # Safety
/// As for [`super::instance::cancel`], with a sink that lives for the call.
unsafe extern "C" fn save<P: StateStream>(
    instance: *mut c_void,
    version: u32,
    budget: u64,
    sink: *const hf_sink,
) -> i32 {
    // SAFETY: the caller's promise; so this is the only reference.
    let instance = unsafe { &mut *instance.cast::<Instance<P>>() };
    // SAFETY: the caller's promise.
    let mut sink = unsafe { Sink::from_raw(sink, budget) };
    let saved = panics::guarded(|| {
        let saved = instance.plugin.save(version, &mut sink)?;
        sink.flush().map(|()| saved)
    });
    match saved {
        Some(Ok(Saved::All)) => HF_OK,
        Some(Ok(Saved::Slice)) => HF_MORE,
        Some(Err(error)) => instance.refuse(&error),
        None => HF_PANICKED,
    }
}

/// # Safety
/// As for [`super::instance::cancel`], with a source that lives for the call.
unsafe extern "C" fn load<P: StateStream>(
    instance: *mut c_void,
    version: u32,
    source: *const hf_source,
) -> i32 {
    // SAFETY: the caller's promise; so this is the only reference.
    let instance = unsafe { &mut *instance.cast::<Instance<P>>() };
    let Instance { plugin, host } = instance;
    // SAFETY: the caller's promise.
    let mut source = unsafe { Source::from_raw(source, host) };
    match panics::guarded(|| plugin.load(version, &mut source)) {
        Some(Ok(())) => HF_OK,
        Some(Err(error)) => instance.refuse(&error),
        None => HF_PANICKED,
    }
}

/// # Safety
/// As for [`super::instance::cancel`].
unsafe extern "C" fn abort<P: StateStream>(instance: *mut c_void) {
    // SAFETY: the caller's promise; so this is the only reference.
    let instance = unsafe { &mut *instance.cast::<Instance<P>>() };
    // A panic has been logged by the hook; there is nobody else to tell.
    let _ = panics::guarded(|| instance.plugin.abort_save());
}
