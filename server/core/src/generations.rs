//! Generations: the loaded copies of each plugin, and what they still owe. See `LIFECYCLE.md`.

use alloc::collections::VecDeque;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;

use crate::ids::Id;
use crate::slots::Slots;
use crate::{GenerationId, GenerationState, GenerationView, Moment};

/// One handler that a generation offers.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct HandlerEntry<C> {
    /// Its name, without that of the plugin.
    pub name: String,
    /// How the shell finds it.
    pub callee: C,
    /// The least data bytes that it takes; fewer are answered 1001.
    pub min_len: u8,
    /// The most data bytes that it takes; more are answered 1001.
    pub max_len: u8,
}

/// One loaded copy of a plugin.
pub(crate) struct Generation<C> {
    pub plugin: Arc<str>,
    pub state: GenerationState,
    pub handlers: Vec<HandlerEntry<C>>,
    /// While it drains or is benched: when its time to answer what it put off is over.
    pub until: Moment,
    pub errors: u64,
    /// Those of the errors that are the server's side's: 2xxx.
    pub faults: u64,
    /// The good tokens that are its.
    pub in_flight: u32,
    /// The questions whose answers it waits for.
    pub asked: u32,
}

impl<C> Generation<C> {
    /// Whether `when` is the end of its time to answer what it put off.
    pub fn owes_by(&self, when: Moment) -> bool {
        let has_time = matches!(self.state, GenerationState::Draining | GenerationState::Benched);
        has_time && self.until == when
    }
}

/// Every generation that is loaded.
pub(crate) struct Generations<C> {
    slots: Slots<Generation<C>>,
    /// The calls of each, by slot: beside them, so that a frame finds its own by index alone.
    calls: Vec<u64>,
    /// Those that wait for the shell to fetch them.
    retired: VecDeque<GenerationId>,
}

impl<C> Generations<C> {
    pub const fn new() -> Self {
        Self { slots: Slots::new(), calls: Vec::new(), retired: VecDeque::new() }
    }

    pub fn stage(&mut self, plugin: &str, handlers: Vec<HandlerEntry<C>>) -> GenerationId {
        let generation = Generation {
            plugin: plugin.into(),
            state: GenerationState::Staged,
            handlers,
            until: Moment::NEVER,
            errors: 0,
            faults: 0,
            in_flight: 0,
            asked: 0,
        };
        let id = self.slots.insert(generation).expect("plugins are far fewer than slots");
        let slot = id.slot() as usize;
        if self.calls.len() <= slot {
            self.calls.resize(slot + 1, 0);
        }
        self.calls[slot] = 0;
        GenerationId(id)
    }

    /// A handler of this generation, which is there, is about to be called.
    #[inline]
    pub fn count_call(&mut self, id: GenerationId) {
        if let Some(calls) = self.calls.get_mut(id.slot() as usize) {
            *calls += 1;
        }
    }

    fn calls(&self, id: GenerationId) -> u64 {
        self.calls[id.slot() as usize]
    }

    /// Drops a staged generation; false if it is none.
    pub fn discard(&mut self, id: GenerationId) -> bool {
        let staged = self.at(id).is_some_and(|found| found.state == GenerationState::Staged);
        staged && self.slots.remove(id.0).is_some()
    }

    /// Staged to active; false if it is not staged. The caller sees to the one before it.
    pub fn activate(&mut self, id: GenerationId) -> bool {
        match self.at_mut(id) {
            Some(found) if found.state == GenerationState::Staged => {
                found.state = GenerationState::Active;
                true
            }
            _ => false,
        }
    }

    /// Active to draining until `until`, or to benched.
    pub fn step_down(&mut self, id: GenerationId, to: GenerationState, until: Moment) {
        let Some(found) = self.at_mut(id) else { return };
        debug_assert_eq!(found.state, GenerationState::Active);
        found.state = to;
        found.until = until;
    }

    /// Benched to active, or to draining in what is left of its time. The end of its time; `None`
    /// if it is not benched.
    pub fn leave_bench(&mut self, id: GenerationId, to: GenerationState) -> Option<Moment> {
        let found = self.at_mut(id).filter(|found| found.state == GenerationState::Benched)?;
        found.state = to;
        let until = found.until;
        if to == GenerationState::Active {
            found.until = Moment::NEVER;
        }
        Some(until)
    }

    /// Draining to retired, if it owes nothing any more.
    pub fn retire(&mut self, id: GenerationId) -> bool {
        let Some(found) = self.at_mut(id) else {
            return false;
        };
        if found.state != GenerationState::Draining || found.in_flight + found.asked > 0 {
            return false;
        }
        found.state = GenerationState::Retired;
        self.retired.push_back(id);
        true
    }

    /// Retired to gone.
    pub fn fetch_retired(&mut self) -> Option<GenerationId> {
        let id = self.retired.pop_front()?;
        self.slots.remove(id.0);
        Some(id)
    }

    #[inline]
    pub fn at(&self, id: GenerationId) -> Option<&Generation<C>> {
        self.slots.at(id.0)
    }

    #[inline]
    pub fn at_mut(&mut self, id: GenerationId) -> Option<&mut Generation<C>> {
        self.slots.at_mut(id.0)
    }

    /// The active generation of `plugin`.
    pub fn active(&self, plugin: &str) -> Option<GenerationId> {
        self.find(plugin, GenerationState::Active)
    }

    /// The generation of `plugin` that was active before and may be again.
    pub fn benched(&self, plugin: &str) -> Option<GenerationId> {
        self.find(plugin, GenerationState::Benched)
    }

    fn find(&self, plugin: &str, state: GenerationState) -> Option<GenerationId> {
        let is_it = |found: &Generation<C>| found.state == state && *found.plugin == *plugin;
        self.iter().find(|(_, found)| is_it(found)).map(|(id, _)| id)
    }

    pub fn iter(&self) -> impl Iterator<Item = (GenerationId, &Generation<C>)> {
        self.slots.iter().map(|(id, found): (Id, _)| (GenerationId(id), found))
    }

    pub fn views(&self) -> impl Iterator<Item = GenerationView<'_, C>> {
        self.iter().map(|(id, found)| GenerationView {
            id,
            plugin: &found.plugin,
            state: found.state,
            handlers: &found.handlers,
            calls: self.calls(id),
            errors: found.errors,
            faults: found.faults,
            in_flight: found.in_flight,
            asked: found.asked,
        })
    }

    /// Asserts what holds between two calls from outside.
    pub fn invariants(&self) {
        for (id, found) in self.iter() {
            let waits = self.retired.contains(&id);
            assert_eq!(waits, found.state == GenerationState::Retired, "{id} waits to be fetched");
            match found.state {
                GenerationState::Staged => assert_eq!((self.calls(id), found.in_flight), (0, 0)),
                GenerationState::Active => {
                    assert_eq!(self.active(&found.plugin), Some(id), "one is active per plugin");
                }
                GenerationState::Benched => {
                    assert_eq!(self.benched(&found.plugin), Some(id), "one is benched per plugin");
                    assert!(self.active(&found.plugin).is_some(), "{id} stands in for somebody");
                    assert!(found.until.comes() || found.in_flight == 0, "{id} has its time");
                }
                GenerationState::Draining => {
                    assert!(found.in_flight + found.asked > 0, "{id} still drains");
                }
                GenerationState::Retired => assert_eq!((found.in_flight, found.asked), (0, 0)),
            }
        }
    }
}
