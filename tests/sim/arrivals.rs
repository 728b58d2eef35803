//! Who comes, and from where: each source has as many connections as the bound allows, and no
//! fewer.

use crate::odds;
use crate::peer::Peer;
use crate::shadow::Shadow;
use crate::world::World;

/// So many sources there are.
const SOURCES: u8 = 3;

impl World {
    pub fn connect(&mut self) {
        let Some(source) = self.arrive() else {
            return;
        };
        let full = self.peers.len() >= self.limits.max_connections || self.routing.closing;
        let profile = odds::profile(&mut self.rng, self.odds.raw);
        let accepted = self.subject.engine.handle_accepted(profile, self.now);
        assert_eq!(accepted.is_none(), full);
        match accepted {
            None => {
                self.ledger.refused += 1;
                self.sources.leave(source);
            }
            Some(id) => {
                self.say(format_args!("{id} connects"));
                self.ledger.accepted += 1;
                let peer = Peer::new(source, self.rng.chance(self.odds.slow_reader));
                self.peers.insert(id, peer);
                let shadow = Shadow::new(profile, self.now);
                if shadow.is_raw() {
                    self.eyes.raw.insert(id);
                }
                self.shadows.insert(id, shadow);
            }
        }
        self.check();
    }

    /// Somebody is at the door: where he comes from, unless his source has enough connections.
    fn arrive(&mut self) -> Option<u8> {
        self.arrived += 1;
        let source = u8::try_from((self.ledger.accepted + self.turned_away) % u64::from(SOURCES));
        let source = source.expect("there are few");
        let connected = self.peers.values().filter(|peer| peer.source == source).count();
        let fits = self.most_per_source.is_none_or(|most| connected < most as usize);
        assert_eq!(self.sources.admit(source), fits, "{connected} of source {source} are there");
        self.turned_away += u64::from(!fits);
        fits.then_some(source)
    }

    /// Another bound, or none, is in force from now on; whoever is above it stays.
    pub fn bound_sources(&mut self) {
        self.most_per_source = [None, Some(1), Some(2), Some(4)][self.step % 4];
        let connected = self.peers.values().map(|peer| peer.source);
        self.sources.set_most(self.most_per_source, connected);
    }
}
