//! Owns the reading of the extensions of a plugin: tables that it hands out by their ids, copied by
//! their own sizes, then checked.
#![allow(unsafe_code)]
use std::mem::offset_of;
use std::ptr;

use hotframe_plugin_api::abi::{
    HF_AUTH, HF_LIFECYCLE, HF_MEMORY, HF_PEERS, HF_STATE, hf_auth, hf_lifecycle, hf_memory,
    hf_peers, hf_plugin, hf_state, hf_str,
};

use super::defect::{Defect, Fault};
use super::description::{MAX_SIZE, copy_prefix};

/// The size and what follows it: every function may be missing.
const PEERS: usize = 8;

/// What a plugin offers beside its handlers, in our own memory but for the functions.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Tables {
    /// `hotframe.auth/1`.
    pub auth: Option<hf_auth>,
    /// `hotframe.lifecycle/1`.
    pub lifecycle: Option<hf_lifecycle>,
    /// `hotframe.memory/1`.
    pub memory: Option<hf_memory>,
    /// `hotframe.peers/1`.
    pub peers: Option<hf_peers>,
    /// `hotframe.state/1`.
    pub state: Option<hf_state>,
}

impl Tables {
    /// Reads every extension that this server knows of.
    ///
    /// # Safety
    /// `table` is the copy of the table of a library that stays mapped, and the plugin keeps the
    /// header's promise about what its `extension` returns.
    pub unsafe fn read(table: &hf_plugin) -> Result<Self, Fault> {
        // Fields that every revision of the tables has.
        let (lifecycle, state) = (offset_of!(hf_lifecycle, validate_config), size_of::<hf_state>());
        // SAFETY: the caller's promise; a table may be all zero.
        let lifecycle = unsafe { find::<hf_lifecycle>(table, HF_LIFECYCLE, lifecycle) }?;
        // SAFETY: as above.
        let peers = unsafe { find::<hf_peers>(table, HF_PEERS, PEERS) }?;
        // SAFETY: as above.
        let state = unsafe { find::<hf_state>(table, HF_STATE, state) }?;
        if let Some(state) = &state {
            check_state(state)?;
        }
        // SAFETY: as above.
        let auth = unsafe { find::<hf_auth>(table, HF_AUTH, size_of::<hf_auth>()) }?;
        if auth.is_some_and(|auth| auth.judge.is_none()) {
            return Err(bad(
                "it says that it judges credentials, and has no function for it".into()
            ));
        }
        // SAFETY: as above.
        let memory = unsafe { find::<hf_memory>(table, HF_MEMORY, size_of::<hf_memory>()) }?;
        Ok(Self { auth, lifecycle, memory, peers, state })
    }
}

fn check_state(state: &hf_state) -> Result<(), Fault> {
    let hf_state { version, version_min, save_state, load_state, .. } = *state;
    if save_state.is_none() || load_state.is_none() {
        return Err(bad("its state can be saved but not loaded, or the reverse".to_owned()));
    }
    if version_min == 0 || version_min > version {
        return Err(bad(format!("its state has versions {version_min} to {version}")));
    }
    Ok(())
}

/// The plugin's table for `id`, of at least `least` bytes; `None` if it has none.
///
/// # Safety
/// As for [`Tables::read`]; a `T` begins with its size and may be all zero.
unsafe fn find<T: Copy>(table: &hf_plugin, id: &str, least: usize) -> Result<Option<T>, Fault> {
    let Some(extension) = table.extension else {
        return Ok(None);
    };
    // SAFETY: a function of the mapped library, with a text that lives for the call.
    let found = unsafe { extension(hf_str::new(id)) }.cast::<T>();
    if found.is_null() {
        return Ok(None);
    }
    if !found.is_aligned() {
        return Err(bad(format!("its table {id} is not aligned")));
    }
    // SAFETY: not null, aligned, readable by the caller's promise; every table starts so.
    let size = unsafe { ptr::read(found.cast::<u32>()) };
    let size = usize::try_from(size).unwrap_or(usize::MAX);
    if !(least..=MAX_SIZE).contains(&size) {
        return Err(bad(format!("its table {id} says that it has {size} bytes")));
    }
    // SAFETY: `size` bytes are the plugin's table; all-zero fields are valid ones.
    Ok(Some(unsafe { copy_prefix(found, size) }))
}

fn bad(message: String) -> Fault {
    Defect::BadExtension.because(message)
}
