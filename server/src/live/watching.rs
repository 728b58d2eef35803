//! What operators watch: owns how the level of the log and the taps change while the server runs.

use std::time::{Duration, SystemTime};

use super::Live;
use crate::control::answers::{Answer, LogLevels, SightingRow, Tapping};
use crate::control::{ControlError, codes};
use crate::logging;
use crate::shell::loop_core::LoopCore;
use crate::trace::TraceId;
use crate::witness::Tap;

/// Gives every level back to the configuration.
const DEFAULT: &str = "default";

impl Live {
    /// Somebody wants to see requests as they pass.
    pub(super) fn tap(
        &mut self,
        tapping: Option<String>,
        tap: Option<Tap>,
        core: &mut LoopCore,
    ) -> Result<Answer, ControlError> {
        if !tap.is_some_and(|tap| self.witness.tap(tap)) {
            let error = ControlError::new(codes::TOO_MANY_TAPS, "too many listen already");
            return Err(error.with_help("end one of the other `hotframe ctl tap`"));
        }
        self.witness.direct(&mut core.engine, core.now);
        log::info!(tapping:serde = tapping; "a tap listens");
        Ok(Answer::Tapping(Tapping { tapping }))
    }

    /// A round of the loop is over: what is looked at depends on how long it took.
    pub(super) fn judge_round(&mut self, took: Duration, core: &mut LoopCore) {
        self.tell_held(core);
        let frames = core.engine.counters().frames_in;
        if self.witness.note_round(took, frames, core.now) {
            self.witness.direct(&mut core.engine, core.now);
        }
    }

    /// Turns that held the loop go into the slow log, unless what held it was looked at anyway.
    fn tell_held(&mut self, core: &mut LoopCore) {
        for turn in core.stopwatch.take() {
            let mut views = core.engine.connections();
            let session = views.find(|view| view.id == turn.connection).and_then(|it| it.session);
            let session = session.and_then(|id| core.engine.session(id));
            let route = core.engine.routes().find(|route| route.handler == turn.handler);
            let command = match turn.head {
                Some((command, _)) => format!("0x{:04X}", command.number()),
                None => route.map_or_else(String::new, |route| route.command.to_string()),
            };
            let row = SightingRow {
                timestamp: logging::timestamp(SystemTime::now()),
                trace_id: TraceId::of(turn.number).to_string(),
                connection: turn.connection.to_bits(),
                session: session.map(|session| session.client.to_owned()),
                peer: core.sockets.peer(turn.connection).map(|peer| peer.to_string()),
                kind: "request".to_owned(),
                command,
                address: turn.head.map(|(_, address)| address),
                handler: Some(turn.handler),
                end: "unseen".to_owned(),
                duration_us: u64::try_from(turn.took.as_micros()).unwrap_or(u64::MAX),
                among: turn.among,
                ..SightingRow::default()
            };
            self.witness.take_held(row, turn.took, core.now);
        }
    }

    /// The server stops: who listens is told.
    pub fn end_taps(&mut self) {
        self.witness.end_taps();
    }

    /// Changes what is logged, if a level is named, and tells what is.
    pub(super) fn set_log(
        &mut self,
        level: Option<String>,
        target: Option<String>,
        core: &mut LoopCore,
    ) -> Result<Answer, ControlError> {
        let configured = self.settings.log.level;
        match (level.as_deref(), target) {
            (None, _) => {}
            (Some(DEFAULT), None) => {
                self.logging.clear_targets();
                self.logging.set_level(configured);
            }
            (Some(name), target) => {
                let level = name.parse().map_err(|_| unknown_level(name))?;
                match target {
                    Some(target) => self.logging.set_target(&target, level),
                    None => self.logging.set_level(level),
                }
            }
        }
        // Payloads are looked at only where the log shows them.
        self.witness.direct(&mut core.engine, core.now);
        let (base, targets) = self.logging.levels();
        let spell = |level: log::LevelFilter| level.as_str().to_lowercase();
        Ok(Answer::Log(LogLevels {
            level: spell(base),
            configured: spell(configured),
            targets: targets.into_iter().map(|(name, level)| (name, spell(level))).collect(),
        }))
    }
}

fn unknown_level(name: &str) -> ControlError {
    let message = format!("`{name}` is no level");
    let help = "the levels are off, error, warn, info, debug and trace; `default` gives back what \
                the configuration says";
    ControlError::new(codes::UNKNOWN_LEVEL, message).with_help(help)
}
