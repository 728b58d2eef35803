//! Owns what the loop does for plugins beside the calls of handlers: answers that come late, wakes,
//! ended jobs, timers, and the news that nobody waits any more.
use hotframe_core::{Engine, Moment, Token};

use super::host::Host;
use super::inbox::Batch;
use super::roster::Roster;
use crate::diagnostics::codes::runtime::STALE_COMPLETION;

impl Roster {
    /// Works off what plugins have left for the loop, and rings the timers that are due. To be
    /// called before the connections that the engine has touched get their turns.
    pub fn handle_errands(&mut self, engine: &mut Engine<Host>, now: Moment) {
        if let Some(batch) = engine.handlers_mut().take_batch() {
            work_off(engine, &batch, now);
            engine.handlers_mut().put_back(batch);
        }
        engine.handlers_mut().ring(now);
    }

    /// Tells plugins which of their tokens became void.
    pub fn handle_cancelled(&mut self, engine: &mut Engine<Host>) {
        while let Some(void) = engine.poll_cancelled() {
            if let Some(instance) = self.instance_of(void.generation) {
                engine.handlers_mut().cancel(instance, void.token);
            }
        }
    }
}

fn work_off(engine: &mut Engine<Host>, batch: &Batch, now: Moment) {
    for answer in &batch.answers {
        if let Some(token) = Token::from_bits(answer.token) {
            // Nobody waits if its time was over while the answer lay here: the engine counts it.
            let _was_late = answer.complete(|it| engine.handle_completion(token, it, now));
        }
    }
    for (generation, count) in &batch.strays {
        engine.handle_strays(*count);
        if let Some(plugin) = engine.handlers().plugin_of(*generation) {
            // The same text each time, so that the log folds it.
            log::warn!(
                plugin, generation = *generation, code = STALE_COMPLETION.as_str();
                "plugin {plugin} answered late, twice or with a token that is not its own: dropped"
            );
        }
    }
    for generation in &batch.wakes {
        engine.handlers_mut().wake(*generation);
    }
    for ended in &batch.ended {
        engine.handlers_mut().follow_up(ended);
    }
}
