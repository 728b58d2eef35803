//! The load: owns the connections of peers that misbehave, in one thread.

use std::collections::VecDeque;
use std::io::{self, ErrorKind, Read, Write};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use mio::{Events, Interest, Poll, Token};

use super::kinds::Kind;
use crate::bench::figures::moment;

/// One write. The kernel lets nobody else have the core meanwhile.
const PIECE: usize = 16 * 1024;
/// Writes to one connection before others have their turn.
const TURN: usize = 8;
/// Between two looks at the clock.
const LOOK: Duration = Duration::from_millis(1);

struct Peer {
    /// None when the server has closed it.
    stream: Option<mio::net::TcpStream>,
    /// Where in the pattern it is.
    at: usize,
    /// Bytes that came back.
    heard: u64,
    is_queued: bool,
}

struct Load<'a> {
    kind: &'a Kind,
    pattern: Vec<u8>,
    peers: Vec<Peer>,
    standing: usize,
    ready: VecDeque<usize>,
    room: Vec<u8>,
}

/// Connects them, lets them do what they do until all are closed or the time is over, and prints
/// when that was and what came back.
pub fn drive(kind: &Kind, server: SocketAddr, time: Duration) -> io::Result<()> {
    let mut poll = Poll::new()?;
    println!("begun {}", moment());
    let begun = Instant::now();
    let mut load = Load {
        kind,
        pattern: kind.bytes(4 * PIECE),
        peers: Vec::new(),
        standing: kind.connections,
        ready: VecDeque::new(),
        room: vec![0; 256 * 1024],
    };
    for index in 0..kind.connections {
        load.peers.push(Peer::connect(server, &poll, Token(index))?);
    }
    println!("there {}", moment());
    let (mut events, mut sent, paced) = (Events::with_capacity(1024), 0, Instant::now());
    while load.standing > 0 && begun.elapsed() < time {
        let rest = if load.ready.is_empty() { LOOK } else { Duration::ZERO };
        poll.poll(&mut events, Some(rest))?;
        for event in &events {
            load.hear(event.token().0, event.is_error() || event.is_read_closed());
        }
        match kind.pace {
            Some(pace) => load.dribble(&mut sent, paced.elapsed(), pace),
            None => load.push(),
        }
    }
    println!("gone {}", moment());
    let heard: Vec<String> = load.peers.iter().map(|peer| peer.heard.to_string()).collect();
    println!("heard {}", heard.join(" "));
    Ok(())
}

impl Load<'_> {
    fn hear(&mut self, index: usize, is_over: bool) {
        if is_over && !self.kind.reads {
            return self.lose(index);
        }
        let peer = &mut self.peers[index];
        if !std::mem::replace(&mut peer.is_queued, true) {
            self.ready.push_back(index);
        }
    }

    fn lose(&mut self, index: usize) {
        if self.peers[index].stream.take().is_some() {
            self.standing -= 1;
        }
    }

    /// A turn for each that may have something to do.
    fn push(&mut self) {
        for _ in 0..self.ready.len() {
            let Some(index) = self.ready.pop_front() else { return };
            self.peers[index].is_queued = false;
            match self.turn(index) {
                Ok(()) => self.hear(index, false),
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                Err(_) => self.lose(index),
            }
        }
    }

    /// Reads and writes some; fails with `WouldBlock` when there is nothing more to do.
    fn turn(&mut self, index: usize) -> io::Result<()> {
        let peer = &mut self.peers[index];
        let Some(stream) = &mut peer.stream else {
            return Err(ErrorKind::WouldBlock.into());
        };
        let mut has_more = false;
        if self.kind.reads {
            match stream.read(&mut self.room) {
                Ok(0) => return Err(ErrorKind::UnexpectedEof.into()),
                Ok(count) => (peer.heard, has_more) = (peer.heard + count as u64, true),
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                Err(error) => return Err(error),
            }
        }
        for _ in 0..TURN {
            let end = self.pattern.len().min(peer.at + PIECE);
            match stream.write(&self.pattern[peer.at..end]) {
                Ok(count) => peer.at = (peer.at + count) % self.pattern.len(),
                Err(error) if error.kind() == ErrorKind::WouldBlock && has_more => return Ok(()),
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// A byte for everyone whose turn it is: they share the pace evenly.
    fn dribble(&mut self, sent: &mut usize, elapsed: Duration, pace: Duration) {
        let count = self.peers.len() as u128;
        let due = elapsed.as_nanos() * count / pace.as_nanos();
        while (*sent as u128) < due {
            let index = *sent % self.peers.len();
            *sent += 1;
            let peer = &mut self.peers[index];
            let Some(stream) = &mut peer.stream else { continue };
            match stream.write(&self.pattern[peer.at..=peer.at]) {
                Ok(_) => peer.at = (peer.at + 1) % self.pattern.len(),
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                Err(_) => self.lose(index),
            }
        }
    }
}

impl Peer {
    fn connect(server: SocketAddr, poll: &Poll, token: Token) -> io::Result<Self> {
        let stream = std::net::TcpStream::connect(server)?;
        stream.set_nonblocking(true)?;
        let mut stream = mio::net::TcpStream::from_std(stream);
        poll.registry().register(&mut stream, token, Interest::READABLE | Interest::WRITABLE)?;
        Ok(Self { stream: Some(stream), at: 0, heard: 0, is_queued: false })
    }
}
