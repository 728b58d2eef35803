//! Owns what the loop does for plugins beside the calls of handlers: answers that come late, wakes,
//! ended jobs, timers, and the news that nobody waits any more.
use std::vec::IntoIter;

use hotframe_core::{Answered, Ask, ConnectionId, Engine, Moment, Token, Unpushed};

use super::answer::Answer;
use super::backlog::{Backlog, Next};
use super::batch::Batch;
use super::created::InstanceId;
use super::host::Host;
use super::judgements::is_judgement;
use super::parcel::{Content, Parcel};
use super::peers::Told;
use super::roster::Roster;
use crate::diagnostics::codes::runtime::STALE_COMPLETION;

/// So many events are pushed in one round. Each peer that gets one costs a write as well.
const PUSHES: usize = 512;

/// So many late answers are given in one round. What they add to what connections keep is counted
/// in the turns behind them.
const ANSWERS: usize = 4096;

impl Roster {
    /// Works off what plugins have left for the loop, and rings the timers that are due. To be
    /// called before the connections that the engine has touched get their turns.
    pub fn handle_errands(&mut self, engine: &mut Engine<Host>, now: Moment) {
        self.handle_answered(engine);
        engine.handlers_mut().tell_news();
        self.take_in(engine, now);
        engine.handlers_mut().ring(now);
        self.step_handovers(engine, now);
        self.step_sampling(engine.handlers());
    }

    /// Works off what plugins have left for the loop, as much as a round has time for.
    pub(in crate::plugins) fn take_in(&mut self, engine: &mut Engine<Host>, now: Moment) {
        let begun = self.backlog.take();
        let next = || engine.handlers_mut().take_batch().map(|batch| Box::new(Backlog::of(batch)));
        if let Some(mut work) = begun.or_else(next) {
            match self.work_off(engine, &mut work, now) {
                true => engine.handlers_mut().put_back(work.batch),
                false => self.backlog = Some(work),
            }
        }
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

    /// Whether something of plugins waits for the next round.
    #[must_use]
    pub const fn has_backlog(&self) -> bool {
        self.backlog.is_some()
    }

    /// Works off what a round has time for; true when nothing is left.
    fn work_off(&mut self, engine: &mut Engine<Host>, work: &mut Backlog, now: Moment) -> bool {
        let (mut left, mut answers) = (PUSHES, ANSWERS);
        let mut audience = work.audience.take();
        while let Some(next) = work.next() {
            match (next, work.answer(), work.parcel()) {
                (Next::Answer, Some(_), _) if answers == 0 => return false,
                (Next::Answer, Some(answer), _) => {
                    answers -= 1;
                    give_answer(engine, answer, now);
                    work.pass_answer();
                }
                (Next::Parcel, _, Some(parcel)) if parcel.is_event() => {
                    let mut audience = match audience.take() {
                        Some(begun) => begun,
                        None => parcel.to.every(engine).into_iter(),
                    };
                    spread(engine, parcel, &mut audience, &mut left, now);
                    if !audience.as_slice().is_empty() {
                        work.audience = Some(audience);
                        return false;
                    }
                    work.pass_parcel();
                }
                (_, _, Some(parcel)) => {
                    self.deliver(engine, parcel, now);
                    work.pass_parcel();
                }
                (_, _, None) => break,
            }
        }
        follow_up(engine, &work.batch);
        true
    }

    fn deliver(&self, engine: &mut Engine<Host>, parcel: &Parcel, now: Moment) {
        match &parcel.content {
            Content::Event(_) => {}
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

/// Pushes an event to as many of its audience as there is time `left` for.
fn spread(
    engine: &mut Engine<Host>,
    parcel: &Parcel,
    audience: &mut IntoIter<ConnectionId>,
    left: &mut usize,
    now: Moment,
) {
    let Content::Event(frame) = &parcel.content else {
        return;
    };
    while *left > 0
        && let Some(to) = audience.next()
    {
        *left -= 1;
        // Who is gone meanwhile is counted by the engine.
        if engine.handle_push(to, &frame.as_push(), now) == Err(Unpushed::Busy) {
            let sender = InstanceId::of(parcel.generation);
            engine.handlers_mut().tell_push_refused(sender, to.to_bits(), frame.number);
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
