//! A socket: owns one peer's stream, whatever kind of listener it came from.

use std::io::{self, Read, Write};
use std::net::Shutdown;

use mio::net::{TcpStream, UnixStream};
use mio::{Interest, Registry, Token};

use super::serial::LineStream;

/// A connected stream. Non-blocking, registered edge-triggered for both directions once.
#[derive(Debug)]
pub enum Stream {
    /// From a `tcp://` listener.
    Tcp(TcpStream),
    /// From a `unix://` listener.
    Unix(UnixStream),
    /// From a `serial://` listener.
    Serial(LineStream),
}

/// What one read or write of a stream came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moved {
    /// So many bytes.
    Bytes(usize),
    /// Nothing now; readiness will be reported.
    WouldBlock,
    /// The stream has failed and is of no more use.
    Lost,
}

impl Stream {
    /// Registers the stream for reading and writing, edge-triggered.
    ///
    /// # Errors
    /// What the operating system says.
    pub fn register(&mut self, registry: &Registry, token: Token) -> io::Result<()> {
        let interest = Interest::READABLE | Interest::WRITABLE;
        match self {
            Self::Tcp(stream) => registry.register(stream, token, interest),
            Self::Unix(stream) => registry.register(stream, token, interest),
            Self::Serial(stream) => stream.register(registry, token),
        }
    }

    /// Reads once into `room`, which must not be empty: zero bytes are the peer's half-close.
    pub fn read(&mut self, room: &mut [u8]) -> Moved {
        debug_assert!(!room.is_empty(), "an empty read looks like a half-close");
        retried(|| match self {
            Self::Tcp(stream) => stream.read(room),
            Self::Unix(stream) => stream.read(room),
            Self::Serial(stream) => stream.read(room),
        })
    }

    /// Writes once.
    pub fn write(&mut self, bytes: &[u8]) -> Moved {
        retried(|| match self {
            Self::Tcp(stream) => stream.write(bytes),
            Self::Unix(stream) => stream.write(bytes),
            Self::Serial(stream) => stream.write(bytes),
        })
    }

    /// Bytes that have arrived and were not read; 0 where the system does not say.
    #[must_use]
    pub fn unread(&self) -> u64 {
        let found = match self {
            Self::Tcp(stream) => rustix::io::ioctl_fionread(stream),
            Self::Unix(stream) => rustix::io::ioctl_fionread(stream),
            Self::Serial(_) => return 0,
        };
        found.unwrap_or(0)
    }

    /// Tells the peer that nothing more will come. A failure means that the peer is gone, which
    /// the next read will say. False where one direction cannot be shut: a line has no end.
    pub fn shutdown_write(&self) -> bool {
        let _gone = match self {
            Self::Tcp(stream) => stream.shutdown(Shutdown::Write),
            Self::Unix(stream) => stream.shutdown(Shutdown::Write),
            Self::Serial(_) => return false,
        };
        true
    }
}

fn retried(mut attempt: impl FnMut() -> io::Result<usize>) -> Moved {
    loop {
        match attempt() {
            Ok(n) => return Moved::Bytes(n),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Moved::WouldBlock,
            Err(_) => return Moved::Lost,
        }
    }
}
