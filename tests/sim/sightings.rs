//! What is seen of requests that are looked at: each once, and each that was put off twice.

use std::collections::BTreeSet;

use hotframe_core::{ConnectionId, Counters, End, Watch};
use hotframe_protocol::Kind;

use crate::world::World;

/// What was seen so far.
#[derive(Default)]
pub struct Eyes {
    /// Since when every frame is told: the frames, and of them the replies, that there were then.
    since: Option<(u64, u64)>,
    /// How many were told since then.
    told: u64,
    /// The newest number that was told.
    newest: u64,
    /// Connections in the raw dialect, in which every frame is a request.
    pub raw: BTreeSet<ConnectionId>,
    /// Those that were put off and have not come to their end.
    open: BTreeSet<u64>,
}

impl World {
    /// Looks at something else from now on.
    pub fn watch(&mut self) {
        let every = self.rng.chance(50);
        let watch = Watch {
            share: [0, Watch::ALL / 3, Watch::ALL][self.rng.below(3)],
            every,
            timed: self.rng.chance(30),
            slow: if self.rng.chance(30) { 1 } else { 0 },
            payloads: self.rng.chance(50),
        };
        self.say(format_args!("{watch:?}"));
        self.subject.engine.set_watch(watch);
        let counters = self.subject.engine.counters();
        let now = (counters.frames_in, answers(counters));
        self.eyes.since = every.then_some(now);
        self.eyes.told = 0;
    }

    pub fn hear_sightings(&mut self) {
        while let Some(seen) = self.subject.engine.poll_sighting() {
            let eyes = &mut self.eyes;
            if seen.late {
                // Who did not look at first may see only how it ended.
                eyes.open.remove(&seen.number);
                assert_ne!(seen.end, End::Deferred, "nothing is put off twice");
                continue;
            }
            assert!(seen.number > eyes.newest, "each is told once, in their order");
            eyes.newest = seen.number;
            eyes.told += 1;
            match (seen.command.kind(), seen.end) {
                (_, End::Deferred) => assert!(eyes.open.insert(seen.number)),
                (_, End::Replied | End::Failed(_) | End::Taken)
                    if eyes.raw.contains(&seen.connection) => {}
                (Kind::Request, End::Replied | End::Failed(_)) | (Kind::Event, End::Taken) => {}
                // A HELLO whose credential is judged is answered later.
                (Kind::Request, End::Taken) if seen.command.number() == 1 => {}
                (kind, end) => panic!("{kind:?} came to {end:?} at once"),
            }
        }
        let counters = self.subject.engine.counters();
        if let Some((frames, replies)) = self.eyes.since {
            let answers = answers(counters) - replies;
            assert_eq!(self.eyes.told, counters.frames_in - frames - answers, "all are told");
        }
    }

    /// Whatever was put off and seen came to an end that was seen.
    pub fn check_sightings(&self) {
        assert!(self.eyes.open.is_empty(), "{:?} have no end", self.eyes.open);
        assert_eq!(self.subject.engine.counters().sightings_dropped, 0);
    }
}

/// Frames that are no request and no event.
fn answers(counters: &Counters) -> u64 {
    counters.replies_dropped + counters.probes_answered + counters.answers_in
}
