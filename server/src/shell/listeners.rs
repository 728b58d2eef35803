//! All listeners: own who is accepted when, and the retry after a shortage.

use std::io;
use std::os::fd::OwnedFd;
use std::time::Duration;

use hotframe_core::{Bucket, Moment, Profile, Rate};
use mio::{Registry, Token};

use super::inherited::{Inherited, Origin};
use super::listener::{AcceptError, BACKLOG, Endpoint, Listener};
use super::peer::Peer;
use super::socket::Stream;
use crate::diagnostics::codes::listeners::ACCEPT_PAUSED;

/// Connections accepted from one listener in one turn of the loop: those who are here wait for it.
const ACCEPTS_PER_TURN: usize = 16;
/// Connections taken from one listener when it closes: as many as the kernel holds ready.
const LAST_ACCEPTS: usize = 2 * BACKLOG.unsigned_abs() as usize;
/// After a shortage of descriptors or memory. No event tells when it is over.
const RETRY: Duration = Duration::from_millis(100);

/// Listeners under the tokens `first`, `first + 1`, ….
#[derive(Debug)]
pub struct Listeners {
    entries: Vec<Entry>,
    first: usize,
    /// How many may come in; those above wait.
    accept_rate: Option<Rate>,
    bucket: Bucket,
    /// Whether somebody else goes on with the sockets, and with who waits at them.
    outlive: bool,
}

#[derive(Debug)]
struct Entry {
    listener: Listener,
    profile: Profile,
    ready: bool,
    /// After a shortage, or while the rate is used up: when it is tried again.
    retry_at: Option<Moment>,
    /// The shortage that lasts was told: it is one fact, not ten a second.
    told: bool,
}

/// A connection that came in.
#[derive(Debug)]
pub struct Arrival {
    /// Its stream, not yet registered.
    pub stream: Stream,
    /// Who it is.
    pub peer: Peer,
    /// The index of the listener.
    pub listener: u16,
    /// What the listener wants for it.
    pub profile: Profile,
}

impl Entry {
    fn tell(&mut self, error: &io::Error) {
        if !std::mem::replace(&mut self.told, true) {
            let endpoint = self.listener.endpoint();
            log::warn!(
                code = ACCEPT_PAUSED.as_str();
                "connections wait at {endpoint}: {error}; tried again every {RETRY:?}"
            );
        }
    }
}

impl Listeners {
    /// Listens at every endpoint: on an inherited socket where there is one for it, else on one
    /// that is bound now.
    ///
    /// # Errors
    /// The first endpoint that could not be bound, with what the operating system says.
    pub fn bind(
        endpoints: &[(Endpoint, Profile)],
        inherited: &mut Inherited,
        first: Token,
    ) -> Result<Self, (Endpoint, io::Error)> {
        let mut entries = Vec::with_capacity(endpoints.len());
        let origin = inherited.origin();
        for (endpoint, profile) in endpoints {
            let listener = match inherited.claim(endpoint) {
                Some((found, socket)) => Listener::adopt(found, socket, origin),
                None => Listener::bind(endpoint),
            };
            let listener = listener.map_err(|error| (endpoint.clone(), error))?;
            let profile = *profile;
            entries.push(Entry { listener, profile, ready: false, retry_at: None, told: false });
        }
        let outlive = origin == Origin::Passed;
        let (accept_rate, bucket) = (None, Bucket::default());
        Ok(Self { entries, first: first.0, accept_rate, bucket, outlive })
    }

    /// Starts to hear of connections.
    ///
    /// # Errors
    /// What the operating system says.
    pub fn register(&mut self, registry: &Registry) -> io::Result<()> {
        for (index, entry) in self.entries.iter_mut().enumerate() {
            entry.listener.register(registry, Token(self.first + index))?;
        }
        Ok(())
    }

    /// Puts a rate in force for all listeners together: whoever is one too many waits. `None` lets
    /// everybody in.
    pub fn set_accept_rate(&mut self, rate: Option<Rate>) {
        if self.accept_rate != rate {
            self.accept_rate = rate;
            self.entries.iter_mut().for_each(|entry| entry.retry_at = None);
        }
    }

    /// Stops listening. Who waits is let in first, unless somebody else goes on with the sockets:
    /// a connection that the kernel has made for us is not to be reset.
    pub fn close(&mut self, mut take_in: impl FnMut(Arrival)) {
        for (index, entry) in std::mem::take(&mut self.entries).into_iter().enumerate() {
            let listener = u16::try_from(index).unwrap_or(u16::MAX);
            for _ in 0..if self.outlive { 0 } else { LAST_ACCEPTS } {
                match entry.listener.accept() {
                    Ok((stream, peer)) => {
                        take_in(Arrival { stream, peer, listener, profile: entry.profile });
                    }
                    Err(AcceptError::Again) => {}
                    Err(AcceptError::WouldBlock | AcceptError::Short(_)) => break,
                }
            }
        }
    }

    /// Another process goes on with the sockets.
    pub fn give_away(&mut self) {
        self.outlive = true;
        self.entries.iter_mut().for_each(|entry| entry.listener.give_away());
    }

    /// Every socket once more, with its URL, for another process; without those that cannot be
    /// had for want of descriptors.
    #[must_use]
    pub fn duplicates(&self) -> Vec<(String, OwnedFd)> {
        let entries = self.entries.iter();
        let twice = entries.map(|entry| (entry.listener.endpoint(), entry.listener.duplicate()));
        twice.filter_map(|(url, socket)| Some((url.to_string(), socket.ok()?))).collect()
    }

    /// Notes an event; whether the token was one of ours.
    pub fn handle_event(&mut self, token: Token) -> bool {
        let entry = token.0.checked_sub(self.first).and_then(|i| self.entries.get_mut(i));
        entry.map(|entry| entry.ready = true).is_some()
    }

    /// Whether somebody may be waiting whom no event will announce again.
    #[must_use]
    pub fn any_ready(&self) -> bool {
        self.entries.iter().any(|entry| entry.ready && entry.retry_at.is_none())
    }

    /// When to try again after a shortage, or when the rate lets one more in.
    #[must_use]
    pub fn next_retry(&self) -> Option<Moment> {
        self.entries.iter().filter_map(|entry| entry.retry_at).min()
    }

    /// Takes in those who wait, at most `ACCEPTS_PER_TURN` a listener.
    pub fn accept(&mut self, now: Moment, mut take_in: impl FnMut(Arrival)) {
        for (index, entry) in self.entries.iter_mut().enumerate() {
            if entry.retry_at.is_some_and(|at| at <= now) {
                entry.retry_at = None;
            }
            if !entry.ready || entry.retry_at.is_some() {
                continue;
            }
            let listener = u16::try_from(index).unwrap_or(u16::MAX);
            for _ in 0..ACCEPTS_PER_TURN {
                if let Some(rate) = self.accept_rate
                    && !self.bucket.has(rate, now)
                {
                    entry.retry_at = Some(self.bucket.opens(rate));
                    break;
                }
                match entry.listener.accept() {
                    Ok((stream, peer)) => {
                        entry.told = false;
                        if let Some(rate) = self.accept_rate {
                            self.bucket.take(rate, now);
                        }
                        take_in(Arrival { stream, peer, listener, profile: entry.profile });
                    }
                    Err(AcceptError::Again) => {}
                    Err(AcceptError::WouldBlock) => {
                        entry.ready = false;
                        break;
                    }
                    Err(AcceptError::Short(error)) => {
                        entry.tell(&error);
                        entry.retry_at = Some(now.after(RETRY));
                        break;
                    }
                }
            }
        }
    }

    /// Where each listens, as bound.
    pub fn endpoints(&self) -> impl Iterator<Item = &Endpoint> {
        self.entries.iter().map(|entry| entry.listener.endpoint())
    }
}
