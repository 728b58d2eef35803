//! Where state is read from.
#![allow(unsafe_code, reason = "calls the host's functions")]

use core::marker::PhantomData;

use crate::abi::{HF_OK, hf_source};
use crate::{Error, Host, Token};

/// So much is fetched from the host at a time, where nobody wants more at once.
const FETCHED: usize = 16 * 1024;

/// Where state is read from, borrowed for one [`load`](super::StateStream::load).
#[derive(Debug)]
pub struct Source<'a> {
    raw: *const hf_source,
    host: &'a Host,
    /// Bytes that the host has still.
    left: u64,
    fetched: Vec<u8>,
    /// How many of them were taken.
    at: usize,
    call: PhantomData<&'a hf_source>,
}

impl Source<'_> {
    /// The next `len` bytes.
    ///
    /// # Errors
    /// There are fewer: the state is not what its version says. Pass it on.
    pub fn take(&mut self, len: usize) -> Result<&[u8], Error> {
        if self.fetched.len() - self.at < len {
            self.fetch(len)?;
        }
        let taken = self.fetched.get(self.at..self.at + len);
        self.at += len;
        taken.ok_or_else(Error::torn_state)
    }

    /// The next `N` bytes.
    ///
    /// # Errors
    /// As for [`Source::take`].
    pub fn array<const N: usize>(&mut self) -> Result<[u8; N], Error> {
        self.take(N)?.try_into().map_err(|_| Error::torn_state())
    }

    /// How many bytes are left.
    pub fn remaining(&self) -> u64 {
        self.left + (self.fetched.len() - self.at) as u64
    }

    /// Whether nothing is left.
    pub fn is_empty(&self) -> bool {
        self.remaining() == 0
    }

    /// Reads the number of a token that [`Sink::write_token`](super::Sink::write_token) has
    /// written, and claims it. `None` if it is not good any more, or the server's policy for this
    /// plugin is not `tokens = "adopt"`: the old instance answers it then.
    ///
    /// The token may be answered from [`start`](crate::Lifecycle::start) on.
    ///
    /// # Errors
    /// As for [`Source::take`].
    pub fn adopt(&mut self) -> Result<Option<Token>, Error> {
        let number = u64::from_le_bytes(self.array()?);
        // SAFETY: `from_raw`'s caller vouches for the table while `self` lives.
        let adopt = unsafe { (*self.raw).adopt };
        // SAFETY: the host's own function and table.
        let returned = unsafe { adopt(self.raw, number) };
        Ok((returned == HF_OK).then(|| Token::adopted(self.host, number)))
    }

    /// Sees to it that at least `len` bytes lie ready.
    fn fetch(&mut self, len: usize) -> Result<(), Error> {
        if self.remaining() < len as u64 {
            return Err(Error::torn_state());
        }
        self.fetched.drain(..self.at);
        self.at = 0;
        let before = self.fetched.len();
        let left = usize::try_from(self.left).unwrap_or(usize::MAX);
        let wanted = (len - before).max(FETCHED).min(left);
        self.fetched.resize(before + wanted, 0);
        let room = &mut self.fetched[before..];
        // SAFETY: as in `adopt`.
        let copy = unsafe { (*self.raw).read };
        // SAFETY: as in `adopt`; the room is as long as it is said to be.
        let read = unsafe { copy(self.raw, room.as_mut_ptr(), room.len()) };
        if read != wanted {
            return Err(Error::torn_state());
        }
        self.left -= wanted as u64;
        Ok(())
    }

    /// # Safety
    /// `raw` is a whole `hf_source` that lives for as long as this does.
    pub(crate) unsafe fn from_raw(raw: *const hf_source, host: &Host) -> Source<'_> {
        // SAFETY: the caller's promise.
        let left = unsafe { (*raw).len };
        Source { raw, host, left, fetched: Vec::new(), at: 0, call: PhantomData }
    }
}
