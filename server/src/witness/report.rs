//! A report: owns what the loop knows beside a sighting, such as who the peer is.

use hotframe_core::{End, Sighting};
use hotframe_protocol::Kind;

use crate::shell::listener::Peer;
use crate::trace::TraceId;

/// One sighting, and whose request it was.
#[derive(Clone, Copy, Debug)]
pub struct Report<'a> {
    /// What the engine saw.
    pub sighting: &'a Sighting,
    /// Who is at the other end; `None` if he has been gone for a while.
    pub peer: Option<Peer>,
    /// What the client calls itself.
    pub client: Option<&'a str>,
}

impl Report<'_> {
    /// The name of the request.
    #[must_use]
    pub fn trace_id(&self) -> TraceId {
        TraceId::of(self.sighting.number)
    }

    /// What became of it, in a word.
    #[must_use]
    pub fn end(&self) -> &'static str {
        match self.sighting.end {
            End::Replied => "replied",
            End::Failed(_) => "failed",
            End::Deferred => "deferred",
            End::Taken => "taken",
            End::Abandoned => "abandoned",
        }
    }

    /// The code of its error.
    #[must_use]
    pub fn code(&self) -> Option<u16> {
        match self.sighting.end {
            End::Failed(code) => Some(code),
            _ => None,
        }
    }

    /// `request` or `event`.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self.sighting.command.kind() {
            Kind::Event => "event",
            _ => "request",
        }
    }

    /// Its command as routes spell it: `0x0100`.
    #[must_use]
    pub fn command(&self) -> String {
        format!("0x{:04X}", self.sighting.command.number())
    }

    /// The name of the plugin whose handler was called.
    #[must_use]
    pub fn plugin(&self) -> Option<&str> {
        let handler = self.sighting.handler.as_deref()?;
        handler.split_once('.').map(|(plugin, _)| plugin)
    }

    /// How long it took, in whole microseconds.
    #[must_use]
    pub fn duration_us(&self) -> u64 {
        self.sighting.took / 1000
    }
}
