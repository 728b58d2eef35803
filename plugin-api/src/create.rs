//! How an instance of a plugin comes to be.
#![allow(unsafe_code, reason = "reads what the host lends")]

use crate::abi::{
    HF_CREATE_PROBE, HF_CREATE_RELOAD, HF_CREATE_ROLLBACK, HF_HOST_SIZE, HF_INVALID, hf_create,
};
use crate::{Error, Host, TimerId, TokenId};

/// A plugin. All its functions, and those named in [`plugin!`](crate::plugin!), run on the
/// server's loop thread, one at a time. Dropping it is its end: it joins its threads there.
///
/// A plugin may be created more than once in a process (a reload, a trial), so its state belongs
/// into the type and not into statics, which are never dropped.
pub trait Plugin: Sized + 'static {
    /// Makes an instance from its configuration.
    ///
    /// # Errors
    /// The reason why it cannot serve, for the operator. The generation that served before then
    /// serves on. [`Error::config`] is the one for a wrong configuration.
    fn create(create: &Create<'_>) -> Result<Self, Error>;

    /// Nobody waits for the answer behind a token any more: its time is over, or its connection
    /// gone. Stop the work for it, and drop the token. Not called for one that was answered.
    fn cancel(&mut self, token: TokenId) {
        let _ = token;
    }

    /// A timer has come to its time; `user` is what it was started with.
    fn on_timer(&mut self, timer: TimerId, user: u64) {
        let _ = (timer, user);
    }

    /// What [`Host::wake`] asked for.
    fn on_wake(&mut self) {}
}

/// Why an instance is made.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Reason {
    /// The plugin was not loaded before.
    First,
    /// It follows a running generation.
    Reload,
    /// An earlier version comes back.
    Rollback,
    /// A trial in another process: do no harm outside.
    Probe,
}

/// What an instance is made from.
#[derive(Clone, Debug)]
pub struct Create<'a> {
    host: Host,
    config: &'a str,
    generation: u64,
    reason: Reason,
    previous_version: Option<&'a str>,
}

impl<'a> Create<'a> {
    /// The server. Clone it to keep it.
    pub fn host(&self) -> &Host {
        &self.host
    }

    /// `[plugins.config.NAME]` of the server's configuration as the text of a JSON object; `{}`
    /// if there is none.
    pub fn config(&self) -> &'a str {
        self.config
    }

    /// Number of this load: grows with every load of any plugin.
    pub fn generation(&self) -> u64 {
        self.generation
    }

    /// Why the instance is made.
    pub fn reason(&self) -> Reason {
        self.reason
    }

    /// Version of the generation that this one follows.
    pub fn previous_version(&self) -> Option<&'a str> {
        self.previous_version
    }

    /// Takes over what the host lends.
    ///
    /// # Errors
    /// `HF_INVALID` for what no host of this ABI passes.
    ///
    /// # Safety
    /// `create` is null, or points at an `hf_create` whose texts live for `'a` and whose host
    /// lives until [`Host::detach`] has returned.
    pub(crate) unsafe fn from_raw(create: *const hf_create) -> Result<Self, i32> {
        // SAFETY: the caller vouches that it may be read if it is not null.
        let raw = unsafe { create.as_ref() }.ok_or(HF_INVALID)?;
        // SAFETY: the caller vouches that the host may be read.
        let host = unsafe { raw.host.as_ref() }.ok_or(HF_INVALID)?;
        if host.size < HF_HOST_SIZE {
            return Err(HF_INVALID);
        }
        // SAFETY: the caller vouches for the text.
        let config = unsafe { raw.config.as_slice() };
        // SAFETY: the caller vouches for the text.
        let previous = unsafe { raw.previous_version.as_slice() };
        let previous = core::str::from_utf8(previous).map_err(|_| HF_INVALID)?;
        Ok(Self {
            // SAFETY: the caller vouches that it lives until it is detached.
            host: unsafe { Host::attach(raw.host) },
            config: match core::str::from_utf8(config).map_err(|_| HF_INVALID)? {
                "" => "{}",
                text => text,
            },
            generation: raw.generation,
            reason: match raw.reason {
                HF_CREATE_RELOAD => Reason::Reload,
                HF_CREATE_ROLLBACK => Reason::Rollback,
                HF_CREATE_PROBE => Reason::Probe,
                _ => Reason::First,
            },
            previous_version: Some(previous).filter(|text| !text.is_empty()),
        })
    }
}
