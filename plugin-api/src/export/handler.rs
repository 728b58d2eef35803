//! One handler: its entry in the table, and the C function in front of it.

use core::ffi::c_void;
use core::ops::RangeInclusive;

use super::instance::Instance;
use super::panics;
use crate::abi::{HF_MAX_DATA, HF_PANICKED, hf_handler, hf_reply, hf_request, hf_str};
use crate::{Error, Outcome, Plugin, Reply, Request};

/// A method of a plugin that answers requests, as a type.
pub trait Answers {
    /// Whose method it is.
    type Plugin: Plugin;

    /// Calls it.
    ///
    /// # Errors
    /// The method's own.
    fn answer(
        plugin: &mut Self::Plugin,
        request: &Request<'_>,
        reply: &mut Reply<'_>,
    ) -> Result<Outcome, Error>;
}

/// Builds an entry of the table of handlers. The methods are the options of
/// [`plugin!`](crate::plugin!); all of it runs when the plugin is compiled.
pub struct Handler(hf_handler);

impl Handler {
    /// A handler that takes 0 to 255 bytes.
    ///
    /// # Panics
    /// If the name is none.
    pub const fn new<A: Answers>(name: &'static str) -> Self {
        assert!(is_name(name), "a handler's name is made of a-z 0-9 _ -");
        Self(hf_handler {
            name: hf_str::new(name),
            call: Some(call::<A>),
            flags: 0,
            default_command: 0,
            rsv: 0,
            min_len: 0,
            max_len: HF_MAX_DATA,
            soft_deadline_us: 0,
            reserved: 0,
        })
    }

    /// Suggests a command number.
    ///
    /// # Panics
    /// If routes cannot have it.
    #[must_use]
    pub const fn default_command(mut self, number: u16) -> Self {
        assert!(
            number >= 0x0100 && number <= 0x3fff,
            "routes have the command numbers 0x0100 to 0x3FFF"
        );
        self.0.default_command = number;
        self
    }

    /// Bounds the length of the data.
    ///
    /// # Panics
    /// If no length is within the bounds.
    #[must_use]
    pub const fn len(mut self, lengths: RangeInclusive<u8>) -> Self {
        assert!(
            *lengths.start() <= *lengths.end(),
            "`len` of a handler is SHORTEST..=LONGEST, and allows no length"
        );
        self.0.min_len = *lengths.start() as u32;
        self.0.max_len = *lengths.end() as u32;
        self
    }

    /// Has calls reported that take longer than this, in microseconds.
    #[must_use]
    pub const fn soft_deadline_us(mut self, micros: u32) -> Self {
        self.0.soft_deadline_us = micros;
        self
    }

    /// The entry.
    #[must_use]
    pub const fn build(self) -> hf_handler {
        self.0
    }
}

/// True for the names of plugins and handlers.
pub(super) const fn is_name(name: &str) -> bool {
    let bytes = name.as_bytes();
    let mut i = 0;
    while i < bytes.len() {
        if !matches!(bytes[i], b'a'..=b'z' | b'0'..=b'9' | b'_' | b'-') {
            return false;
        }
        i += 1;
    }
    !bytes.is_empty()
}

/// Holds that no two handlers have one name; when the plugin is compiled.
///
/// # Panics
/// If two have.
pub const fn assert_distinct(names: &[&str]) {
    let mut i = 0;
    while i < names.len() {
        let mut j = i + 1;
        while j < names.len() {
            assert!(!is_same(names[i], names[j]), "two handlers have the same name");
            j += 1;
        }
        i += 1;
    }
}

/// `a == b`, in a constant.
const fn is_same(a: &str, b: &str) -> bool {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    let mut i = 0;
    while i < a.len() && i < b.len() && a[i] == b[i] {
        i += 1;
    }
    i == a.len() && i == b.len()
}

/// The C function in front of a handler.
///
/// # Safety
/// Called by a host as the header says: on the loop thread, never inside another call of this
/// instance, with a live instance of `A::Plugin`, and a request and a reply that live for the
/// call.
unsafe extern "C" fn call<A: Answers>(
    instance: *mut c_void,
    request: *const hf_request,
    reply: *mut hf_reply,
) -> i32 {
    // SAFETY: it comes from `instance::create` of the same plugin, and the host neither calls
    // twice at once nor one call inside another, so this is the only reference.
    let instance = unsafe { &mut *instance.cast::<Instance<A::Plugin>>() };
    let Instance { plugin, host } = instance;
    // SAFETY: lent by the host for this call, to be read.
    let request = unsafe { &*request };
    // SAFETY: its data is lent with it.
    let request = unsafe { Request::from_raw(request, host) };
    // SAFETY: lent by the host for this call, to be written by us alone.
    let reply = unsafe { &mut *reply };
    // SAFETY: its room is lent with it.
    let mut reply = unsafe { Reply::from_raw(reply) };
    match panics::guarded(|| A::answer(plugin, &request, &mut reply)) {
        Some(Ok(outcome)) => outcome.returned(),
        Some(Err(error)) => instance.refuse(&error),
        None => HF_PANICKED,
    }
}
