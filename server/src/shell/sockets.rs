//! The sockets: own every connected stream, found by the engine's connection id.

use std::collections::VecDeque;
use std::time::Duration;

use hotframe_core::{ConnectionId, Moment};

use super::listener::Peer;
use super::socket::Stream;

/// How long a peer may go on sending after we said that nothing more will come.
const LINGER: Duration = Duration::from_secs(2);

/// One connected peer, as the shell sees it.
#[derive(Debug)]
pub struct Socket {
    /// The engine's name for it.
    pub id: ConnectionId,
    /// The stream itself.
    pub stream: Stream,
    /// Who is at the other end.
    pub peer: Peer,
    /// Which listener it came from.
    pub listener: u16,
    /// The last read did not say `WouldBlock`: there may be more, and no event will tell.
    pub readable: bool,
    /// The last write was taken whole.
    pub writable: bool,
    /// An event said that the peer's half-close is in the stream: read up to it.
    pub hangup: bool,
    /// On the ready list.
    pub queued: bool,
    /// We have said goodbye and only drain what the peer still sends.
    pub lingering: bool,
}

impl Socket {
    /// A stream that has just been accepted: writable, and not known to be readable.
    #[must_use]
    pub fn new(id: ConnectionId, stream: Stream, peer: Peer, listener: u16) -> Self {
        Self {
            id,
            stream,
            peer,
            listener,
            readable: false,
            writable: true,
            hangup: false,
            queued: false,
            lingering: false,
        }
    }
}

/// All sockets, the list of those that get a turn without an event, and those that linger.
#[derive(Debug, Default)]
pub struct Sockets {
    by_slot: Vec<Option<Box<Socket>>>,
    ready: VecDeque<ConnectionId>,
    /// In the order of their deadlines, because every one lingers equally long.
    lingering: VecDeque<(Moment, ConnectionId)>,
}

impl Sockets {
    /// Takes a socket in.
    pub fn insert(&mut self, socket: Socket) {
        let slot = socket.id.slot();
        if self.by_slot.len() <= slot {
            self.by_slot.resize_with(slot + 1, || None);
        }
        self.by_slot[slot] = Some(Box::new(socket));
    }

    /// The socket of a connection; none for one that is gone.
    pub fn find(&mut self, id: ConnectionId) -> Option<&mut Socket> {
        let socket = self.by_slot.get_mut(id.slot())?.as_deref_mut()?;
        (socket.id == id).then_some(socket)
    }

    /// Lets a socket go, which closes it.
    pub fn remove(&mut self, id: ConnectionId) -> Option<Box<Socket>> {
        self.find(id)?;
        self.by_slot[id.slot()].take()
    }

    /// Gives a connection another turn before the loop sleeps again.
    pub fn make_ready(&mut self, id: ConnectionId) {
        let Some(socket) = self.find(id) else { return };
        if !std::mem::replace(&mut socket.queued, true) {
            self.ready.push_back(id);
        }
    }

    /// How many wait for a turn.
    #[must_use]
    pub fn ready_count(&self) -> usize {
        self.ready.len()
    }

    /// The next connection that waits for a turn.
    pub fn take_ready(&mut self) -> Option<ConnectionId> {
        let id = self.ready.pop_front()?;
        if let Some(socket) = self.find(id) {
            socket.queued = false;
        }
        Some(id)
    }

    /// Says goodbye to the peer, then drains what it still sends for a while: a close with unread
    /// input would destroy the replies that are still on their way.
    pub fn start_lingering(&mut self, id: ConnectionId, now: Moment) {
        let Some(socket) = self.find(id) else { return };
        socket.lingering = true;
        socket.stream.shutdown_write();
        self.lingering.push_back((now.after(LINGER), id));
        self.make_ready(id);
    }

    /// When the next lingering connection has had its time.
    #[must_use]
    pub fn next_linger(&self) -> Option<Moment> {
        self.lingering.front().map(|(at, _)| *at)
    }

    /// A connection that has lingered long enough and is still there.
    pub fn take_lingered(&mut self, now: Moment) -> Option<ConnectionId> {
        while self.next_linger().is_some_and(|at| at <= now) {
            let (_, id) = self.lingering.pop_front()?;
            if self.find(id).is_some() {
                return Some(id);
            }
        }
        None
    }

    /// All sockets.
    pub fn iter(&self) -> impl Iterator<Item = &Socket> {
        self.by_slot.iter().filter_map(Option::as_deref)
    }
}
