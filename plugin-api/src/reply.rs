//! What a handler answers.
#![allow(unsafe_code, reason = "writes into the room that the host lends")]

use core::fmt;

use crate::abi::{hf_bytes, hf_reply};

/// It does not fit into one frame.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct TooLong;

impl fmt::Display for TooLong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the reply does not fit into one frame")
    }
}

impl core::error::Error for TooLong {}

/// One reply, borrowed for the time of the call. What is written goes straight into the
/// connection's send buffer. After an error it is not sent.
#[derive(Debug)]
pub struct Reply<'a> {
    raw: &'a mut hf_reply,
    /// How many bytes `raw.buf` really takes: 0 where there is none.
    room: usize,
}

impl<'a> Reply<'a> {
    /// Appends `bytes`.
    ///
    /// # Errors
    /// If they do not fit. Then none of them is written.
    pub fn write(&mut self, bytes: &[u8]) -> Result<(), TooLong> {
        let count = u32::try_from(bytes.len()).map_err(|_| TooLong)?;
        if bytes.len() > self.remaining() {
            return Err(TooLong);
        }
        // SAFETY: `len` is at most `room`, so this is inside the room or just behind it.
        let end = unsafe { self.raw.buf.add(self.raw.len as usize) };
        // SAFETY: `remaining` bytes from `end` on are ours to write; `bytes` cannot overlap them,
        // as nothing else lends them out while `self` is borrowed mutably.
        unsafe { core::ptr::copy_nonoverlapping(bytes.as_ptr(), end, bytes.len()) };
        self.raw.len += count;
        Ok(())
    }

    /// What has been written.
    pub fn written(&self) -> &[u8] {
        let bytes = hf_bytes { ptr: self.raw.buf, len: self.raw.len as usize };
        // SAFETY: `write` has put these bytes there, and `self` is borrowed as long as they are.
        unsafe { bytes.as_slice() }
    }

    /// The same, to be changed in place.
    pub fn written_mut(&mut self) -> &mut [u8] {
        if self.room == 0 {
            return &mut [];
        }
        // SAFETY: `write` has put these bytes there, and `self` is borrowed mutably as long as
        // they are.
        unsafe { core::slice::from_raw_parts_mut(self.raw.buf, self.raw.len as usize) }
    }

    /// How many more bytes fit.
    pub fn remaining(&self) -> usize {
        self.room - self.raw.len as usize
    }

    /// Forgets what has been written.
    pub fn clear(&mut self) {
        self.raw.len = 0;
    }

    /// The device address that the reply will carry: at first the request's.
    pub fn address(&self) -> u8 {
        self.raw.address
    }

    /// Sends the reply under another address.
    pub fn set_address(&mut self, address: u8) {
        self.raw.address = address;
    }

    /// The whole command word that the reply will carry: at first the one that answers the
    /// request.
    pub fn command(&self) -> u16 {
        self.raw.command
    }

    /// Sends the reply under another command word.
    pub fn set_command(&mut self, command: u16) {
        self.raw.command = command;
    }

    /// Takes over what the host lends.
    ///
    /// # Safety
    /// `cap` bytes from `buf` on may be written for `'a`, by nobody else, unless `buf` is null.
    pub(crate) unsafe fn from_raw(raw: &'a mut hf_reply) -> Self {
        raw.len = 0;
        let room = if raw.buf.is_null() { 0 } else { raw.cap as usize };
        Self { raw, room }
    }
}

/// So that `write!(reply, …)` works. It fails where [`Reply::write`] does.
impl fmt::Write for Reply<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.write(text.as_bytes()).map_err(|TooLong| fmt::Error)
    }
}
