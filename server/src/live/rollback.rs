//! Back to the configuration before: owns the way there, and what a reload would change.

use std::sync::Arc;

use super::Live;
use super::config_watch::Wish;
use super::in_force::{InForce, Past};
use super::message::Back;
use super::reloads::Reload;
use super::report::{lost_routes, report_missing_handlers};
use crate::control::answers::ConfigRolledBack;
use crate::control::{ControlError, ReplyChannel, codes};
use crate::shell::loop_core::LoopCore;

impl Live {
    /// The configuration that serves now.
    pub(super) fn in_force(&self) -> InForce {
        InForce {
            generation: self.generation,
            settings: self.settings.clone(),
            routes: Arc::clone(&self.routes),
            clients: Arc::clone(&self.gate.clients),
        }
    }

    /// Keeps `before` for the day on which the newest change is regretted, if that changed
    /// anything that serves.
    pub(super) fn note_past(&mut self, before: InForce) {
        let is_same = before.settings == self.settings
            && (Arc::ptr_eq(&before.routes, &self.routes) || before.routes == self.routes)
            && before.clients == self.gate.clients;
        if !is_same {
            self.past.before = Some(Box::new(before));
        }
    }

    /// Says what a reload would change; the thread that reads the files answers.
    pub(super) fn plan(&self, reply: ReplyChannel) {
        let (now, files) = (Box::new(self.in_force()), self.service.forecast());
        self.watch.wish(Wish::Plan { reply, now, files });
    }

    /// Has the route table of the configuration before made; [`Live::go_back`] does the rest.
    pub(super) fn roll_back_config(&self, reply: ReplyChannel) {
        let now = Box::new(self.in_force());
        match &self.past.before {
            Some(to) => self.watch.wish(Wish::GoBack { reply, now, to: to.clone() }),
            None => {
                let message = "no configuration served before this one, or it is gone back from";
                let help = "change the files: what they say goes live as soon as they are saved; \
                    a plugin's version before serves again by `hotframe ctl rollback NAME`";
                let error = ControlError::new(codes::NO_WAY_BACK, message);
                reply.send(Err(error.with_help(help)));
            }
        }
    }

    /// The configuration before serves again, unless another one has come meanwhile.
    pub(super) fn go_back(&mut self, back: Back, core: &mut LoopCore) {
        let Back { number, from, to, table, changes, reply } = back;
        if from != self.generation || self.past.before.is_none() {
            let message = "another change went live meanwhile: nothing was changed";
            let error = ControlError::new(codes::NO_WAY_BACK, message);
            reply.send(Err(error.with_help("see `hotframe ctl plan`, and ask again")));
            return;
        }
        let InForce { generation: before, settings, routes, clients } = *to;
        let answer = ConfigRolledBack { generation: number, from, to: before, changes };
        let serving = self.serving(core);
        // Plugins that are configured otherwise get their tables back before the answer is given.
        self.reloads.push(Reload::new(reply, core.now, serving, None).going_back(answer));
        let regretted = Some(Box::new(self.in_force()));
        self.past = Past { before: None, differs: true, regretted };
        self.gate.clients = clients;
        self.take_settings(settings, core);
        self.renew_access(core);
        let lost = lost_routes(&core.engine);
        core.engine.set_routes(table, core.now);
        report_missing_handlers(&core.engine, &lost);
        self.routes = routes;
        self.generation = number;
        log::warn!(
            generation = number, from = from, to = before;
            "rolled back to what configuration {before} said: the files differ from what serves \
             until one of them changes or a reload is asked for"
        );
    }

    /// Reads the files even if nothing about them has changed, where they are not what serves.
    pub(super) fn reread_if_differing(&self) {
        if self.past.differs {
            self.watch.wish(Wish::Reread);
        }
    }
}
