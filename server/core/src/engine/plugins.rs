//! Generations of plugins, the route table and the limits are exchanged, between turns.

use alloc::vec::Vec;

use crate::desk::Desk;
use crate::{Engine, GenerationId, HandlerEntry, Handlers, Limits, Moment, Notice, RouteTable};

impl<H: Handlers> Engine<H> {
    /// A copy of `plugin` is loaded and offers `handlers`. It is not called yet.
    pub fn stage(&mut self, plugin: &str, handlers: Vec<HandlerEntry<H::Callee>>) -> GenerationId {
        self.desk.generations.stage(plugin, handlers)
    }

    /// From now on all new requests of its plugin are this generation's; the one before it
    /// drains. Nothing happens if it is not staged.
    pub fn activate(&mut self, id: GenerationId, now: Moment) {
        self.take_over(id, Desk::drain, now);
    }

    /// As [`activate`](Self::activate), but the one before it is benched: it answers what it has
    /// put off, within the drain timeout, and stays to be called again with
    /// [`reinstate`](Self::reinstate). One that was benched before drains.
    pub fn supersede(&mut self, id: GenerationId, now: Moment) {
        self.take_over(id, Desk::bench, now);
    }

    fn take_over(
        &mut self,
        id: GenerationId,
        step_down: fn(&mut Desk<H>, GenerationId, Moment),
        now: Moment,
    ) {
        let desk = &mut self.desk;
        desk.latest = now;
        let Some(plugin) = desk.generations.at(id).map(|found| found.plugin.clone()) else {
            return;
        };
        let replaced = desk.generations.active(&plugin);
        if !desk.generations.activate(id) {
            return;
        }
        if let Some(benched) = desk.generations.benched(&plugin) {
            desk.dismiss(benched);
        }
        desk.notify(Notice::Activated { plugin, generation: id, replaced });
        if let Some(replaced) = replaced {
            step_down(desk, replaced, now);
        }
        desk.switchboard.rebind(&desk.generations);
    }

    /// The benched generation of `plugin` takes all new requests again, and the one that they
    /// went to drains. `None`, and nothing happens, if none is benched.
    pub fn reinstate(&mut self, plugin: &str, now: Moment) -> Option<GenerationId> {
        let desk = &mut self.desk;
        desk.latest = now;
        let id = desk.generations.benched(plugin)?;
        let replaced = desk.generations.active(plugin);
        if let Some(replaced) = replaced {
            desk.drain(replaced, now);
        }
        desk.reinstate(id);
        desk.counters.reinstated += 1;
        desk.notify(Notice::Activated { plugin: plugin.into(), generation: id, replaced });
        desk.switchboard.rebind(&desk.generations);
        Some(id)
    }

    /// The benched generation of `plugin` is not needed any more: it drains.
    pub fn dismiss(&mut self, plugin: &str, now: Moment) {
        self.desk.latest = now;
        if let Some(id) = self.desk.generations.benched(plugin) {
            self.desk.dismiss(id);
        }
    }

    /// The active generation of `plugin` drains without a successor, and one that is benched with
    /// it: its routes answer 2005.
    pub fn withdraw(&mut self, plugin: &str, now: Moment) {
        let desk = &mut self.desk;
        desk.latest = now;
        let Some(id) = desk.generations.active(plugin) else {
            return;
        };
        desk.notify(Notice::Withdrawn { plugin: plugin.into(), generation: id });
        if let Some(benched) = desk.generations.benched(plugin) {
            desk.dismiss(benched);
        }
        desk.drain(id, now);
        desk.switchboard.rebind(&desk.generations);
    }

    /// Forgets a staged generation that failed. The shell destroys it: it is not among those
    /// of [`poll_retired`](Self::poll_retired). Nothing happens if it is not staged.
    pub fn discard(&mut self, id: GenerationId) {
        self.desk.generations.discard(id);
    }

    /// A generation that owes nothing any more and is never called again: destroy it and unload
    /// it. Its id is gone. `None` as long as [`poll_cancelled`](Self::poll_cancelled) or
    /// [`poll_answered`](Self::poll_answered) has something: that is told first.
    pub fn poll_retired(&mut self) -> Option<GenerationId> {
        if !self.desk.cancelled.is_empty() || !self.desk.questions.answered.is_empty() {
            return None;
        }
        self.desk.generations.fetch_retired()
    }

    /// Puts a route table in force for all requests that are taken from now on.
    pub fn set_routes(&mut self, table: RouteTable, now: Moment) {
        let desk = &mut self.desk;
        desk.latest = now;
        desk.switchboard.set_table(table, &desk.generations);
        let (number, missing) = (desk.switchboard.number(), desk.switchboard.missing());
        desk.notify(Notice::Routed { number, missing });
    }

    /// Puts limits in force. What runs already keeps to the new ones from now on; only a
    /// generation that drains keeps its time, and no connection is closed for being one too
    /// many.
    pub fn set_limits(&mut self, limits: Limits, now: Moment) {
        let grace_end = self.grace_end();
        let desk = &mut self.desk;
        desk.latest = now;
        desk.limits = limits.workable();
        desk.renew_mark(now);
        self.judge_overload_limit();
        let desk = &mut self.desk;
        desk.sessions.shrink(desk.limits.max_sessions());
        desk.arm_sessions();
        if desk.buffers.are_over() {
            // Behind the sessions that are too many: of those who are let go here none is.
            self.relieve_at_once();
        }
        for id in self.ids() {
            if let Some(mut turn) = self.turn(id, now) {
                turn.arm();
            }
            self.work_off(id, now);
            self.touch(id);
        }
        self.arm_shutdown(grace_end);
        self.sweep_deadlines();
    }
}
