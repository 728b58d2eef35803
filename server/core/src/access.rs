//! Access: which commands are for clients that have shown a credential, and what becomes of one
//! that is shown. The engine checks none itself: it hands claims out and hears verdicts.

use alloc::boxed::Box;
use alloc::collections::VecDeque;
use alloc::sync::Arc;
use alloc::vec;

use hotframe_protocol::{Command, Frame, Kind, Status, seal};

use crate::builtin::HELLO;
use crate::hello::{Caller, client_id};
use crate::refusal::{code_of, refuse};
use crate::turn::{Turn, data_of};
use crate::{ConnectionId, Handlers};

/// What clients must show.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Access {
    /// Whether the credential of a HELLO is checked; otherwise nobody looks at it.
    pub checks: bool,
    /// Whether a valid one is needed for every command that is not allowed.
    pub required: bool,
    /// The numbers that are allowed without one; HELLO and BYE always are.
    allowed: Box<[u64]>,
}

/// A credential that somebody has to judge.
#[derive(Clone, PartialEq, Eq)]
pub struct Claim {
    /// Who shows it. Nothing more is taken from this connection before the verdict.
    pub connection: ConnectionId,
    /// Who it wants to be.
    pub client: Arc<str>,
    /// What it shows for that; empty if nothing.
    pub credential: Box<[u8]>,
}

/// What came of a claim.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Judged {
    /// The credential is good.
    Good,
    /// It is not, or the client is not known.
    Bad,
    /// Too many bad ones came from there lately.
    TooMany,
    /// Nobody could judge it, which is no fault of the client's; it hears this status.
    Unjudged(Status),
}

/// A HELLO that waits for its verdict.
pub(crate) struct Waiting {
    pub address: u8,
    pub command: Command,
    pub client: Arc<str>,
}

impl Access {
    /// Nothing is checked.
    #[must_use]
    pub fn open() -> Self {
        Self::default()
    }

    /// Credentials are checked; where they are `required`, only `allowed` numbers do without.
    #[must_use]
    pub fn checked(required: bool, allowed: impl IntoIterator<Item = u16>) -> Self {
        let mut words = vec![0_u64; 1 << 8].into_boxed_slice();
        for number in allowed.into_iter().filter(|number| *number < 1 << 14) {
            words[usize::from(number / 64)] |= 1 << (number % 64);
        }
        Self { checks: true, required, allowed: words }
    }

    /// Whether `number` needs no credential.
    pub(crate) fn allows(&self, number: u16) -> bool {
        let word = self.allowed.get(usize::from(number / 64)).copied().unwrap_or(0);
        matches!(number, HELLO | crate::builtin::BYE) || word >> (number % 64) & 1 == 1
    }
}

impl core::fmt::Debug for Claim {
    /// Shows nothing of the credential.
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let mut shown = f.debug_struct("Claim");
        shown.field("connection", &self.connection).field("client", &self.client);
        shown.finish_non_exhaustive()
    }
}

/// The claims that the shell has not fetched yet: at most one a connection.
pub(crate) type Claims = VecDeque<Claim>;

impl<H: Handlers> Turn<'_, H> {
    /// Whether this connection may not use a command: it has shown no credential.
    pub fn is_barred(&self, number: u16) -> bool {
        let (access, connection) = (&self.desk.access, &self.connection);
        access.required
            && connection.profile.auth
            && !connection.is_known
            && (connection.profile.is_raw() || !access.allows(number))
    }

    /// A HELLO whose credential is to be judged; false if it is answered at once.
    pub fn claim(&mut self, frame: &Frame<'_>) -> bool {
        let access = &self.desk.access;
        let shown = frame.data.iter().position(|&byte| byte == 0).map(|at| &frame.data[at + 1..]);
        let must = access.required && self.connection.profile.auth;
        if !access.checks || frame.command.kind() != Kind::Request {
            return false;
        }
        let Some(client) = client_id(frame.data).filter(|_| must || shown.is_some()) else {
            return false;
        };
        let client: Arc<str> = client.into();
        let claim = Claim {
            connection: self.id,
            client: client.clone(),
            credential: shown.unwrap_or_default().into(),
        };
        self.desk.claims.push_back(claim);
        self.desk.counters.claims += 1;
        let (address, command) = (frame.address, frame.command);
        self.connection.is_claiming = true;
        self.desk.waiting.insert(self.id, Waiting { address, command, client });
        true
    }

    /// The verdict on the claim of this connection, if it has one.
    pub fn judge_claim(&mut self, judged: Judged) {
        let Some(waiting) = self.desk.waiting.remove(&self.id) else {
            return;
        };
        self.connection.is_claiming = false;
        let Waiting { address, command, client } = waiting;
        let status = match judged {
            Judged::Good => None,
            Judged::Bad => Some(Status::Unauthenticated),
            Judged::TooMany => Some(Status::TooManyRequests),
            Judged::Unjudged(status) => Some(status),
        };
        let connection = &mut *self.connection;
        let room = connection.outgoing.room(&mut self.desk.pool);
        let (kind, len) = match status {
            Some(status) => (Kind::Error, refuse(data_of(room), status, HELLO)),
            None => {
                let caller = Caller {
                    id: self.id,
                    session: &mut connection.session,
                    probe: connection.profile.probes(),
                    now: self.now,
                };
                self.desk.greet(client.as_bytes(), data_of(room), caller)
            }
        };
        connection.is_known |= status.is_none();
        match judged {
            Judged::Good => {}
            Judged::Bad | Judged::TooMany => self.desk.counters.claims_refused += 1,
            Judged::Unjudged(_) => self.desk.counters.claims_unjudged += 1,
        }
        if kind == Kind::Error {
            self.desk.counters.count_error(code_of(data_of(room)));
        }
        let len = seal(room, address, command.with_kind(kind), len);
        self.commit(len);
        if !self.connection.is_open() {
            self.desk.part(self.id, self.connection);
        }
        self.connection.outgoing.tidy(&mut self.desk.pool);
    }
}
