//! The right to answer a request later.
#![allow(unsafe_code, reason = "calls the host's functions")]

use core::time::Duration;

use crate::abi::{HF_INTERNAL, HF_OK, hf_bytes, hf_request, hf_token};
use crate::{Error, Host};

/// Which token: to find again what was begun for it. Never given twice by one server.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct TokenId(hf_token);

impl TokenId {
    /// As a number, for a log or a table.
    pub const fn to_bits(self) -> u64 {
        self.0
    }

    pub(crate) const fn from_bits(bits: hf_token) -> Self {
        Self(bits)
    }
}

/// The right to answer one deferred request, once, from any thread; from
/// [`Request::defer`](crate::Request::defer). Dropped without an answer it is answered 2001. Once
/// nobody waits for it any more, or the plugin is gone, whatever is done with it does nothing.
#[derive(Debug)]
pub struct Token {
    host: Host,
    id: hf_token,
}

impl Token {
    /// Which one it is.
    pub fn id(&self) -> TokenId {
        TokenId(self.id)
    }

    /// Sends the reply; true if somebody waited for it. More than 255 bytes are answered with the
    /// error of [`TooLong`](crate::TooLong).
    pub fn reply(self, data: impl AsRef<[u8]>) -> bool {
        let data = data.as_ref();
        if u8::try_from(data.len()).is_err() {
            return self.fail(crate::TooLong);
        }
        self.complete(HF_OK, data)
    }

    /// Sends an error; true if somebody waited for an answer.
    pub fn fail(self, error: impl Into<Error>) -> bool {
        let error = error.into();
        let status = match error.code() {
            0 => error.returned(),
            code => i32::from(code),
        };
        self.complete(status, error.text().as_bytes())
    }

    /// Sends what came of the work: [`Token::reply`] or [`Token::fail`].
    pub fn answer(self, result: Result<impl AsRef<[u8]>, Error>) -> bool {
        match result {
            Ok(data) => self.reply(data),
            Err(error) => self.fail(error),
        }
    }

    pub(crate) fn host(&self) -> &Host {
        &self.host
    }

    /// Takes the token for a request that is being answered; `None` if there is none.
    pub(crate) fn take(host: &Host, request: &hf_request, timeout: Duration) -> Option<Self> {
        let nanos = u64::try_from(timeout.as_nanos()).unwrap_or(u64::MAX);
        let id = host.with(|table, functions| {
            // SAFETY: the table is alive while `with` runs; the host compares the request's
            // address with what it has lent, and refuses on another thread.
            unsafe { (functions.defer)(table, request, nanos) }
        })?;
        (id != 0).then(|| {
            host.expect_answer(id);
            Self { host: host.clone(), id }
        })
    }

    /// One of an earlier generation that this one has claimed.
    pub(crate) fn adopted(host: &Host, id: hf_token) -> Self {
        host.expect_answer(id);
        Self { host: host.clone(), id }
    }

    fn complete(&self, status: i32, data: &[u8]) -> bool {
        if !self.host.expects_no_more(self.id) {
            return false;
        }
        let returned = self.host.with(|table, functions| {
            // SAFETY: the table is alive while `with` runs; the data is copied.
            unsafe { (functions.complete)(table, self.id, status, hf_bytes::new(data)) }
        });
        returned == Some(HF_OK)
    }
}

impl Drop for Token {
    fn drop(&mut self) {
        // Does nothing after an answer.
        self.complete(HF_INTERNAL, b"the handler gave no answer");
    }
}
