//! The heir: a server that takes over the listeners while the one before drains. Both serve, and
//! whoever comes meanwhile is let in by the heir alone.

use crate::plant::Plant;
use crate::rng::Rng;
use crate::world::World;

/// A server that has taken over.
pub struct Heir {
    world: World,
    /// Those who came since.
    pub came: u64,
}

impl Heir {
    /// It begins with nothing of the one before but the listeners.
    pub fn of(before: &World) -> Self {
        let rng = Rng::new(u64::from(before.nonce));
        let mut world = World::new(rng, Plant::Nothing, false);
        world.open();
        Self { world, came: 0 }
    }

    /// It lets in who came to the door of both, and does something by itself.
    pub fn act(&mut self, before: &mut World) {
        for _ in 0..std::mem::take(&mut before.at_the_door) {
            self.came += 1;
            self.world.connect();
        }
        self.world.act();
    }

    /// All is served, and nobody was lost between the two.
    pub fn end(mut self, before: &World) -> u64 {
        assert_eq!(before.at_the_door, 0, "nobody waits for who is gone");
        self.world.end();
        self.world.check_arrivals();
        before.check_arrivals();
        self.came
    }
}

impl World {
    /// Whoever came was let in or refused, once.
    fn check_arrivals(&self) {
        let met = self.ledger.accepted + self.ledger.refused + self.turned_away;
        assert_eq!(self.arrived, met, "everybody who came is counted");
    }
}
