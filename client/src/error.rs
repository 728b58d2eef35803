//! What can go wrong, and whose fault it is.

use std::time::Duration;
use std::{error, fmt, io};

use hotframe_protocol::DataTooLong;

/// Who has to change something for an error to go away.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Fault {
    /// The program that uses this library: what it asked for cannot be sent.
    Caller,
    /// The server, or whatever listens in its place.
    Peer,
    /// The way there, or nobody listens.
    Network,
}

/// Why a call failed. A request that the server answers with an error is no such failure, but an
/// [`Answer`](crate::Answer).
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// The text is not the address of a server.
    BadUrl {
        /// The text.
        url: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// A frame carries at most 255 bytes of data. Nothing was sent.
    DataTooLong {
        /// The bytes that were to be sent.
        len: usize,
    },
    /// A command's number has at most 14 bits. Nothing was sent.
    NumberTooLarge {
        /// The number that was to be sent.
        number: u16,
    },
    /// No answer is owed, so none can be waited for.
    NothingAsked,
    /// No connection could be made.
    Unreachable {
        /// The address that was tried.
        url: String,
        /// What the operating system says.
        source: io::Error,
    },
    /// Nothing came, or could be sent, in time.
    Timeout {
        /// How long was waited.
        waited: Duration,
    },
    /// The peer closed the connection while something was expected from it.
    Closed,
    /// The peer sent bytes that are no frame, or an error frame without a code. What follows
    /// them can still be received.
    Garbage,
    /// The connection failed.
    Io(io::Error),
}

impl Error {
    /// Whose fault it is.
    #[must_use]
    pub const fn fault(&self) -> Fault {
        match self {
            Self::BadUrl { .. }
            | Self::DataTooLong { .. }
            | Self::NumberTooLarge { .. }
            | Self::NothingAsked => Fault::Caller,
            Self::Timeout { .. } | Self::Closed | Self::Garbage => Fault::Peer,
            Self::Unreachable { .. } | Self::Io(_) => Fault::Network,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BadUrl { url, reason } => {
                write!(f, "`{url}` is not the address of a server: {reason}")
            }
            Self::DataTooLong { len } => write!(f, "{DataTooLong}, not {len}"),
            Self::NumberTooLarge { number } => {
                write!(f, "command {number:#06x} is above 0x3fff, the highest number")
            }
            Self::NothingAsked => f.write_str("no request waits for an answer"),
            Self::Unreachable { url, source } => write!(f, "nothing answers at {url}: {source}"),
            Self::Timeout { waited } => write!(f, "no answer within {waited:?}"),
            Self::Closed => f.write_str("the server closed the connection"),
            Self::Garbage => f.write_str("the peer sent bytes that are no frame"),
            Self::Io(source) => write!(f, "the connection failed: {source}"),
        }
    }
}

impl error::Error for Error {
    fn source(&self) -> Option<&(dyn error::Error + 'static)> {
        match self {
            Self::Unreachable { source, .. } | Self::Io(source) => Some(source),
            _ => None,
        }
    }
}
