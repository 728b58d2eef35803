//! What the operator does with one plugin: owns the way from rollback, disable and enable to their
//! answers.

use super::Live;
use super::answers::who_is_here;
use super::reloads::problem_of;
use crate::control::answers::{Answer, PluginState, Problem, Switched};
use crate::control::{ControlError, ReplyChannel, codes};
use crate::plugins::{CannotSwitch, Defect, Refusal, RollBack, Roster};
use crate::shell::loop_core::LoopCore;

/// One wish that the plugin service has still to fulfil.
#[derive(Debug)]
pub struct Switching {
    reply: ReplyChannel,
    plugin: String,
    /// The look after which it is known what came of it; `None` once that is over.
    pub ticket: Option<u64>,
    wish: Wish,
    faults: Vec<Problem>,
}

/// What the operator wants of a plugin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wish {
    /// That it serves again.
    Enabled,
    /// That another generation serves than this one; 0: none did.
    Other(u64),
}

impl Switching {
    fn new(reply: ReplyChannel, plugin: String, ticket: u64, wish: Wish) -> Self {
        Self { reply, plugin, ticket: Some(ticket), wish, faults: Vec::new() }
    }

    /// Whether a refusal is of the time before the plugin was enabled, which is under way.
    pub fn overtakes(&self, refusal: &Refusal) -> bool {
        let is_disabled = refusal.defect == Defect::Disabled;
        is_disabled && self.wish == Wish::Enabled && refusal.plugin.as_ref() == Some(&self.plugin)
    }

    /// A plugin file was refused meanwhile.
    pub fn note_refusal(&mut self, refusal: &Refusal) {
        // That the version which is gone back from is set aside is as it was wished.
        let is_wished = self.wish != Wish::Enabled && refusal.defect == Defect::SetAside;
        if refusal.plugin.as_ref() == Some(&self.plugin) && !is_wished {
            self.faults.push(problem_of(refusal));
        }
    }
}

/// The generation that serves by an answer.
fn serving_of(answer: &Answer) -> u64 {
    match answer {
        Answer::Switched(switched) => switched.generation,
        _ => 0,
    }
}

impl Live {
    pub(super) fn roll_back(&mut self, plugin: String, reply: ReplyChannel, core: &mut LoopCore) {
        let before = self.serving(core).get(&plugin).map_or(0, |(_, generation)| *generation);
        let ticket = match self.roster.roll_back(&mut core.engine, &plugin, core.now) {
            Ok(RollBack::Done(finding)) => {
                self.service.note(finding);
                return reply.send(self.switched(&plugin, core));
            }
            Ok(RollBack::Returning(finding, back)) => {
                self.service.note(finding);
                self.service.bring_back(back)
            }
            Ok(RollBack::UnderWay) => self.service.look_now(),
            Ok(RollBack::FromCopy { sha256 }) => self.service.restore(plugin.clone(), sha256),
            Err(error) => return reply.send(Err(self.refused(error, &plugin, core))),
        };
        self.switchings.push(Switching::new(reply, plugin, ticket, Wish::Other(before)));
    }

    pub(super) fn disable(&mut self, plugin: String, reply: ReplyChannel, core: &mut LoopCore) {
        reply.send(match self.roster.disable(&mut core.engine, &plugin, core.now) {
            Ok(()) => {
                let _nobody_waits = self.service.switch(plugin.clone(), false);
                self.switched(&plugin, core)
            }
            Err(error) => Err(self.refused(error, &plugin, core)),
        });
    }

    pub(super) fn enable(&mut self, plugin: String, reply: ReplyChannel, core: &LoopCore) {
        match self.roster.enable(&plugin) {
            Ok(false) => reply.send(self.switched(&plugin, core)),
            Ok(true) => {
                log::info!(plugin = plugin.as_str(); "plugin {plugin}: enabled by the operator");
                let ticket = self.service.switch(plugin.clone(), true);
                self.switchings.push(Switching::new(reply, plugin, ticket, Wish::Enabled));
            }
            Err(error) => reply.send(Err(self.refused(error, &plugin, core))),
        }
    }

    /// Answers whoever waited for what is over by now.
    pub(super) fn answer_switchings(&mut self, core: &LoopCore) {
        let is_under_way = |roster: &Roster, plugin: &str| {
            roster.is_returning(plugin) || roster.is_handing_over(Some(plugin))
        };
        let roster = &self.roster;
        let is_over = |waiting: &mut Switching| {
            waiting.ticket.is_none() && !is_under_way(roster, &waiting.plugin)
        };
        let over: Vec<Switching> = self.switchings.extract_if(.., is_over).collect();
        for Switching { reply, plugin, faults, wish, .. } in over {
            let row = self.switched(&plugin, core);
            let serves = row.as_ref().map_or(0, serving_of);
            let has_switched = match wish {
                Wish::Enabled => serves != 0,
                Wish::Other(before) => ![0, before].contains(&serves),
            };
            reply.send(match faults.is_empty() || has_switched {
                true => row,
                false => {
                    let message = format!("plugin `{plugin}` stays as it is");
                    Err(ControlError::new(codes::SWITCH_REFUSED, message).with_errors(faults))
                }
            });
        }
    }

    fn switched(&self, plugin: &str, core: &LoopCore) -> Result<Answer, ControlError> {
        let mut rows = self.roster.rows(&core.engine).into_iter();
        let row = rows.find(|row| row.name == plugin && row.state != PluginState::Failed);
        let row = row.ok_or_else(|| self.refused(CannotSwitch::Unknown, plugin, core))?;
        Ok(Answer::Switched(Switched {
            name: row.name,
            version: row.version,
            generation: row.generation,
            state: row.state,
            reason: row.reason,
        }))
    }

    fn refused(&self, error: CannotSwitch, plugin: &str, core: &LoopCore) -> ControlError {
        match error {
            CannotSwitch::Unknown => {
                ControlError::new(codes::UNKNOWN_PLUGIN, format!("no plugin `{plugin}`"))
                    .with_help(who_is_here(&self.serving(core)))
            }
            CannotSwitch::Builtin => {
                let message = format!("`{plugin}` is a part of the server");
                ControlError::new(codes::NOT_SWITCHABLE, message)
                    .with_help("disable its routes in the commands file: `enabled = false`")
            }
            CannotSwitch::Disabled => {
                let message = format!("plugin `{plugin}` is disabled");
                ControlError::new(codes::NOT_SWITCHABLE, message)
                    .with_help(format!("`hotframe ctl enable {plugin}` loads what its file holds"))
            }
        }
    }
}
