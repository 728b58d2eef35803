//! Owns what the loop does for plugins beside the calls of handlers: answers that come late, wakes,
//! ended jobs, timers, and the news that nobody waits any more.
use hotframe_core::{Answered, Ask, Engine, Moment, Token, Unpushed};

use super::answer::Answer;
use super::batch::Batch;
use super::created::InstanceId;
use super::host::Host;
use super::judgements::is_judgement;
use super::parcel::{Content, Parcel};
use super::peers::Told;
use super::roster::Roster;
use crate::diagnostics::codes::runtime::STALE_COMPLETION;

impl Roster {
    /// Works off what plugins have left for the loop, and rings the timers that are due. To be
    /// called before the connections that the engine has touched get their turns.
    pub fn handle_errands(&mut self, engine: &mut Engine<Host>, now: Moment) {
        self.handle_answered(engine);
        engine.handlers_mut().tell_news();
        if let Some(batch) = engine.handlers_mut().take_batch() {
            self.work_off(engine, &batch, now);
            engine.handlers_mut().put_back(batch);
        }
        engine.handlers_mut().ring(now);
        self.step_handovers(engine, now);
    }

    /// Tells plugins what became of the requests that they have pushed.
    pub fn handle_answered(&mut self, engine: &mut Engine<Host>) {
        while let Some(answered) = engine.poll_answered() {
            let Answered { ticket, generation, answer } = answered;
            if let Some(instance) = self.instance_of(generation) {
                engine.handlers_mut().tell_answer(instance, ticket, &Told::Peer(&answer));
            }
        }
    }

    /// Tells plugins which of their tokens became void.
    pub fn handle_cancelled(&mut self, engine: &mut Engine<Host>) {
        while let Some(void) = engine.poll_cancelled() {
            if let Some(instance) = self.instance_of(void.generation) {
                engine.handlers_mut().cancel(instance, void.token);
            }
        }
    }

    fn work_off(&mut self, engine: &mut Engine<Host>, batch: &Batch, now: Moment) {
        let mut parcels = batch.parcels.iter().peekable();
        for (index, answer) in batch.answers.iter().enumerate() {
            while let Some((_, parcel)) = parcels.next_if(|(before, _)| *before <= index) {
                self.deliver(engine, parcel, now);
            }
            give_answer(engine, answer, now);
        }
        for (_, parcel) in parcels {
            self.deliver(engine, parcel, now);
        }
        follow_up(engine, batch);
    }

    fn deliver(&mut self, engine: &mut Engine<Host>, parcel: &Parcel, now: Moment) {
        match &parcel.content {
            Content::Event(frame) => {
                for to in parcel.to.every(engine) {
                    // Who takes it not is counted by the engine.
                    let _refused = engine.handle_push(to, &frame.as_push(), now);
                }
            }
            Content::Request(frame, ticket, timeout) => {
                let sender = InstanceId::of(parcel.generation);
                let Some(generation) = self.generation_of(sender) else {
                    return;
                };
                let ask = Ask { ticket: *ticket, generation, timeout: *timeout };
                let asked = parcel.to.one(engine).map_or(Err(Unpushed::Gone), |to| {
                    engine.handle_question(to, &frame.as_push(), ask, now)
                });
                let told = match asked {
                    Ok(()) => return,
                    Err(Unpushed::Busy) => Told::Busy,
                    Err(Unpushed::Gone | Unpushed::Invalid) => Told::Gone,
                };
                engine.handlers_mut().tell_answer(sender, *ticket, &told);
            }
            Content::Farewell => {
                if let Some(id) = parcel.to.one(engine) {
                    engine.handle_let_go(id, now);
                }
            }
        }
    }
}

fn give_answer(engine: &mut Engine<Host>, answer: &Answer, now: Moment) {
    if is_judgement(answer.token) {
        engine.handlers_mut().judgements.settle(answer);
        return;
    }
    if let Some(token) = Token::from_bits(answer.token) {
        // Nobody waits if its time was over while the answer lay here: the engine counts it.
        let _was_late = answer.complete(|it| engine.handle_completion(token, it, now));
    }
}

fn follow_up(engine: &mut Engine<Host>, batch: &Batch) {
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
