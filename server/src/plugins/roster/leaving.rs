//! Owns the way out of generations that the engine has retired.
use std::time::Instant;

use hotframe_core::{Engine, GenerationState, GenerationView};

use super::{Binding, Roster};
use crate::plugins::created::InstanceId;
use crate::plugins::phases::Phase;
use crate::plugins::unloading::Unloading;
use crate::plugins::{Callee, Host};

impl Roster {
    /// Destroys the generations that the engine has retired, each when its jobs are done. Each that
    /// is returned is to be given to `PluginService::unload`.
    pub fn handle_retired(&mut self, engine: &mut Engine<Host>) -> Vec<Unloading> {
        let retired = |view: &GenerationView<'_, Callee>| view.state == GenerationState::Retired;
        let counts: Vec<_> = engine
            .generations()
            .filter(retired)
            .map(|view| (view.id, view.calls, view.errors))
            .collect();
        self.note_draining(engine);
        while let Some(generation) = engine.poll_retired() {
            let Some(at) = self.bindings.iter().position(|b| b.generation == generation) else {
                continue;
            };
            let Binding { instance, plugin, drains_since, .. } = self.bindings.swap_remove(at);
            Phase::Drain.record(drains_since.unwrap_or_else(Instant::now));
            let count = counts.iter().find(|(id, ..)| *id == generation);
            if let (Some(entry), Some((_, calls, errors))) = (self.plugins.get_mut(&plugin), count)
            {
                entry.past.0 += calls;
                entry.past.1 += errors;
            }
            self.leaving.push(instance);
        }
        let (host, begun) = (engine.handlers_mut(), Instant::now());
        let done = self.leaving.extract_if(.., |instance| !host.is_busy(*instance));
        let done: Vec<InstanceId> = done.collect();
        if done.is_empty() {
            return std::mem::take(&mut self.done);
        }
        let ended = done.into_iter().filter_map(|instance| host.destroy(instance));
        let ended = self.done.drain(..).chain(ended).collect();
        self.note_pause(begun);
        ended
    }

    /// Generations that have been replaced since the last round have begun to drain.
    fn note_draining(&mut self, engine: &Engine<Host>) {
        for view in engine.generations().filter(|view| view.state == GenerationState::Draining) {
            if let Some(binding) = self.bindings.iter_mut().find(|it| it.generation == view.id) {
                binding.drains_since.get_or_insert_with(Instant::now);
            }
        }
    }

    /// Whether an instance waits for its jobs before it can be destroyed.
    pub fn is_waiting(&self) -> bool {
        !self.leaving.is_empty()
    }
}
