//! Tokens: the requests and events whose answer is put off.

use alloc::boxed::Box;
use alloc::sync::Arc;

use hotframe_protocol::Command;

use crate::ids::Id;
use crate::life::{Life, Retrying, Running};
use crate::slots::Slots;
use crate::{ConnectionId, GenerationId, Moment, RouteKey, Token};

/// Where a deferred request came from and who took it.
#[derive(Clone, Debug)]
pub(crate) struct Origin {
    pub connection: ConnectionId,
    /// The generation that has the request, though it may be replaced by now: the one that took
    /// it, or an heir of that.
    pub generation: GenerationId,
    /// The route that was followed.
    pub route: RouteKey,
    /// Its place in the connection's order; `None` for an event, which is owed nothing.
    pub place: Option<u32>,
    pub address: u8,
    pub command: Command,
    /// The number of its frame.
    pub number: u64,
    /// When its bytes were handed in.
    pub since: Moment,
    /// `plugin.handler`, if what becomes of it is to be told.
    pub handler: Option<Arc<str>>,
}

/// A token that became void before its handler answered: the time was over, or the connection.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Cancelled {
    /// Which one. It is used up.
    pub token: Token,
    /// The generation that took it.
    pub generation: GenerationId,
}

/// One request or event whose answer is put off.
#[derive(Clone, Debug)]
pub(crate) struct Pending {
    pub origin: Origin,
    /// When it is answered 2004, or tried again.
    pub deadline: Moment,
    pub stage: Stage,
    /// What another try needs, where its route allows one.
    pub kept: Option<Box<Kept>>,
}

/// Who has it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Stage {
    /// Its handler.
    Running(Life<Running>),
    /// Nobody: it failed, and waits to be tried again. Nobody knows this token.
    Retrying(Life<Retrying>),
}

/// A request as it came.
#[derive(Clone, Debug)]
pub(crate) struct Kept {
    pub data: Box<[u8]>,
    /// When the time for all tries is over.
    pub until: Moment,
    pub retries: u8,
}

impl Pending {
    /// Whether a generation owes the answer.
    pub const fn is_owed(&self) -> bool {
        matches!(self.stage, Stage::Running(_))
    }
}

/// Every token that is still good.
pub(crate) struct Tokens {
    pending: Slots<Pending>,
    /// The one that was issued last.
    newest: Option<Token>,
}

impl Tokens {
    pub const fn new() -> Self {
        Self { pending: Slots::new(), newest: None }
    }

    pub fn len(&self) -> usize {
        self.pending.len()
    }

    /// A token that may be issued, or not; never given again.
    pub fn reserve(&mut self) -> Option<Token> {
        self.pending.reserve().map(Token)
    }

    /// Makes the token good that was reserved last.
    pub fn issue(&mut self, token: Token, pending: Pending) {
        self.pending.fill(token.0, pending);
        self.newest = Some(token);
    }

    /// The token that was issued last, good or not.
    pub const fn newest(&self) -> Option<Token> {
        self.newest
    }

    /// The request behind `token` has this place in its connection's order.
    pub fn put_in_order(&mut self, token: Token, place: u32) {
        if let Some(pending) = self.pending.at_mut(token.0) {
            pending.origin.place = Some(place);
        }
    }

    /// The request behind `token` is another generation's from now on.
    pub fn pass_on(&mut self, token: Token, heir: GenerationId) {
        if let Some(pending) = self.pending.at_mut(token.0) {
            pending.origin.generation = heir;
        }
    }

    /// Uses the token up; `None` if it is stale.
    pub fn take(&mut self, token: Token) -> Option<Pending> {
        self.pending.remove(token.0)
    }

    /// The same of one that a generation has; `None` if it is stale, or nobody's.
    pub fn take_owed(&mut self, token: Token) -> Option<Pending> {
        self.owed(token)?;
        self.take(token)
    }

    /// What a generation has to answer.
    pub fn owed(&self, token: Token) -> Option<&Pending> {
        self.at(token).filter(|pending| pending.is_owed())
    }

    pub fn at(&self, token: Token) -> Option<&Pending> {
        self.pending.at(token.0)
    }

    pub fn iter(&self) -> impl Iterator<Item = (Token, &Pending)> {
        self.pending.iter().map(|(id, pending): (Id, _)| (Token(id), pending))
    }

    /// The tokens of events of one connection.
    pub fn of_events(&self, connection: ConnectionId) -> impl Iterator<Item = Token> {
        self.iter().filter_map(move |(token, Pending { origin, .. })| {
            (origin.connection == connection && origin.place.is_none()).then_some(token)
        })
    }

    /// The tokens that one generation has still to answer.
    pub fn of_generation(&self, generation: GenerationId) -> impl Iterator<Item = Token> {
        self.iter().filter_map(move |(token, pending)| {
            (pending.is_owed() && pending.origin.generation == generation).then_some(token)
        })
    }
}
