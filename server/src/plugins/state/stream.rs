//! Owns the tables through which a plugin writes and reads state: the C view of a slice.
//!
//! The plugin calls these with whatever it passes: every argument is checked.
#![allow(unsafe_code)]
use std::ffi::c_void;
use std::ptr;

use hotframe_plugin_api::abi::{
    HF_DENIED, HF_INVALID, HF_OK, HF_STALE, HF_TOO_LARGE, hf_bytes, hf_sink, hf_source, hf_token,
    table_size,
};

use super::keeper::Claims;

/// Takes what a plugin writes.
#[derive(Debug)]
pub(super) struct Writing {
    /// What was written.
    pub bytes: Vec<u8>,
    /// How many bytes may still be written.
    pub room: u64,
    /// Whether more was to be written than there was room.
    pub overflowed: bool,
}

/// Gives a plugin what it reads.
#[derive(Debug)]
pub(super) struct Reading<'a, 'c> {
    bytes: &'a [u8],
    claims: Option<&'a mut Claims<'c>>,
}

impl Writing {
    /// Takes at most `room` bytes.
    pub fn new(room: u64) -> Self {
        Self { bytes: Vec::new(), room, overflowed: false }
    }

    /// Lends the table to `call`.
    pub fn lend<R>(&mut self, call: impl FnOnce(*const hf_sink) -> R) -> R {
        let context = ptr::from_mut(self).cast::<c_void>();
        let size = table_size::<hf_sink>();
        let sink = hf_sink { size, reserved: 0, context, write };
        call(&raw const sink)
    }
}

impl<'a, 'c> Reading<'a, 'c> {
    /// Gives these bytes; what is claimed meanwhile is put down in `claims`.
    pub fn new(bytes: &'a [u8], claims: Option<&'a mut Claims<'c>>) -> Self {
        Self { bytes, claims }
    }

    /// Lends the table to `call`.
    pub fn lend<R>(&mut self, call: impl FnOnce(*const hf_source) -> R) -> R {
        let len = u64::try_from(self.bytes.len()).unwrap_or(u64::MAX);
        let context = ptr::from_mut(self).cast::<c_void>();
        let size = table_size::<hf_source>();
        let source = hf_source { size, reserved: 0, context, len, read, adopt };
        call(&raw const source)
    }
}

unsafe extern "C" fn write(sink: *const hf_sink, bytes: hf_bytes) -> i32 {
    // SAFETY: the header asks the plugin to pass what it was lent.
    let Some(sink) = (unsafe { sink.as_ref() }) else {
        return HF_INVALID;
    };
    // SAFETY: `lend` set it to a `Writing` that nobody else refers to during the call.
    let Some(writing) = (unsafe { sink.context.cast::<Writing>().as_mut() }) else {
        return HF_INVALID;
    };
    // SAFETY: the header asks for bytes that are readable during the call; null is taken as none.
    let bytes = unsafe { bytes.as_slice() };
    let len = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
    if len > writing.room {
        writing.overflowed = true;
        return HF_TOO_LARGE;
    }
    writing.room -= len;
    writing.bytes.extend_from_slice(bytes);
    HF_OK
}

/// What stands behind a source.
///
/// # Safety
/// `source` is null or what a plugin was lent, during the call of it.
unsafe fn reading<'a>(source: *const hf_source) -> Option<&'a mut Reading<'a, 'a>> {
    // SAFETY: the caller's promise.
    let source = unsafe { source.as_ref() }?;
    // SAFETY: `lend` set it to a `Reading` that nobody else refers to during the call.
    unsafe { source.context.cast::<Reading<'a, 'a>>().as_mut() }
}

unsafe extern "C" fn read(source: *const hf_source, buf: *mut u8, len: usize) -> usize {
    // SAFETY: the header asks the plugin to pass what it was lent.
    let Some(reading) = (unsafe { reading(source) }).filter(|_| !buf.is_null()) else {
        return 0;
    };
    let (now, later) = reading.bytes.split_at(len.min(reading.bytes.len()));
    // SAFETY: the header asks for room for `len` bytes, which is the plugin's and none of ours.
    unsafe { ptr::copy_nonoverlapping(now.as_ptr(), buf, now.len()) };
    reading.bytes = later;
    now.len()
}

unsafe extern "C" fn adopt(source: *const hf_source, token: hf_token) -> i32 {
    // SAFETY: as in `read`.
    let Some(reading) = (unsafe { reading(source) }) else {
        return HF_INVALID;
    };
    match reading.claims.as_mut().map(|claims| claims.claim(token)) {
        None => HF_DENIED,
        Some(true) => HF_OK,
        Some(false) => HF_STALE,
    }
}
