//! Owns the live instances and the flat table of their handlers, on the loop thread.
use std::collections::BTreeMap;

use hotframe_core::{Deferrals, HandlerEntry, Handlers, Outcome, Reply, Request};
use hotframe_protocol::Status;

use super::builtin::Builtin;
use super::call::Call;
use super::generation::{CreateFailed, Instance, Loaded, Occasion, Unloading};
use super::preflight::BUILTIN;

/// How the core names a handler: its place, and the place's tenant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Callee {
    index: u32,
    epoch: u32,
}

/// A live instance. The same as its generation's number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct InstanceId(u64);

/// What came of a successful `create`.
#[derive(Debug)]
pub struct Created {
    /// To destroy it by.
    pub instance: InstanceId,
    /// The plugin's name.
    pub name: String,
    /// The plugin's version.
    pub version: String,
    /// The number of the generation.
    pub generation: u64,
    /// What the core is to be given when it stages the generation.
    pub entries: Vec<HandlerEntry<Callee>>,
}

/// The plugin host: what the engine calls handlers through. Lives on the loop thread.
#[derive(Debug)]
pub struct Host {
    slots: Vec<Slot>,
    free: Vec<u32>,
    live: BTreeMap<InstanceId, Live>,
}

#[derive(Debug)]
struct Slot {
    epoch: u32,
    target: Target,
}

#[derive(Debug, Clone, Copy)]
enum Target {
    Vacant,
    Builtin(Builtin),
    Plugin(Call),
}

#[derive(Debug)]
struct Live {
    instance: Instance,
    slots: Vec<u32>,
}

impl Default for Host {
    fn default() -> Self {
        Self::new()
    }
}

impl Host {
    /// A host that has the built-in plugin and no other.
    pub fn new() -> Self {
        let target = |(_, builtin)| Slot { epoch: 0, target: Target::Builtin(builtin) };
        let slots = Builtin::ALL.into_iter().map(target).collect();
        Self { slots, free: Vec::new(), live: BTreeMap::new() }
    }

    /// Name and handlers of the built-in plugin, to be staged like any other.
    pub fn builtin(&self) -> (&'static str, Vec<HandlerEntry<Callee>>) {
        let entries = (0..).zip(Builtin::ALL).map(|(index, (name, _))| HandlerEntry {
            name: name.to_owned(),
            callee: Callee { index, epoch: 0 },
            min_len: 0,
            max_len: u8::MAX,
        });
        (BUILTIN, entries.collect())
    }

    /// Makes an instance of a loaded plugin and registers its handlers. `config` is the plugin's
    /// configuration as a JSON object. Runs the plugin's `create` on this thread, the loop's.
    ///
    /// # Errors
    /// The plugin refused; the library comes back to be unmapped.
    pub fn create(&mut self, loaded: Loaded, config: &str) -> Result<Created, Box<CreateFailed>> {
        let previous = self.live.values().rev().find(|live| live.instance.name() == loaded.name());
        let occasion =
            previous.map_or(Occasion::First, |live| Occasion::After(live.instance.version()));
        let generation = loaded.generation();
        let instance = loaded.create(config, occasion)?;
        let (slots, entries) = self.register(&instance);
        let id = InstanceId(generation);
        let (name, version) = (instance.name().to_owned(), instance.version().to_owned());
        self.live.insert(id, Live { instance, slots });
        Ok(Created { instance: id, name, version, generation, entries })
    }

    /// Ends an instance that the core has retired or discarded. `None` if there is none such.
    pub fn destroy(&mut self, id: InstanceId) -> Option<Unloading> {
        let Live { instance, slots } = self.live.remove(&id)?;
        for index in slots {
            let slot = usize::try_from(index).ok().and_then(|index| self.slots.get_mut(index));
            if let Some(slot) = slot {
                slot.target = Target::Vacant;
                slot.epoch = slot.epoch.wrapping_add(1);
                self.free.push(index);
            }
        }
        Some(instance.destroy())
    }

    /// The instances that live, oldest first.
    pub fn instances(&self) -> impl Iterator<Item = InstanceId> {
        self.live.keys().copied()
    }

    /// How often an instance broke the ABI's rules: replies beyond their room, panics, numbers
    /// that mean nothing.
    pub fn faults(&self, id: InstanceId) -> u64 {
        self.live.get(&id).map_or(0, |live| live.instance.context().faults())
    }

    fn register(&mut self, instance: &Instance) -> (Vec<u32>, Vec<HandlerEntry<Callee>>) {
        let (pointer, context) = (instance.pointer(), instance.context());
        let mut entries = Vec::with_capacity(instance.handlers().len());
        let mut slots = Vec::with_capacity(instance.handlers().len());
        for handler in instance.handlers() {
            let call = Call { function: handler.call, instance: pointer, context };
            let callee = self.occupy(Target::Plugin(call));
            slots.push(callee.index);
            entries.push(HandlerEntry {
                name: handler.name.clone(),
                callee,
                min_len: handler.min_len,
                max_len: handler.max_len,
            });
        }
        (slots, entries)
    }

    fn occupy(&mut self, target: Target) -> Callee {
        let free = self.free.pop();
        let slot = free.and_then(|index| {
            let place = usize::try_from(index).ok()?;
            Some((index, self.slots.get_mut(place)?))
        });
        if let Some((index, slot)) = slot {
            slot.target = target;
            return Callee { index, epoch: slot.epoch };
        }
        let index = u32::try_from(self.slots.len()).unwrap_or(u32::MAX);
        self.slots.push(Slot { epoch: 0, target });
        Callee { index, epoch: 0 }
    }
}

impl Handlers for Host {
    type Callee = Callee;

    /// One bounds check and one comparison lie between the core and the handler.
    fn call(
        &mut self,
        callee: Callee,
        request: &Request<'_>,
        reply: &mut Reply<'_>,
        _deferrals: &mut Deferrals<'_>,
    ) -> Outcome {
        let slot = usize::try_from(callee.index).ok().and_then(|index| self.slots.get(index));
        match slot.filter(|slot| slot.epoch == callee.epoch).map(|slot| slot.target) {
            Some(Target::Plugin(call)) => call.run(request, reply),
            Some(Target::Builtin(builtin)) => builtin.call(request, reply),
            Some(Target::Vacant) | None => {
                reply.fail(Status::HandlerUnavailable.code(), "the handler is gone");
                Outcome::Failed
            }
        }
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        let ids: Vec<InstanceId> = self.instances().collect();
        for id in ids {
            drop(self.destroy(id));
        }
    }
}
