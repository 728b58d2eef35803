//! The network: what lies between one peer and the fake shell.

use std::collections::VecDeque;

use hotframe_core::Moment;

/// One connection as the network sees it, and what the fake shell remembers of it.
pub struct Peer {
    /// Where it comes from.
    pub source: u8,
    /// Sent and not read yet.
    pub in_flight: VecDeque<u8>,
    /// The peer has closed its direction behind that.
    pub fin: bool,
    /// The bytes that the peer is ready to take.
    pub window: usize,
    /// Whether the peer takes few bytes at a time.
    pub slow: bool,
    /// The peer sends nothing and takes nothing.
    pub stalled: bool,
    /// Whether the shell has seen the peer's close.
    pub eof_seen: bool,
    /// Whether the last write was cut short; then a larger window is an event.
    pub blocked: bool,
    /// Since when something is left behind each write.
    pub left_since: Option<Moment>,
    /// Whether the shell shut its direction down.
    pub shut: bool,
    /// Whether the socket failed or the shell closed it unasked.
    pub lost: bool,
    /// Whether the operator closed it.
    pub kicked: bool,
}

impl Peer {
    pub fn new(source: u8, slow: bool) -> Self {
        Self {
            source,
            in_flight: VecDeque::new(),
            fin: false,
            window: if slow { 50 } else { 100_000 },
            slow,
            stalled: false,
            eof_seen: false,
            blocked: false,
            left_since: None,
            shut: false,
            lost: false,
            kicked: false,
        }
    }

    /// Whether the shell would read something, if only the end.
    pub fn is_readable(&self) -> bool {
        !self.in_flight.is_empty() || (self.fin && !self.eof_seen)
    }

    /// The socket takes as many of `bytes` as it has room for.
    pub fn take(&mut self, bytes: usize) -> usize {
        let n = if self.stalled { 0 } else { bytes.min(self.window) };
        self.window -= n;
        self.blocked = n < bytes;
        n
    }

    /// The peer takes `bytes` more.
    pub fn open_window(&mut self, bytes: usize) {
        self.window = (self.window + bytes).min(1 << 20);
    }
}
