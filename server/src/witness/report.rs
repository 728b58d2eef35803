//! A report: owns what the loop knows beside a sighting, such as who the peer is.

use hotframe_core::{End, Sighting};
use hotframe_protocol::{Kind, status_name};

use crate::shell::peer::Peer;
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

    /// The name of its error's code.
    #[must_use]
    pub fn status(&self) -> Option<&'static str> {
        self.code().map(status_name)
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

#[cfg(test)]
pub(super) mod tests {
    use hotframe_core::ConnectionId;
    use hotframe_protocol::Command;

    use super::*;

    /// A request that `echo.echo` has answered.
    pub(in crate::witness) fn sighting() -> Sighting {
        Sighting {
            number: 1,
            connection: ConnectionId::from_bits(1 << 32).unwrap(),
            session: None,
            command: Command::new(Kind::Request, 0x100),
            address: 1,
            handler: Some("echo.echo".into()),
            end: End::Replied,
            since: hotframe_core::Moment::default(),
            took: 2_500,
            sampled: true,
            late: false,
            lengths: (1, 1),
            asked: [7].into(),
            answered: [7].into(),
        }
    }

    #[test]
    fn a_report_speaks_of_its_sighting() {
        let mut sighting = sighting();
        let report = Report { sighting: &sighting, peer: None, client: None };
        let told = (report.end(), report.kind(), report.plugin(), report.duration_us());
        assert_eq!(told, ("replied", "request", Some("echo"), 2));
        assert_eq!(report.command(), "0x0100");
        sighting.end = End::Failed(2004);
        let report = Report { sighting: &sighting, peer: None, client: None };
        assert_eq!((report.end(), report.code()), ("failed", Some(2004)));
    }
}
