//! The engine: what the shell holds.

use alloc::vec::Vec;

use crate::*;

/// What the shell is to do with a connection.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Next {
    /// Nothing: it goes on.
    Keep,
    /// All that is owed is flushed, and we close: shut the write direction down. The engine
    /// then discards what the peer still sends, and says `Close` when the peer closes, too, or
    /// sends too much or for too long. Said once.
    ShutdownWrite,
    /// Close the socket now, and say so with [`Engine::handle_closed`].
    Close,
}

/// The engine, generic over the handlers that it calls. One thread owns it.
pub struct Engine<H: Handlers> {
    handlers: H,
    counters: Counters,
}

#[allow(unused_variables, missing_docs, clippy::missing_errors_doc)]
impl<H: Handlers> Engine<H> {
    pub fn new(handlers: H, limits: Limits, version: &str) -> Self {
        Self {
            handlers,
            counters: Counters::default(),
        }
    }
    pub fn handlers(&self) -> &H {
        &self.handlers
    }
    pub fn handlers_mut(&mut self) -> &mut H {
        &mut self.handlers
    }
    pub fn handle_accepted(&mut self, now: Moment) -> Option<ConnectionId> {
        None
    }
    pub fn carry(&self, connection: ConnectionId) -> &[u8] {
        &[]
    }
    pub fn handle_received(&mut self, connection: ConnectionId, bytes: &[u8], now: Moment) {}
    pub fn handle_eof(&mut self, connection: ConnectionId, now: Moment) {}
    pub fn handle_written(&mut self, connection: ConnectionId, n: usize, now: Moment) {}
    pub fn handle_lost(&mut self, connection: ConnectionId, now: Moment) {}
    pub fn handle_closed(&mut self, connection: ConnectionId, now: Moment) {}
    pub fn handle_completion(
        &mut self,
        token: Token,
        completion: Completion<'_>,
        now: Moment,
    ) -> Result<(), Stale> {
        Err(Stale)
    }
    pub fn handle_due(&mut self, now: Moment) {}
    pub fn handle_shutdown(&mut self, now: Moment) {}
    pub fn stage(&mut self, plugin: &str, handlers: Vec<HandlerEntry<H::Callee>>) -> GenerationId {
        GenerationId::from_bits(1 << 32).expect("serial 1")
    }
    pub fn activate(&mut self, generation: GenerationId, now: Moment) {}
    pub fn withdraw(&mut self, plugin: &str, now: Moment) {}
    pub fn discard(&mut self, generation: GenerationId) {}
    pub fn set_routes(&mut self, table: RouteTable, now: Moment) {}
    pub fn set_limits(&mut self, limits: Limits, now: Moment) {}
    pub fn wants_read(&self, connection: ConnectionId) -> bool {
        false
    }
    pub fn has_backlog(&self, connection: ConnectionId) -> bool {
        false
    }
    pub fn outbound(&self, connection: ConnectionId) -> &[u8] {
        &[]
    }
    pub fn poll_next(&mut self, connection: ConnectionId) -> Next {
        Next::Close
    }
    pub fn poll_touched(&mut self) -> Option<ConnectionId> {
        None
    }
    pub fn poll_retired(&mut self) -> Option<GenerationId> {
        None
    }
    pub fn poll_notice(&mut self) -> Option<Notice> {
        None
    }
    pub fn poll_wake(&self) -> Option<Moment> {
        None
    }
    pub fn is_drained(&self) -> bool {
        false
    }
    pub fn counters(&self) -> &Counters {
        &self.counters
    }
    pub fn connections(&self) -> impl Iterator<Item = ConnectionView> + '_ {
        core::iter::empty()
    }
    pub fn routes(&self) -> impl Iterator<Item = RouteView<'_>> {
        core::iter::empty()
    }
    pub fn generations(&self) -> impl Iterator<Item = GenerationView<'_, H::Callee>> {
        core::iter::empty()
    }
    pub fn invariants(&self) {}
}
