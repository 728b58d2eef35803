//! What a handler returns.

use crate::Error;
use crate::abi::{HF_CLOSE, HF_DEFERRED, HF_NEXT, HF_NO_REPLY, HF_REPLY};

/// What becomes of a request after its handler.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Outcome {
    /// The reply is sent. Also good for an event, where it is not.
    Reply,
    /// Nothing is sent: right for an event; for a request it is answered 2001.
    NoReply,
    /// The answer comes with the [`Token`](crate::Token) that was taken; without one: 2001.
    Deferred,
    /// Not mine: go on as if this route did not exist.
    Next,
    /// The reply is sent, then the connection is closed.
    Close,
}

impl Outcome {
    /// The value that the host gets.
    pub(crate) fn returned(self) -> i32 {
        match self {
            Self::Reply => HF_REPLY,
            Self::NoReply => HF_NO_REPLY,
            Self::Deferred => HF_DEFERRED,
            Self::Next => HF_NEXT,
            Self::Close => HF_CLOSE,
        }
    }
}

/// What a handler may return: an [`Outcome`], or a `Result` of one.
pub trait IntoAnswer {
    /// The same as a `Result`.
    ///
    /// # Errors
    /// The handler's own.
    fn into_answer(self) -> Result<Outcome, Error>;
}

impl IntoAnswer for Outcome {
    fn into_answer(self) -> Result<Outcome, Error> {
        Ok(self)
    }
}

impl IntoAnswer for Result<Outcome, Error> {
    fn into_answer(self) -> Result<Outcome, Error> {
        self
    }
}
