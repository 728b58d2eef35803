//! What a client would see of a call.

use crate::TokenId;
use crate::abi::{
    HF_BUSY, HF_CLOSE, HF_DENIED, HF_INVALID, HF_NEXT, HF_NO_REPLY, HF_REPLY, HF_TIMEOUT,
};

/// What a client would see of a call.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Answer {
    /// A reply.
    Reply {
        /// Its device address.
        address: u8,
        /// Its whole command word.
        command: u16,
        /// Its data.
        data: Vec<u8>,
    },
    /// The same, and then the end of the connection.
    Close {
        /// Its device address.
        address: u8,
        /// Its whole command word.
        command: u16,
        /// Its data.
        data: Vec<u8>,
    },
    /// The handler answers later, with this token: see [`Loaded::wait`](super::Loaded::wait).
    Deferred(TokenId),
    /// Nothing: a good answer to an event.
    NoReply,
    /// Whatever the next route answers.
    Next,
    /// An error.
    Error {
        /// Its status code.
        code: u16,
        /// Its text; empty where the server puts in its own.
        text: String,
    },
}

impl Answer {
    /// The data of the reply.
    ///
    /// # Panics
    /// If the answer is no reply.
    #[track_caller]
    pub fn reply(&self) -> &[u8] {
        match self {
            Self::Reply { data, .. } | Self::Close { data, .. } => data,
            other => panic!("expected a reply, got {other:?}"),
        }
    }

    /// Code and text of the error.
    ///
    /// # Panics
    /// If the answer is no error.
    #[track_caller]
    pub fn error(&self) -> (u16, &str) {
        match self {
            Self::Error { code, text } => (*code, text),
            other => panic!("expected an error, got {other:?}"),
        }
    }

    /// The token that the handler has taken.
    ///
    /// # Panics
    /// If the answer came at once.
    #[track_caller]
    pub fn deferred(&self) -> TokenId {
        match self {
            Self::Deferred(token) => *token,
            other => panic!("expected a deferred answer, got {other:?}"),
        }
    }

    /// An error, or what a handler returned that left a reply of this head and data.
    pub(super) fn judge(
        returned: i32,
        error: Option<(u16, String)>,
        (address, command, data): (u8, u16, Vec<u8>),
    ) -> Self {
        match returned {
            HF_REPLY => Self::Reply { address, command, data },
            HF_CLOSE => Self::Close { address, command, data },
            HF_NO_REPLY => Self::NoReply,
            HF_NEXT => Self::Next,
            _ => {
                let (code, text) = error.unwrap_or_default();
                Self::Error { code: if code == 0 { default_code(returned) } else { code }, text }
            }
        }
    }
}

/// The status code that belongs to a returned value.
fn default_code(returned: i32) -> u16 {
    match returned {
        HF_INVALID => 1001,
        HF_DENIED => 1003,
        HF_BUSY => 2003,
        HF_TIMEOUT => 2004,
        _ => 2001,
    }
}
