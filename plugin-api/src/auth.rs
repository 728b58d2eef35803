//! Credentials: a plugin judges what clients show.
#![allow(unsafe_code, reason = "reads what the host lends")]

use core::time::Duration;

use crate::abi::{HF_DEFERRED, HF_DENIED, HF_OK, hf_credential, hf_token};
use crate::{ConnectionId, Error, Host, Plugin, Token, TokenId};

/// A plugin that judges the credentials that clients show with HELLO, for one that names
/// `extensions: [auth]` in [`plugin!`](crate::plugin!). It is asked where the configuration names
/// it: `auth.plugin`.
pub trait Authority: Plugin {
    /// Whether what a client shows is good. The server stands still meanwhile: what takes longer,
    /// a slow hash or a database, is done on another thread, after [`Claim::later`]. Compare
    /// secrets in constant time, and log none.
    ///
    /// # Errors
    /// Why nobody can say: the client hears 2001, and it does not count as an attempt of its.
    fn judge(&mut self, claim: &Claim<'_>) -> Result<Verdict, Error>;
}

/// What is said of a credential.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Verdict {
    /// The client is who it says.
    Good,
    /// It is not: 1002.
    Bad,
    /// That is told later, with what [`Claim::later`] gave.
    Later,
}

/// A client that says who it is, and what it shows for that.
#[derive(Debug)]
pub struct Claim<'a> {
    raw: &'a hf_credential,
    token: hf_token,
    host: &'a Host,
}

/// The right to say later what is said of one credential, once, from any thread. Dropped without
/// that, the client hears 2001.
#[derive(Debug)]
pub struct Pending(Token);

impl Claim<'_> {
    /// Which connection.
    pub fn connection(&self) -> ConnectionId {
        ConnectionId::from_bits(self.raw.conn)
    }

    /// Who it wants to be.
    pub fn client(&self) -> &str {
        // SAFETY: the host lends it for the call, which outlives this.
        core::str::from_utf8(unsafe { self.raw.client.as_slice() }).unwrap_or_default()
    }

    /// What it shows for that; empty if nothing.
    pub fn credential(&self) -> &[u8] {
        // SAFETY: as above.
        unsafe { self.raw.credential.as_slice() }
    }

    /// Where it comes from: `192.0.2.7:50123`.
    pub fn peer(&self) -> &str {
        // SAFETY: as above.
        core::str::from_utf8(unsafe { self.raw.peer.as_slice() }).unwrap_or_default()
    }

    /// The moment after which a verdict is useless, on the clock of [`Host::now`].
    pub fn deadline(&self) -> Duration {
        Duration::from_nanos(self.raw.deadline_ns)
    }

    /// Puts the verdict off; [`Verdict::Later`] is to be returned then.
    pub fn later(&self) -> Pending {
        Pending(Token::adopted(self.host, self.token))
    }
}

impl<'a> Claim<'a> {
    pub(crate) const fn from_raw(raw: &'a hf_credential, token: hf_token, host: &'a Host) -> Self {
        Self { raw, token, host }
    }
}

impl Pending {
    /// Which one it is: [`Plugin::cancel`] names it when nobody waits any more.
    pub fn id(&self) -> TokenId {
        self.0.id()
    }

    /// The client is who it says; true if somebody waited for that.
    pub fn admit(self) -> bool {
        self.0.reply([])
    }

    /// It is not: 1002; true if somebody waited for that.
    pub fn refuse(self) -> bool {
        self.0.fail(Error::denied("the credential is not good"))
    }

    /// Nobody can say; true if somebody waited for that.
    pub fn fail(self, error: impl Into<Error>) -> bool {
        self.0.fail(error)
    }
}

impl Verdict {
    pub(crate) const fn returned(self) -> i32 {
        match self {
            Self::Good => HF_OK,
            Self::Bad => HF_DENIED,
            Self::Later => HF_DEFERRED,
        }
    }
}
