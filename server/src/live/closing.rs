//! The end: owns what happens to the plugins and helpers when the loop is over.

use std::time::{Duration, Instant};

use hotframe_core::CloseReason;

use super::Live;
use crate::logging::Logging;
use crate::shell::loop_core::LoopCore;
use crate::shell::steward::Steward;

impl Live {
    /// Lets every plugin destroy its instance, unloads it and ends the helper threads. The logger
    /// comes back for the last words.
    #[must_use]
    pub fn close(mut self, mut core: LoopCore) -> Logging {
        drop(self.http_server.take());
        let cut_off = core.engine.counters().closed(CloseReason::GraceOver);
        if cut_off > 0 {
            log::warn!(
                connections = cut_off;
                "connections were cut off: they did not take what was owed within the grace"
            );
        }
        self.stop_taking_over();
        self.roster.keep_all(&mut core.engine);
        self.clear_leavings();
        let names: Vec<String> = self.roster.serving().map(str::to_owned).collect();
        for name in names {
            core.engine.withdraw(&name, core.now);
        }
        self.handle_round(&mut core);
        self.await_jobs(&mut core);
        drop(self.service);
        log::info!(
            uptime_s = self.start.elapsed().as_secs(),
            frames_in = core.engine.counters().frames_in;
            "stopped"
        );
        self.logging
    }

    /// Gives the jobs of plugins the grace to come to their ends.
    fn await_jobs(&mut self, core: &mut LoopCore) {
        let grace = self.settings.server.shutdown_grace;
        let deadline = Instant::now() + if core.is_forced() { Duration::ZERO } else { grace };
        while self.roster.is_waiting() {
            if !core.engine.handlers().wait_for_jobs(deadline) {
                log::warn!("plugins were not destroyed: their jobs took longer than the grace");
                return;
            }
            self.handle_errands(core);
            self.handle_round(core);
        }
    }
}
