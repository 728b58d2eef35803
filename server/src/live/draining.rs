//! Draining: owns who asked for it, and what it came to.

use std::time::Duration;

use hotframe_core::{CloseReason, Moment};

use super::Live;
use crate::control::ReplyChannel;
use crate::control::answers::{Answer, Drained};
use crate::shell::loop_core::LoopCore;

/// A drain that is under way.
#[derive(Debug)]
pub(super) struct Drain {
    began: Moment,
    before: Figures,
    connections: u64,
    /// Who waits for the end.
    waiting: Vec<ReplyChannel>,
}

/// What a drain is reckoned from.
#[derive(Clone, Copy, Debug)]
struct Figures {
    frames_in: u64,
    /// Connections that ended, for whatever reason.
    ended: u64,
    closed: u64,
    cut_off: u64,
}

impl Figures {
    fn of(core: &LoopCore) -> Self {
        let counters = core.engine.counters();
        Self {
            frames_in: counters.frames_in,
            ended: CloseReason::ALL.iter().map(|reason| counters.closed(*reason)).sum(),
            closed: counters.closed(CloseReason::Shutdown),
            cut_off: counters.closed(CloseReason::GraceOver),
        }
    }
}

impl Live {
    /// Peers are served until they leave, at most for `grace`, nobody new comes, and then the
    /// server ends; `reply` is told how it went.
    pub(super) fn begin_drain(
        &mut self,
        grace: Option<Duration>,
        reply: Option<ReplyChannel>,
        core: &mut LoopCore,
    ) {
        let grace = grace.unwrap_or(self.settings.server.shutdown_grace);
        core.ask_drain(core.now.after(grace));
        let drain = self.drain.get_or_insert_with(|| {
            let connections = core.engine.connections().count() as u64;
            let grace_ms = u64::try_from(grace.as_millis()).unwrap_or(u64::MAX);
            log::info!(
                connections = connections, grace_ms = grace_ms;
                "draining: nobody new is let in, who is here is served until they leave"
            );
            let (began, before) = (core.now, Figures::of(core));
            Drain { began, before, connections, waiting: Vec::new() }
        });
        drain.waiting.extend(reply);
    }

    /// Tells those who wait, once nobody is left.
    pub(super) fn answer_drain(&mut self, core: &LoopCore) {
        if !core.engine.is_drained() {
            return;
        }
        let Some(Drain { began, before, connections, waiting }) = self.drain.take() else {
            return;
        };
        let after = Figures::of(core);
        let (closed, cut_off) = (after.closed - before.closed, after.cut_off - before.cut_off);
        let drained = Drained {
            connections,
            left: (after.ended - before.ended).saturating_sub(closed + cut_off),
            closed,
            cut_off,
            frames_in: after.frames_in - before.frames_in,
            duration_us: u64::try_from(core.now.since(began).as_micros()).unwrap_or(u64::MAX),
        };
        log::info!(
            connections = drained.connections, left = drained.left, closed = drained.closed,
            cut_off = drained.cut_off; "drained"
        );
        for reply in waiting {
            reply.send(Ok(Answer::Drained(drained.clone())));
        }
    }
}
