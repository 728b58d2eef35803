//! The loop says how late it is, and load is shed while that is too late.

use core::time::Duration;

use super::late::LATE;
use crate::overload::Turned;
use crate::{Engine, Handlers, Moment, Notice, Shedding};

impl<H: Handlers> Engine<H> {
    /// A round of the shell's loop is over: from its first event to its last turn it took so long.
    /// What came meanwhile had to wait that long, and what was to leave, too.
    #[inline]
    pub fn handle_round(&mut self, took: Duration, now: Moment) {
        if took >= LATE {
            self.forgive(took, now);
        }
        if let Some(limit) = self.desk.limits.overload {
            self.judge_round(took, limit, now);
        }
    }

    /// How load is shed at the moment; `None` while it is not.
    pub const fn shedding(&self) -> Option<Shedding> {
        self.desk.overload.shedding()
    }

    fn judge_round(&mut self, took: Duration, limit: Duration, now: Moment) {
        let desk = &mut self.desk;
        let Some(turned) = desk.overload.handle_round(took, limit, now) else {
            return;
        };
        let shed = desk.counters.shed;
        desk.notify(match turned {
            Turned::Overloaded => Notice::Overloaded,
            Turned::Calm => Notice::Recovered { shed },
        });
        desk.weigh_if_needed();
    }

    /// The limits have changed: without one for the loop nothing is shed.
    pub(super) fn judge_overload_limit(&mut self) {
        let desk = &mut self.desk;
        if desk.limits.overload.is_none() && desk.overload.shedding().is_some() {
            desk.overload.calm();
            let shed = desk.counters.shed;
            desk.notify(Notice::Recovered { shed });
        }
        desk.weigh_if_needed();
    }
}
