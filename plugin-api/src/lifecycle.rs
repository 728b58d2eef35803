//! What a plugin says about its configuration and its health, and when it begins and ends.
#![allow(unsafe_code, reason = "calls the host's functions")]

use core::fmt::Display;
use core::marker::PhantomData;

use crate::abi::{hf_findings, hf_str};
use crate::{Error, Plugin};

/// The steps of a plugin's life beside its handlers, for a plugin that names
/// `extensions: [lifecycle]` in [`plugin!`](crate::plugin!). What it does not need it leaves out.
///
/// The order, for one instance: `validate_config`, [`Plugin::create`], `self_test`, state is
/// loaded, `start`, requests and `reconfigure`, `quiesce`, drop.
pub trait Lifecycle: Plugin {
    /// Judges a configuration, the text of a JSON object, and says what is wrong with it. Depends
    /// on `config` alone. Called before `create` and `reconfigure`, on any thread; a configuration
    /// with findings is not taken, and what served before serves on.
    fn validate_config(config: &str, findings: &mut Findings<'_>) {
        let _ = (config, findings);
    }

    /// Says whether a fresh instance would serve. Called in the trial before a plugin is loaded.
    ///
    /// # Errors
    /// Why not: the plugin is not loaded then.
    fn self_test(&mut self) -> Result<(), Error> {
        Ok(())
    }

    /// Takes another configuration, which has no findings, while it serves.
    ///
    /// # Errors
    /// [`Error::unsupported`]: this change needs a new instance; the server reloads the plugin.
    /// Another one: nothing has changed, and the old configuration serves on.
    fn reconfigure(&mut self, config: &str) -> Result<(), Error> {
        let _ = config;
        Err(Error::unsupported("a reload is needed"))
    }

    /// State is loaded and requests come next: the place to start timers and jobs.
    ///
    /// # Errors
    /// Why it cannot serve after all: the instance is dropped, and the one before serves on.
    fn start(&mut self) -> Result<(), Error> {
        Ok(())
    }

    /// No new request comes: a successor has taken over, or the plugin goes. What is begun is to
    /// be finished; the instance is dropped when all its tokens are answered.
    fn quiesce(&mut self) {}
}

/// Takes what is wrong with a configuration.
#[derive(Debug)]
pub struct Findings<'a> {
    raw: *const hf_findings,
    count: usize,
    call: PhantomData<&'a hf_findings>,
}

impl Findings<'_> {
    /// One mistake. `key` is the key that is meant, `"limits.max_keys"` for one in a table below;
    /// one that is missing, or empty, stands for the whole table. The operator is shown its file,
    /// line and column. `text` says what is wrong and what to write instead.
    pub fn wrong(&mut self, key: &str, text: impl Display) {
        self.count += 1;
        let text = text.to_string();
        // SAFETY: `from_raw`'s caller vouches for the table while `self` lives.
        let wrong = unsafe { (*self.raw).wrong };
        // SAFETY: the host's own function and table; both texts are copied.
        unsafe { wrong(self.raw, hf_str::new(key), hf_str::new(&text)) }
    }

    /// How many mistakes were named so far.
    pub fn count(&self) -> usize {
        self.count
    }

    /// # Safety
    /// `raw` is a whole `hf_findings` that lives for `'a`.
    pub(crate) unsafe fn from_raw(raw: *const hf_findings) -> Self {
        Self { raw, count: 0, call: PhantomData }
    }
}
