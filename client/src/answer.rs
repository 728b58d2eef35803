//! What comes back: the answer to a request, and a received frame that owns its bytes.

use hotframe_protocol::{Command, Frame};

/// The server's answer to a request.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Answer {
    /// Success, with the handler's data.
    Reply(Vec<u8>),
    /// Failure.
    Error {
        /// The status code; [`status_name`](crate::status_name) gives its name.
        code: u16,
        /// What the server says about it; for people.
        message: String,
    },
}

impl Answer {
    /// Reads an error's data; `None` if it is too short for a code.
    pub(crate) fn of_error(data: &[u8]) -> Option<Self> {
        let (code, message) = data.split_first_chunk()?;
        let message = String::from_utf8_lossy(message).into_owned();
        Some(Self::Error { code: u16::from_be_bytes(*code), message })
    }
}

/// A received frame that owns its data.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FrameBuf {
    /// The device's address.
    pub address: u8,
    /// Kind and number.
    pub command: Command,
    /// The payload.
    pub data: Vec<u8>,
}

impl From<Frame<'_>> for FrameBuf {
    fn from(frame: Frame<'_>) -> Self {
        Self { address: frame.address, command: frame.command, data: frame.data.to_vec() }
    }
}
