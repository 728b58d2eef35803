//! What was told about peers: owns that many lines about one source become two.
//!
//! A source that misbehaves on a thousand connections is one fact. The first line about it is
//! shown; those of the next seconds go to `debug`, and one line says how many there were.

use std::collections::HashMap;
use std::time::Duration;

use hotframe_core::Moment;

use crate::shell::peer::Peer;
use crate::shell::sources::Source;

/// For so long further lines about a source are only counted.
const WINDOW: Duration = Duration::from_secs(10);

/// Sources that are remembered; those above are counted as one.
const MOST: usize = 1024;

/// The first lines of late, and how many were counted after each.
#[derive(Debug, Default)]
pub(super) struct Told {
    lines: HashMap<(Option<Source>, &'static str), Line>,
    /// The least end of a line.
    next: Option<Moment>,
}

#[derive(Clone, Copy, Debug)]
struct Line {
    level: log::Level,
    until: Moment,
    more: u64,
}

impl Told {
    /// The level at which a line about `peer` is written whose level is `level`, when it is about
    /// `what`.
    pub(super) fn level(
        &mut self,
        level: log::Level,
        peer: Peer,
        what: &'static str,
        now: Moment,
    ) -> log::Level {
        if level >= log::Level::Debug {
            return level;
        }
        let mut key = (Some(Source::from(peer)), what);
        if self.lines.len() >= MOST && !self.lines.contains_key(&key) {
            key.0 = None;
        }
        let until = now.after(WINDOW);
        let line = self.lines.entry(key).or_insert(Line { level, until: now, more: 0 });
        if now < line.until {
            line.more += 1;
            return log::Level::Debug;
        }
        line.until = until;
        self.next = Some(self.next.map_or(until, |next| next.min(until)));
        level
    }

    /// When there is something to tell or to forget.
    pub(super) const fn next_due(&self) -> Option<Moment> {
        self.next
    }

    /// Tells what was counted, where its time is over.
    pub(super) fn settle(&mut self, now: Moment) {
        if self.next.is_none_or(|next| now < next) {
            return;
        }
        let over: Vec<_> = self.lines.extract_if(|_, line| line.until <= now).collect();
        for ((source, what), line) in over.into_iter().filter(|(_, line)| line.more > 0) {
            let source = source.map_or_else(|| "other sources".to_owned(), |s| s.to_string());
            log::log!(
                line.level, source = source, reason = what, count = line.more;
                "{} more such lines about {source} within {} s", line.more, WINDOW.as_secs()
            );
        }
        self.next = self.lines.values().map(|line| line.until).min();
    }
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;

    use log::Level;

    use super::*;

    fn peer(last: u8) -> Peer {
        SocketAddr::from(([192, 0, 2, last], 7)).into()
    }

    fn second(second: u64) -> Moment {
        Moment::from_nanos(second * 1_000_000_000)
    }

    #[test]
    fn a_source_is_told_of_once_in_a_while() {
        let mut told = Told::default();
        let mut level = |last, what, at| told.level(Level::Warn, peer(last), what, second(at));
        assert_eq!(level(1, "garbage", 100), Level::Warn);
        assert_eq!(level(1, "garbage", 101), Level::Debug);
        assert_eq!(level(1, "frame_timeout", 101), Level::Warn);
        assert_eq!(level(2, "garbage", 102), Level::Warn);
        assert_eq!(level(1, "garbage", 109), Level::Debug);
        assert_eq!(told.lines.values().map(|line| line.more).sum::<u64>(), 2);
        assert_eq!(told.next_due(), Some(second(110)));
        told.settle(second(109));
        assert_eq!(told.lines.len(), 3);
        told.settle(second(111));
        assert_eq!((told.lines.len(), told.next_due()), (1, Some(second(112))));
        assert_eq!(told.level(Level::Warn, peer(1), "garbage", second(111)), Level::Warn);
        told.settle(second(200));
        assert_eq!((told.lines.len(), told.next_due()), (0, None));
    }

    #[test]
    fn what_is_remembered_has_a_bound_and_what_is_quiet_stays_so() {
        let mut told = Told::default();
        for n in 0..50_000_u32 {
            let peer = SocketAddr::from((n.to_be_bytes(), 7)).into();
            told.level(Level::Warn, peer, "garbage", second(1));
        }
        assert_eq!(told.lines.len(), MOST + 1);
        assert_eq!(told.level(Level::Debug, peer(1), "bye", second(1)), Level::Debug);
        assert_eq!(told.lines.len(), MOST + 1);
    }
}
