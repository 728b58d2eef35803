//! The tap: owns the bounded queue from the loop to somebody who watches requests as they pass.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, sync_channel};
use std::time::{Duration, SystemTime};

use hotframe_core::Sighting;

use super::{Redaction, Report};
use crate::control::answers::SightingRow;
use crate::shell::peer::Peer;

/// So many requests wait for a listener; what is above is dropped and counted.
const QUEUE: usize = 1024;

/// Which requests somebody wants to see.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TapFilter {
    /// All.
    All,
    /// Those of this command number.
    Command(u16),
    /// Those that this handler, or any of this plugin, was called for.
    Handler(String),
}

/// The loop's end of a tap.
#[derive(Debug)]
pub struct Tap {
    filter: TapFilter,
    sender: SyncSender<Passed>,
    dropped: Arc<AtomicU64>,
}

/// The listener's end of a tap. Dropping it ends the tap.
#[derive(Debug)]
pub struct TapFeed {
    receiver: Receiver<Passed>,
    dropped: Arc<AtomicU64>,
}

/// One request on its way to a listener.
#[derive(Debug)]
struct Passed {
    at: SystemTime,
    sighting: Sighting,
    peer: Option<Peer>,
    client: Option<String>,
    is_hidden: bool,
}

/// What a listener gets.
#[derive(Debug)]
pub enum Tapped {
    /// A request.
    Row(Box<SightingRow>),
    /// So many were dropped, because the listener was too slow.
    Dropped(u64),
    /// Nothing came in time.
    Nothing,
    /// The server stops.
    Over,
}

impl TapFilter {
    /// Reads what an operator named: nothing, a number, a handler or a plugin.
    #[must_use]
    pub fn parse(text: Option<&str>) -> Option<Self> {
        let Some(text) = text else {
            return Some(Self::All);
        };
        if !text.starts_with(|first: char| first.is_ascii_digit()) {
            return (!text.is_empty()).then(|| Self::Handler(text.to_owned()));
        }
        let number = match text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
            Some(hex) => u16::from_str_radix(hex, 16),
            None => text.parse(),
        };
        number.ok().map(Self::Command)
    }

    fn passes(&self, report: &Report<'_>) -> bool {
        let called = report.sighting.handler.as_deref();
        match self {
            Self::All => true,
            Self::Command(number) => report.sighting.command.number() == *number,
            Self::Handler(name) => {
                called == Some(name.as_str()) || report.plugin() == Some(name.as_str())
            }
        }
    }
}

/// A tap and its feed.
#[must_use]
pub fn open(filter: TapFilter) -> (Tap, TapFeed) {
    let (sender, receiver) = sync_channel(QUEUE);
    let dropped = Arc::new(AtomicU64::new(0));
    (Tap { filter, sender, dropped: Arc::clone(&dropped) }, TapFeed { receiver, dropped })
}

impl Tap {
    /// Hands a request on, and never waits; false if nobody listens any more.
    pub(super) fn pass(&self, report: &Report<'_>, redaction: &Redaction) -> bool {
        if !self.filter.passes(report) {
            return true;
        }
        let passed = Passed {
            at: SystemTime::now(),
            sighting: report.sighting.clone(),
            peer: report.peer,
            client: report.client.map(str::to_owned),
            is_hidden: redaction.hides(report.sighting.command.number()),
        };
        match self.sender.try_send(passed) {
            Ok(()) => true,
            Err(TrySendError::Full(_)) => {
                self.dropped.fetch_add(1, Ordering::Relaxed);
                true
            }
            Err(TrySendError::Disconnected(_)) => false,
        }
    }
}

impl TapFeed {
    /// What comes next, at most after `patience`.
    #[must_use]
    pub fn next(&self, patience: Duration) -> Tapped {
        let dropped = self.dropped.swap(0, Ordering::Relaxed);
        if dropped > 0 {
            return Tapped::Dropped(dropped);
        }
        match self.receiver.recv_timeout(patience) {
            Ok(passed) => Tapped::Row(Box::new(passed.row())),
            Err(RecvTimeoutError::Timeout) => Tapped::Nothing,
            Err(RecvTimeoutError::Disconnected) => Tapped::Over,
        }
    }
}

impl Passed {
    fn row(&self) -> SightingRow {
        let Self { at, sighting, peer, client, is_hidden } = self;
        let hidden = if *is_hidden { vec![sighting.command.number()] } else { Vec::new() };
        let report = Report { sighting, peer: *peer, client: client.as_deref() };
        SightingRow::new(&report, *at, &Redaction::new(&hidden))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::witness::report::tests::sighting;

    #[test]
    fn a_filter_is_a_number_a_handler_or_a_plugin() {
        let sighting = sighting();
        let report = Report { sighting: &sighting, peer: None, client: None };
        for (text, passes) in [
            (None, true),
            (Some("0x0100"), true),
            (Some("256"), true),
            (Some("257"), false),
            (Some("echo.echo"), true),
            (Some("echo"), true),
            (Some("echo.reverse"), false),
        ] {
            assert_eq!(TapFilter::parse(text).unwrap().passes(&report), passes, "{text:?}");
        }
        for text in ["", "0xzz", "70000"] {
            assert_eq!(TapFilter::parse(Some(text)), None);
        }
    }

    #[test]
    fn who_is_too_slow_is_told_how_many_he_missed() {
        let (tap, feed) = open(TapFilter::All);
        let sighting = sighting();
        let report = Report { sighting: &sighting, peer: None, client: None };
        for _ in 0..QUEUE + 3 {
            assert!(tap.pass(&report, &Redaction::default()));
        }
        assert!(matches!(feed.next(Duration::ZERO), Tapped::Dropped(3)));
        for _ in 0..QUEUE {
            assert!(matches!(feed.next(Duration::ZERO), Tapped::Row(_)));
        }
        assert!(matches!(feed.next(Duration::ZERO), Tapped::Nothing));
        drop(feed);
        assert!(!tap.pass(&report, &Redaction::default()));
    }
}
