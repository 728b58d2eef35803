//! What a handler is asked.
#![allow(unsafe_code, reason = "reads what the host lends")]

use core::time::Duration;

use crate::abi::{HF_REQ_EVENT, HF_REQ_REPLAYED, hf_bytes, hf_request};
use crate::{Error, Host, Token};

/// Which connection a request came on: equal for all requests of one connection, and never given
/// to another.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct ConnectionId(u64);

impl ConnectionId {
    /// The connection of a number that [`ConnectionId::to_bits`] gave.
    pub const fn from_bits(bits: u64) -> Self {
        Self(bits)
    }

    /// As a number, for a log or a table.
    pub const fn to_bits(self) -> u64 {
        self.0
    }
}

/// One request, borrowed for the time of the call.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    raw: &'a hf_request,
    host: &'a Host,
    data: &'a [u8],
}

impl<'a> Request<'a> {
    /// The data of the frame, 0 to 255 bytes, where they lie in the receive buffer.
    pub fn data(&self) -> &'a [u8] {
        self.data
    }

    /// The device address, as it came.
    pub fn address(&self) -> u8 {
        self.raw.address
    }

    /// The whole command word, as it came.
    pub fn command(&self) -> u16 {
        self.raw.command
    }

    /// The connection it came on.
    pub fn connection(&self) -> ConnectionId {
        ConnectionId(self.raw.conn)
    }

    /// Number of the request, unique while the server runs.
    pub fn request_id(&self) -> u64 {
        self.raw.request_id
    }

    /// The server's monotonic time, taken once per turn of its loop: it costs nothing. The same
    /// clock as [`Host::now`](crate::Host::now).
    pub fn now(&self) -> Duration {
        Duration::from_nanos(self.raw.now_ns)
    }

    /// The moment after which an answer is useless, on the clock of [`Request::now`].
    pub fn deadline(&self) -> Option<Duration> {
        (self.raw.deadline_ns != 0).then(|| Duration::from_nanos(self.raw.deadline_ns))
    }

    /// True if nothing will be sent back, so that there is no use in writing a reply.
    pub fn is_event(&self) -> bool {
        self.raw.flags & HF_REQ_EVENT != 0
    }

    /// True if another process of this plugin ended while this request waited for it. Reserved: a
    /// server that runs plugins in its own process never says so.
    pub fn is_replayed(&self) -> bool {
        self.raw.flags & HF_REQ_REPLAYED != 0
    }

    /// Takes the right to answer later, within `timeout` (zero: only the route's timeout counts):
    /// after that the client gets 2004, and [`Plugin::cancel`](crate::Plugin::cancel) is called.
    /// Then return [`Outcome::Deferred`](crate::Outcome::Deferred). Replies of one connection leave
    /// in the order of its requests all the same.
    ///
    /// # Errors
    /// `busy` if the connection has as many requests under way as it may, or a token was taken for
    /// this request already.
    pub fn defer(&self, timeout: Duration) -> Result<Token, Error> {
        Token::take(self.host, self.raw, timeout)
            .ok_or_else(|| Error::busy("too many requests are under way"))
    }

    pub(crate) fn host(&self) -> &Host {
        self.host
    }

    /// Takes over what the host lends.
    ///
    /// # Safety
    /// `data` and `len` of `raw` are bytes that stay and do not change for `'a`, or null.
    pub(crate) unsafe fn from_raw(raw: &'a hf_request, host: &'a Host) -> Self {
        let bytes = hf_bytes { ptr: raw.data, len: raw.len as usize };
        // SAFETY: the caller vouches for the bytes.
        let data = unsafe { bytes.as_slice() };
        Self { raw, host, data }
    }
}
