//! State goes from one instance to another, as on a reload.

use core::ptr;
use std::sync::Arc;

use super::context::Context;
use super::later::Later;
use super::{Loaded, Refused, TestHost};
use crate::Reason;
use crate::abi::{
    HF_MORE, HF_OK, HF_STALE, HF_STATE, HF_STATE_VERSION, hf_bytes, hf_sink, hf_source, hf_state,
    hf_token, table_size,
};
use crate::export::Exported;

/// Bytes that are welcome in one slice: few, so that large state goes over in many.
const SLICE: u64 = 1024;

impl<P: Exported> Loaded<P> {
    /// What the plugin saves as of `version`, all at once. It runs on.
    ///
    /// # Errors
    /// It keeps no state, does not know the version, or fails.
    pub fn save_state(&mut self, version: u32) -> Result<Vec<u8>, Refused> {
        let state = self.state()?;
        if !(state.version_min..=state.version).contains(&version) {
            return Err(refused(format!("it does not know version {version}")));
        }
        let (bytes, returned) = self.save(state, version, u64::MAX);
        self.judge(returned)?;
        Ok(bytes)
    }

    /// Loads one slice of what was saved as of `version`.
    ///
    /// # Errors
    /// It keeps no state, or fails: a server would drop it.
    pub fn load_state(&mut self, version: u32, bytes: &[u8]) -> Result<(), Refused> {
        self.load(version, bytes, None)
    }

    /// Plays a reload: makes an instance of `Q`, lets this one's state and what it has deferred
    /// go over in small slices, and starts it. This instance is told by `quiesce`, and comes to
    /// its end.
    ///
    /// # Errors
    /// Whatever a server would refuse the new plugin for.
    pub fn hand_over<Q: Exported>(self, to: &TestHost) -> Result<Loaded<Q>, Refused> {
        self.hand_over_while(to, |_| {})
    }

    /// The same; `meanwhile` is called between two slices, when this instance still serves.
    ///
    /// # Errors
    /// As for [`Loaded::hand_over`].
    pub fn hand_over_while<Q: Exported>(
        mut self,
        to: &TestHost,
        mut meanwhile: impl FnMut(&mut Self),
    ) -> Result<Loaded<Q>, Refused> {
        let mut to = to.clone();
        to.reason = Reason::Reload;
        let mut new = Loaded::<Q>::create(&to)?;
        let (from, into) = (self.state()?, new.state()?);
        let version = from.version.min(into.version);
        if from.schema != into.schema || version < from.version_min.max(into.version_min) {
            return Err(refused("they have no version of their state in common".to_owned()));
        }
        loop {
            let (bytes, returned) = self.save(from, version, SLICE);
            if returned < 0 {
                self.judge(returned)?;
            }
            new.load(version, &bytes, Some(&self.context))?;
            if returned == HF_OK {
                break;
            }
            meanwhile(&mut self);
        }
        new.start()?;
        self.quiesce();
        for token in new.context.later.adopted() {
            self.tell_cancelled(token);
        }
        Ok(new)
    }

    fn state(&self) -> Result<&'static hf_state, Refused> {
        self.extension(HF_STATE).ok_or_else(|| refused("it keeps no state".to_owned()))
    }

    fn save(&mut self, state: &hf_state, version: u32, budget: u64) -> (Vec<u8>, i32) {
        let mut bytes: Vec<u8> = Vec::new();
        let sink = hf_sink {
            size: table_size::<hf_sink>(),
            reserved: 0,
            context: ptr::from_mut(&mut bytes).cast(),
            write,
        };
        let save = state.save_state.expect("the SDK provides `save_state`");
        // SAFETY: the plugin's own function and instance, with a sink that lives for the call.
        let returned = self.enter(|instance| unsafe { save(instance, version, budget, &sink) });
        assert!(returned != HF_MORE || budget != u64::MAX, "all was asked for");
        (bytes, returned)
    }

    fn load(&mut self, version: u32, bytes: &[u8], old: Option<&Context>) -> Result<(), Refused> {
        let load = self.state()?.load_state.expect("the SDK provides `load_state`");
        let context = Arc::clone(&self.context);
        let mut rest = Rest { bytes, old, new: &context };
        let source = hf_source {
            size: table_size::<hf_source>(),
            reserved: 0,
            context: ptr::from_mut(&mut rest).cast(),
            len: bytes.len() as u64,
            read,
            adopt,
        };
        // SAFETY: as in `save`, with a source.
        let returned = self.enter(|instance| unsafe { load(instance, version, &source) });
        self.judge(returned)
    }
}

impl Later {
    /// Takes over a token of `old`; false if it is not good there.
    pub(super) fn adopt(&self, old: &Self, token: hf_token) -> bool {
        let Some(promise) = old.lock().good.remove(&token) else {
            return false;
        };
        let mut state = self.lock();
        state.newest = state.newest.max(token);
        state.good.insert(token, promise);
        state.adopted.push(token);
        true
    }

    /// The tokens that were another's before.
    pub(super) fn adopted(&self) -> Vec<hf_token> {
        self.lock().adopted.clone()
    }
}

fn refused(text: String) -> Refused {
    Refused { text, returned: HF_STATE_VERSION, log: Vec::new() }
}

/// What a slice has left, and between whom it goes.
struct Rest<'a> {
    bytes: &'a [u8],
    old: Option<&'a Context>,
    new: &'a Context,
}

unsafe extern "C" fn write(sink: *const hf_sink, bytes: hf_bytes) -> i32 {
    // SAFETY: the plugin passes what it was lent.
    let context = unsafe { (*sink).context };
    // SAFETY: behind it is our buffer, which nobody else refers to during the call.
    let gathered = unsafe { &mut *context.cast::<Vec<u8>>() };
    // SAFETY: the plugin lends the bytes for the call.
    gathered.extend_from_slice(unsafe { bytes.as_slice() });
    HF_OK
}

/// What stands behind a source of ours.
///
/// # Safety
/// `source` is what a plugin was lent, during the call of it.
unsafe fn rest<'a>(source: *const hf_source) -> &'a mut Rest<'a> {
    // SAFETY: the caller's promise.
    let context = unsafe { (*source).context };
    // SAFETY: it was made of a `Rest` that nobody else refers to during the call.
    unsafe { &mut *context.cast::<Rest<'a>>() }
}

unsafe extern "C" fn read(source: *const hf_source, buf: *mut u8, len: usize) -> usize {
    // SAFETY: the plugin passes what it was lent.
    let rest = unsafe { rest(source) };
    let (now, later) = rest.bytes.split_at(len.min(rest.bytes.len()));
    // SAFETY: the plugin's room of at least `len` bytes, which is none of ours.
    unsafe { ptr::copy_nonoverlapping(now.as_ptr(), buf, now.len()) };
    rest.bytes = later;
    now.len()
}

unsafe extern "C" fn adopt(source: *const hf_source, token: hf_token) -> i32 {
    // SAFETY: as in `read`.
    let rest = unsafe { rest(source) };
    match rest.old {
        Some(old) if rest.new.later.adopt(&old.later, token) => HF_OK,
        _ => HF_STALE,
    }
}
