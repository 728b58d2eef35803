//! The shadow of the heartbeat: who must be probed, and who must be given up.

use std::collections::BTreeMap;
use std::time::Duration;

use hotframe_core::{ConnectionId, ConnectionState, Moment};

use crate::world::World;

/// A PING request of address 0 without data, as it is on the wire.
const PROBE: [u8; 8] = [0xAA, 0xAA, 0, 0, 0, 2, 0x20, 0x42];

/// A round that took so long is long.
const LATE: Duration = Duration::from_millis(50);

/// What is known of a connection before deadlines are judged: whether it is not read, and how
/// many bytes wait for its peer.
pub type Before = BTreeMap<ConnectionId, (bool, usize)>;

impl World {
    /// How things are before deadlines are judged.
    pub fn before_due(&self) -> Before {
        let shadows = self.shadows.iter();
        shadows.map(|(id, shadow)| (*id, (self.is_unread(*id), shadow.ready.len()))).collect()
    }

    fn is_unread(&self, id: ConnectionId) -> bool {
        let engine = &self.subject.engine;
        !engine.wants_read(id) || engine.has_backlog(id)
    }

    /// Deadlines were judged: whoever was probed was silent, and whoever is silent was probed.
    pub fn check_heartbeats(&mut self, before: &Before) {
        let views: Vec<_> = self.subject.engine.connections().collect();
        for view in views {
            let Some((unread, waited)) = before.get(&view.id) else {
                continue;
            };
            let excusable = *unread || self.is_unread(view.id);
            let shadow = self.shadows.get_mut(&view.id).expect("a connection has a shadow");
            if view.last_received != shadow.heard {
                assert!(excusable, "{} is read, and was not heard", view.id);
                shadow.heard = view.last_received;
                shadow.probed = None;
            }
            self.find_probe(view.id, *waited);
            if matches!(view.state, ConnectionState::Active | ConnectionState::Idle) {
                self.check_patience(view.id);
            }
        }
        let probes = self.subject.engine.counters().probes;
        if probes != self.ledger.probes {
            let may_miss = self.routing.closing || self.is_crowded;
            assert!(may_miss, "a probe is seen, unless who was probed was cut off at once");
            self.ledger.probes = probes;
            self.ledger.unsure = true;
        }
    }

    /// Finds a probe behind the first `waited` bytes that wait, where the replies are that came of
    /// the same deadlines.
    fn find_probe(&mut self, id: ConnectionId, waited: usize) {
        let shadow = self.shadows.get_mut(&id).expect("a connection has a shadow");
        let outbound = self.subject.outbound(id, shadow.behind, self.peers[&id].shut);
        // What a peer half-closed with may be taken now; it is not probed any more.
        let gone = shadow.cut || self.peers[&id].eof_seen;
        if gone || outbound.len() != shadow.ready.len() + PROBE.len() {
            return;
        }
        let any_order = shadow.any_order();
        let mut at = if any_order { shadow.ready.len() } else { waited };
        while !any_order && outbound[at..at + PROBE.len()] != PROBE {
            at += 8 + usize::from(outbound[at + 3]);
        }
        shadow.ready.splice(at..at, PROBE);
        let silent_since = shadow.heard.after(self.limits.heartbeat.idle_after);
        assert!(shadow.probe && shadow.probed.is_none(), "{id} is to be probed");
        assert!(silent_since <= self.now, "{id} is silent");
        shadow.probed = Some(self.now);
        shadow.probes += 1;
        self.ledger.probes += 1;
        self.ledger.frames_out += 1;
        self.say(format_args!("{id} is probed"));
    }

    /// Nobody who is served has been silent for too long.
    fn check_patience(&self, id: ConnectionId) {
        let (shadow, heartbeat) = (&self.shadows[&id], &self.limits.heartbeat);
        let end = match shadow.probed {
            Some(probed) => probed.after(heartbeat.probe_timeout),
            None => shadow.heard.after(heartbeat.idle_after),
        };
        assert!(!shadow.probe || end > self.now, "{id} is silent for too long");
    }

    /// A round is over that took so long: who was probed in one that took long has all of his time
    /// from now on.
    pub fn forgive(&mut self, took: Duration) {
        for shadow in self.shadows.values_mut() {
            if took >= LATE && shadow.probed.is_some_and(|probed| probed.after(took) >= self.now) {
                shadow.probed = Some(self.now);
            }
        }
    }

    /// Whether a connection was probed and gave no sign of life.
    pub fn is_unresponsive(&self, id: ConnectionId) -> bool {
        let given_up = |probed: Moment| probed.after(self.shortest.2) <= self.now;
        self.shadows[&id].probed.is_some_and(given_up)
    }
}
