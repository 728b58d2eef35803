//! The sockets: own every connected stream, found by the engine's connection id.

use std::collections::{HashMap, VecDeque};

use hotframe_core::ConnectionId;

use super::peer::Peer;
use super::socket::Stream;

/// The sockets that get their places together.
const CHUNK: usize = 64;

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
    /// Its last turn read a lot or found a frame begun, or its time is over: its next turn comes
    /// behind those of others.
    pub is_second: bool,
    /// Bytes that had arrived when the server was told to end, and are still to be read.
    pub last_words: u32,
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
            is_second: false,
            last_words: 0,
        }
    }
}

#[cfg(not(any(debug_assertions, feature = "serial")))]
const _: () = assert!(size_of::<Option<Socket>>() <= 56, "every connection has one");

/// All sockets, and the list of those that get a turn without another event.
#[derive(Debug, Default)]
pub struct Sockets {
    /// By slot, so many together: they never move, and growing leaves no old copy behind.
    chunks: Vec<Box<[Option<Socket>]>>,
    ready: VecDeque<ConnectionId>,
    /// The same, of those that come second.
    second: VecDeque<ConnectionId>,
    /// Who was at the other end of what was let go since the log was told.
    departed: HashMap<ConnectionId, Peer>,
}

impl Sockets {
    /// Takes a socket in.
    pub fn insert(&mut self, socket: Socket) {
        let slot = socket.id.slot() as usize;
        while self.chunks.len() <= slot / CHUNK {
            self.chunks.push((0..CHUNK).map(|_| None).collect());
        }
        self.chunks[slot / CHUNK][slot % CHUNK] = Some(socket);
    }

    /// The socket of a connection; none for one that is gone.
    pub fn find(&mut self, id: ConnectionId) -> Option<&mut Socket> {
        self.place(id)?.as_mut().filter(|socket| socket.id == id)
    }

    /// Lets a socket go, which closes it.
    pub fn remove(&mut self, id: ConnectionId) -> Option<Socket> {
        let peer = self.find(id)?.peer;
        self.departed.insert(id, peer);
        self.place(id)?.take()
    }

    /// Who is at the other end of a connection, or was when it ended in this round.
    #[must_use]
    pub fn peer(&self, id: ConnectionId) -> Option<Peer> {
        let slot = id.slot() as usize;
        let socket = self.chunks.get(slot / CHUNK).and_then(|chunk| chunk[slot % CHUNK].as_ref());
        let living = socket.filter(|socket| socket.id == id).map(|socket| socket.peer);
        living.or_else(|| self.departed.get(&id).copied())
    }

    fn place(&mut self, id: ConnectionId) -> Option<&mut Option<Socket>> {
        let slot = id.slot() as usize;
        self.chunks.get_mut(slot / CHUNK).map(|chunk| &mut chunk[slot % CHUNK])
    }

    /// Forgets who has left; done when the log was told of them.
    pub fn forget_departed(&mut self) {
        self.departed.clear();
    }

    /// Gives a connection another turn before the loop sleeps again.
    pub fn make_ready(&mut self, id: ConnectionId) {
        let Some(socket) = self.find(id) else { return };
        let is_second = socket.is_second;
        if !std::mem::replace(&mut socket.queued, true) {
            if is_second { self.second.push_back(id) } else { self.ready.push_back(id) }
        }
    }

    /// Gives a connection another turn, behind those of who asks for little.
    pub fn make_second(&mut self, id: ConnectionId) {
        if let Some(socket) = self.find(id) {
            socket.is_second = true;
            self.make_ready(id);
        }
    }

    /// How many wait for a turn: those that ask for little, and those that come second.
    #[must_use]
    pub fn waiting(&self) -> (usize, usize) {
        (self.ready.len(), self.second.len())
    }

    /// The next connection that waits for a turn, of those that come second if `is_second`.
    pub fn take_ready(&mut self, is_second: bool) -> Option<ConnectionId> {
        let list = if is_second { &mut self.second } else { &mut self.ready };
        let id = list.pop_front()?;
        if let Some(socket) = self.find(id) {
            socket.queued = false;
        }
        Some(id)
    }

    /// Notes what has arrived at each and was not read; who has such last words.
    pub fn note_last_words(&mut self) -> Vec<ConnectionId> {
        let mut speakers = Vec::new();
        for socket in self.chunks.iter_mut().flatten().flatten() {
            let unread = socket.stream.unread();
            if unread > 0 {
                socket.last_words = u32::try_from(unread).unwrap_or(u32::MAX);
                socket.readable = true;
                speakers.push(socket.id);
            }
        }
        speakers
    }

    /// All sockets.
    pub fn iter(&self) -> impl Iterator<Item = &Socket> {
        self.chunks.iter().flatten().flatten()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_has_left_is_known_until_the_log_was_told() {
        let (stream, _other) = mio::net::UnixStream::pair().unwrap();
        let id = ConnectionId::from_bits(1 << 32).unwrap();
        let mut sockets = Sockets::default();
        let peer = Peer::Unix { pid: 7, uid: 1000 };
        sockets.insert(Socket::new(id, Stream::Unix(stream), peer, 0));
        assert_eq!(sockets.peer(id), Some(peer));
        drop(sockets.remove(id));
        assert_eq!(sockets.peer(id), Some(peer));
        sockets.forget_departed();
        assert_eq!(sockets.peer(id), None);
    }

    #[test]
    fn those_that_come_second_wait_apart() {
        let mut sockets = Sockets::default();
        let ids: Vec<_> = (0..3).map(|slot| ConnectionId::from_bits(1 << 32 | slot)).collect();
        let ids: Vec<_> = ids.into_iter().flatten().collect();
        let mut others = Vec::new();
        for &id in &ids {
            let (stream, other) = mio::net::UnixStream::pair().unwrap();
            others.push(other);
            let peer = Peer::Unix { pid: 7, uid: 1000 };
            sockets.insert(Socket::new(id, Stream::Unix(stream), peer, 0));
        }
        sockets.find(ids[0]).unwrap().is_second = true;
        ids.iter().chain(&ids).for_each(|id| sockets.make_ready(*id));
        assert_eq!(sockets.waiting(), (2, 1));
        let order = [false, false, true].map(|is_second| sockets.take_ready(is_second).unwrap());
        assert_eq!(order, [ids[1], ids[2], ids[0]]);
        assert_eq!((sockets.waiting(), sockets.take_ready(true)), ((0, 0), None));
        sockets.make_second(ids[1]);
        sockets.make_second(ids[1]);
        assert_eq!(sockets.waiting(), (0, 1));
    }
}
