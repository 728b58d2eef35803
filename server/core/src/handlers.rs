//! The one call that lies on the path of every frame, as a trait.

use core::fmt;
use core::time::Duration;

use hotframe_protocol::{Command, MAX_DATA, Status};

use crate::refusal::Text;
use crate::tokens::Tokens;
use crate::{ConnectionId, Moment, PeerNews, Token};

/// Calls the handlers of loaded plugins. The engine is generic over it: no dynamic dispatch of
/// ours lies between a frame and its handler.
pub trait Handlers {
    /// How the implementation finds a handler of a loaded generation.
    type Callee: Copy + fmt::Debug;

    /// Lets `callee` answer `request`. The reply's data is written into `reply`, which is the
    /// place that it is sent from. A handler that cannot answer yet takes a token from
    /// `deferrals` and returns [`Outcome::Deferred`].
    fn call(
        &mut self,
        callee: Self::Callee,
        request: &Request<'_>,
        reply: &mut Reply<'_>,
        deferrals: &mut Deferrals<'_>,
    ) -> Outcome;

    /// The moment now, freshly read, by a clock of any start. Asked before
    /// and after a request that is looked at, see [`Watch`](crate::Watch), and never else; `None`
    /// leaves unknown how long it took.
    fn time(&self) -> Option<Moment> {
        None
    }

    /// A connection or a session changed just now. Called from within whatever verb brought it
    /// about, so that a handler that is called after it already knows of it.
    fn hear(&mut self, news: &PeerNews) {
        let _ = news;
    }
}

/// A request or an event, as its handler sees it. The data points into the receive buffer.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Request<'a> {
    /// Who sent it.
    pub connection: ConnectionId,
    /// The number of its frame in the life of the engine; no other has the same. One that its
    /// handler passes on keeps it.
    pub id: u64,
    /// When the bytes were handed in.
    pub now: Moment,
    /// When the route's timeout is over; `None` if the route has none.
    pub deadline: Option<Moment>,
    /// The device's address on its link.
    pub address: u8,
    /// The whole command word.
    pub command: Command,
    /// Whether nothing is sent back, whatever the handler returns.
    pub is_event: bool,
    /// The payload.
    pub data: &'a [u8],
}

/// The place where a handler puts its answer.
#[derive(Debug)]
pub struct Reply<'a> {
    /// The room of the data. What is in it at first is of no meaning.
    pub data: &'a mut [u8; MAX_DATA],
    /// How much of the room is the answer; 0 at first.
    pub len: u8,
    /// Set to the request's address. A handler's change has no effect: a reply carries the
    /// address of its request.
    pub address: u8,
    /// Set to what a reply to the request carries. A handler's change has an effect in the raw
    /// dialect only: in the flagged one a reply carries the number of its request.
    pub command: Command,
}

impl Reply<'_> {
    /// Makes the answer the `code` and `message` of a failure, to go with
    /// [`Outcome::Failed`]. A message of more than 253 bytes is cut at a character.
    pub fn fail(&mut self, code: u16, message: &str) {
        let mut text = Text::of_error(self.data, code);
        text.push(message);
        self.len = text.finish();
    }
}

/// What a handler did with a request. What it answers to an event is discarded.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Outcome {
    /// The reply is in its place.
    Reply,
    /// There is nothing to say: right for an event, and in the raw dialect, where only a handler
    /// knows which frames want an answer. Any other request is answered 2001.
    NoReply,
    /// The answer comes later, with the token that was taken. Without one: 2001.
    Deferred,
    /// As if the route did not exist: the default route is tried, else 1004.
    Next,
    /// The reply is sent, and the connection closed after everything that is owed.
    Close,
    /// Code and message are in the reply's place; fewer than 2 bytes are answered 2001.
    Failed,
}

/// The answer to a deferred request.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Completion<'a> {
    /// The reply. More than 255 bytes are the handler's fault: 2001.
    Reply {
        /// Its data.
        data: &'a [u8],
    },
    /// The handler failed.
    Failed {
        /// The status.
        code: u16,
        /// For the peer; cut at a character to what fits.
        message: &'a str,
    },
}

impl Completion<'_> {
    /// The status of an answer that is an error.
    pub(crate) fn failure(&self) -> Option<u16> {
        match self {
            Self::Reply { data } if data.len() <= MAX_DATA => None,
            Self::Reply { .. } => Some(Status::HandlerFailed.code()),
            Self::Failed { code, .. } => Some(*code),
        }
    }
}

/// The token is used up, its request was answered otherwise or its connection is gone, or it
/// was never given.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Stale;

impl fmt::Display for Stale {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("nobody waits for this answer any more")
    }
}

impl core::error::Error for Stale {}

/// The handler's way to answer later. Made anew for every call, so there is next to nothing in it:
/// where the request came from is put down only when it is really put off.
pub struct Deferrals<'a> {
    tokens: &'a mut Tokens,
    issued: Option<Issued>,
}

/// A token that a handler has taken.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Issued {
    pub token: Token,
    /// The handler's own timeout in nanoseconds; `u64::MAX` for none.
    pub timeout: u64,
}

impl<'a> Deferrals<'a> {
    #[inline]
    pub(crate) const fn new(tokens: &'a mut Tokens) -> Self {
        Self { tokens, issued: None }
    }

    /// Takes the right to answer this request later, within `timeout` and the route's timeout:
    /// after the shorter one the request is answered 2004. `None` if a token was already taken for
    /// this request, or none is left. A connection that has as many in flight as it may is not
    /// read, so that no handler is called for it.
    pub fn defer(&mut self, timeout: Option<Duration>) -> Option<Token> {
        if self.issued.is_some() {
            return None;
        }
        let token = self.tokens.reserve()?;
        let timeout = timeout.map_or(u64::MAX, crate::moment::nanos);
        self.issued = Some(Issued { token, timeout });
        Some(token)
    }

    /// The token that was taken.
    #[inline]
    #[must_use]
    pub fn issued(&self) -> Option<Token> {
        self.issued.map(|issued| issued.token)
    }

    /// The same with the handler's timeout.
    #[inline]
    pub(crate) const fn into_issued(self) -> Option<Issued> {
        self.issued
    }
}

impl fmt::Debug for Deferrals<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Deferrals").field("issued", &self.issued).finish_non_exhaustive()
    }
}
