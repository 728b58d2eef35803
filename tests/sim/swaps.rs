//! What happens to plugins: copies take over, are benched and called again, and leave.

use hotframe_core::{GenerationId, Token};
use hotframe_protocol::Kind;

use crate::plugins::PLUGINS;
use crate::routing::refusal_data;
use crate::world::{Copy, World};

impl World {
    pub fn swap(&mut self) {
        let plugin = self.rng.below(PLUGINS.len());
        let id = self.stage(plugin);
        if self.rng.chance(15) {
            self.say(format_args!("{id} of {} is discarded", PLUGINS[plugin]));
            self.subject.engine.discard(id);
            self.copies.remove(&id);
        } else {
            let benches = self.rng.chance(50);
            self.replace(id, benches);
        }
        self.check();
    }

    pub fn activate(&mut self, id: GenerationId) {
        self.replace(id, false);
    }

    /// A copy takes over; who was active drains or, with `benches`, is benched.
    fn replace(&mut self, id: GenerationId, benches: bool) {
        let copy = self.copies[&id];
        let replaced = self.active(copy.plugin).filter(|_| benches);
        self.drain_active(copy.plugin);
        if let Some(replaced) = replaced {
            self.copies.get_mut(&replaced).expect("the active copy is known").benched = true;
        }
        self.say(format_args!("{id} of {} takes over, benches: {benches}", PLUGINS[copy.plugin]));
        self.subject.engine.handlers_mut().previous[copy.plugin] = self.routing.active[copy.plugin];
        self.routing.active[copy.plugin] = Some(copy.instance);
        let before = self.active_before(copy.plugin, copy.instance);
        match benches {
            true => self.subject.engine.supersede(id, self.now),
            false => self.subject.engine.activate(id, self.now),
        }
        if let Some(before) = before {
            self.succeed(before, id);
        }
    }

    /// The copy of `plugin` that `instance` replaces.
    fn active_before(&self, plugin: usize, instance: u32) -> Option<GenerationId> {
        let previous = self.subject.engine.handlers().previous[plugin]?;
        let mut copies = self.copies.iter();
        let before = |copy: &Copy| copy.instance == previous && previous != instance;
        copies.find(|(_, copy)| before(copy)).map(|(id, _)| *id)
    }

    /// What the replaced copy has put off it answers itself, or the new one does for some of it,
    /// or nobody does.
    fn succeed(&mut self, before: GenerationId, heir: GenerationId) {
        let (old, new) = (self.copies[&before].instance, self.copies[&heir].instance);
        let theirs = self.promises.iter().filter(|(_, promise)| promise.instance == old);
        let theirs: Vec<Token> = theirs.map(|(token, _)| *token).collect();
        if self.rng.chance(40) {
            for token in theirs.into_iter().filter(|_| self.rng.chance(70)) {
                assert!(self.subject.engine.bequeath(token, heir), "{token} is good");
                self.promises.get_mut(&token).expect("it is good").instance = new;
                self.ledger.bequeathed += 1;
            }
            if let Some(used) = self.used.last() {
                assert!(!self.subject.engine.bequeath(*used, heir), "{used} is used up");
            }
        } else if self.rng.chance(60) {
            self.say(format_args!("{before} is forsaken"));
            self.subject.engine.forsake(before, self.now);
            for token in theirs {
                let number = self.name_of(&self.promises[&token]);
                self.cancel(token, old);
                self.resolve(token, Kind::Error, &refusal_data(2005, number));
                self.ledger.forsaken += 1;
            }
        }
    }

    /// Who was replaced is called again, and its successor drains.
    pub fn reinstate(&mut self) {
        let plugin = self.rng.below(PLUGINS.len());
        let benched = self.benched(plugin);
        if let Some(id) = benched {
            self.say(format_args!("{id} of {} is called again", PLUGINS[plugin]));
            self.drain_active(plugin);
            let copy = self.copies.get_mut(&id).expect("the benched copy is known");
            *copy = Copy { until: None, benched: false, ..*copy };
            self.subject.engine.handlers_mut().previous[plugin] = self.routing.active[plugin];
            self.routing.active[plugin] = Some(self.copies[&id].instance);
        }
        assert_eq!(self.subject.engine.reinstate(PLUGINS[plugin], self.now), benched);
        self.check();
    }

    pub fn dismiss(&mut self) {
        let plugin = self.rng.below(PLUGINS.len());
        self.clear_bench(plugin);
        self.subject.engine.dismiss(PLUGINS[plugin], self.now);
        self.check();
    }

    fn clear_bench(&mut self, plugin: usize) {
        if let Some(id) = self.benched(plugin) {
            self.copies.get_mut(&id).expect("the benched copy is known").benched = false;
        }
    }

    pub fn withdraw(&mut self) {
        let plugin = self.rng.below(PLUGINS.len());
        self.say(format_args!("{} is withdrawn", PLUGINS[plugin]));
        self.drain_active(plugin);
        self.routing.active[plugin] = None;
        self.subject.engine.withdraw(PLUGINS[plugin], self.now);
        self.check();
    }

    fn drain_active(&mut self, plugin: usize) {
        self.clear_bench(plugin);
        let until = self.now.after(self.limits.drain_timeout);
        if let Some(id) = self.active(plugin) {
            self.copies.get_mut(&id).expect("the active copy is known").until = Some(until);
        }
    }
}
