//! Owns how long an answer is waited for, and what is made of it.

use std::time::Duration;

use hotframe_plugin_api::{Error, NoAnswer};

use crate::REFUSED;

/// How long a client has to answer.
pub const PATIENCE: Duration = Duration::from_secs(5);

/// What the one who asked is answered.
pub fn judge<'a>(answer: Result<&'a [u8], NoAnswer<'_>>) -> Result<&'a [u8], Error> {
    answer.map_err(|no| match no {
        NoAnswer::Error { code, text } => {
            let text = String::from_utf8_lossy(text);
            Error::coded(REFUSED, format_args!("the client answered {code}: {text}"))
        }
        NoAnswer::TimedOut => Error::timeout("the client did not answer in time"),
        NoAnswer::Gone => Error::timeout("the client was gone before it answered"),
        NoAnswer::Busy => Error::busy("too much waits for the client"),
    })
}
