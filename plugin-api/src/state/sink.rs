//! Where state is written to.
#![allow(unsafe_code, reason = "calls the host's functions")]

use core::marker::PhantomData;

use crate::abi::{HF_OK, hf_bytes, hf_sink};
use crate::{Error, Token};

/// So much is gathered before it is handed to the host.
const GATHERED: usize = 16 * 1024;

/// Where state is written to, borrowed for one [`save`](super::StateStream::save). Whatever is
/// written appends.
#[derive(Debug)]
pub struct Sink<'a> {
    raw: *const hf_sink,
    budget: u64,
    written: u64,
    gathered: Vec<u8>,
    call: PhantomData<&'a hf_sink>,
}

impl Sink<'_> {
    /// Appends bytes as they are.
    ///
    /// # Errors
    /// There is more than `plugins.max_state` allows: pass it on.
    pub fn write(&mut self, bytes: &[u8]) -> Result<(), Error> {
        self.written = self.written.saturating_add(bytes.len() as u64);
        if self.gathered.len() + bytes.len() > GATHERED {
            self.flush()?;
        }
        if bytes.len() >= GATHERED {
            return self.pass(bytes);
        }
        self.gathered.extend_from_slice(bytes);
        Ok(())
    }

    /// Appends the number of a token, for the new instance to
    /// [adopt](super::Source::adopt). This one may be answered until the new instance has taken
    /// over; then [`Plugin::cancel`](crate::Plugin::cancel) is called for it.
    ///
    /// # Errors
    /// As for [`Sink::write`].
    pub fn write_token(&mut self, token: &Token) -> Result<(), Error> {
        self.write(&token.id().to_bits().to_le_bytes())
    }

    /// Whether as much is written as is welcome in one call.
    pub fn is_full(&self) -> bool {
        self.written >= self.budget
    }

    /// Hands over what is gathered.
    pub(crate) fn flush(&mut self) -> Result<(), Error> {
        let gathered = core::mem::take(&mut self.gathered);
        let passed = if gathered.is_empty() { Ok(()) } else { self.pass(&gathered) };
        self.gathered = gathered;
        self.gathered.clear();
        passed
    }

    fn pass(&self, bytes: &[u8]) -> Result<(), Error> {
        // SAFETY: `from_raw`'s caller vouches for the table while `self` lives.
        let write = unsafe { (*self.raw).write };
        // SAFETY: the host's own function and table; the bytes are copied.
        let returned = unsafe { write(self.raw, hf_bytes::new(bytes)) };
        if returned == HF_OK { Ok(()) } else { Err(Error::too_much_state()) }
    }

    /// # Safety
    /// `raw` is a whole `hf_sink` that lives for `'a`.
    pub(crate) unsafe fn from_raw(raw: *const hf_sink, budget: u64) -> Self {
        Self { raw, budget, written: 0, gathered: Vec::new(), call: PhantomData }
    }
}
