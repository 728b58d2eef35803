//! A change of the configuration goes live: owns what is taken and what must wait for a restart.

use super::report::{lost_routes, report_missing_handlers};
use super::{ConfigUpdate, Live, limits};
use crate::config::{Loaded, Settings};
use crate::diagnostics::Diagnostic;
use crate::shell::loop_core::LoopCore;

impl Live {
    /// Takes over what was read again: each file whole or not at all, and a bad one holds back
    /// only itself.
    pub(super) fn apply(&mut self, update: ConfigUpdate, core: &mut LoopCore) {
        let ConfigUpdate { number, read_at, is_asked, mut loaded, table } = update;
        self.watch.follow(&loaded.files, read_at);
        if let Some(settings) = &mut loaded.settings {
            self.hold_until_restart(settings);
        }
        let refused = loaded.problems.iter().any(Diagnostic::is_error);
        if !is_asked && self.is_regretted(&loaded) {
            self.config_reads.refused += u64::from(refused);
            self.config_reads.unchanged += u64::from(!refused);
            self.note_problems(loaded.problems);
            return;
        }
        let (mut changed, before) = (false, self.in_force());
        if let Some(settings) = loaded.settings {
            if settings == self.settings {
                // The same, though it may stand elsewhere by now.
                self.settings.plugins.config = settings.plugins.config;
            } else {
                changed = true;
                self.take_settings(settings, core);
                self.renew_access(core);
            }
        }
        if let Some(clients) = loaded.clients
            && self.set_clients(clients)
        {
            changed = true;
            self.renew_access(core);
        }
        if let (Some(routes), Some(table)) = (loaded.routes, table)
            && routes != *self.routes
        {
            changed = true;
            let lost = lost_routes(&core.engine);
            core.engine.set_routes(table, core.now);
            report_missing_handlers(&core.engine, &lost);
            self.routes = std::sync::Arc::new(routes);
        }
        if changed {
            self.generation = number;
            log::info!(generation = self.generation; "the new configuration is live");
            self.note_past(before);
        }
        self.past.differs &= refused;
        self.past.regretted.take_if(|_| !refused);
        let reads = &mut self.config_reads;
        // A file that is refused does not hold back the other one: one reading may be both.
        reads.taken += u64::from(changed);
        reads.refused += u64::from(refused);
        reads.unchanged += u64::from(!changed && !refused);
        self.note_problems(loaded.problems);
    }

    /// Whether the files say what was gone back from: nobody has changed them since.
    fn is_regretted(&self, loaded: &Loaded) -> bool {
        let regretted = self.past.regretted.as_ref();
        regretted.is_some_and(|it| it.is_said_by(loaded.settings.as_ref(), loaded))
    }

    /// What needs a restart stays as it is, so that the next difference names it again; it is told
    /// once.
    fn hold_until_restart(&mut self, new: &mut Settings) {
        let changes = new.difference(&self.settings).into_iter();
        let held: Vec<_> = changes.filter(|change| change.needs_restart).collect();
        for change in held.iter().filter(|change| !self.held.contains(change)) {
            log::warn!(
                key = change.key;
                "{} changes with the next restart; the rest of the file is taken", change.key
            );
        }
        self.held = held;
        new.listen.clone_from(&self.settings.listen);
        new.control.clone_from(&self.settings.control);
        new.http.clone_from(&self.settings.http);
        new.server.state_dir.clone_from(&self.settings.server.state_dir);
    }

    pub(super) fn take_settings(&mut self, new: Settings, core: &mut LoopCore) {
        let old = std::mem::replace(&mut self.settings, new);
        let new = &self.settings;
        core.engine.set_limits(limits(new, self.descriptor_room), core.now);
        core.listeners.set_accept_rate(new.limits.accept_rate.map(super::rate));
        core.set_max_per_source(new.limits.max_per_source);
        if new.log.level != old.log.level {
            // What an operator has set live holds until the file says something else.
            self.logging.set_level(new.log.level);
        }
        self.logging.set_format(new.log.format);
        self.witness.set(&new.log);
        self.witness.direct(&mut core.engine, core.now);
        self.roster.set_on_remove(new.plugins.on_remove);
        self.watchdog.set_limits(super::patience(new));
        self.roster.set_probation(super::opening::probation(new));
        self.roster.set_policies(new.plugins.policy.clone(), super::bytes(new.plugins.max_state));
        if (&new.plugins.dirs, new.plugins.settle) != (&old.plugins.dirs, old.plugins.settle) {
            self.service.set_folders(super::opening::folders(new), new.plugins.settle);
        }
        let care = super::opening::care(new);
        if care != super::opening::care(&old) {
            self.service.set_care(care);
        }
        let names = new.plugins.config.keys().chain(old.plugins.config.keys());
        let reconfigured: std::collections::BTreeSet<_> = names
            .filter(|name| new.plugins.config.get(*name) != old.plugins.config.get(*name))
            .collect();
        let mut tickets = Vec::new();
        for name in reconfigured {
            if self.roster.knows(name) {
                let ticket = self.service.reconfigure(name.clone());
                tickets.push(ticket);
            }
        }
        tickets.into_iter().for_each(|ticket| self.await_plugins(ticket));
        self.try_again(&old);
        self.tell_of_judge(core);
    }

    fn note_problems(&mut self, problems: Vec<Diagnostic>) {
        if problems == self.problems {
            return;
        }
        for problem in &problems {
            log_problem(problem);
        }
        if !problems.iter().any(Diagnostic::is_error)
            && self.problems.iter().any(Diagnostic::is_error)
        {
            log::info!("the configuration is good again");
        }
        self.problems = problems;
    }
}

/// Writes a problem of a file to the log, with its place.
pub fn log_problem(problem: &Diagnostic) {
    let level = if problem.is_error() { log::Level::Error } else { log::Level::Warn };
    let place = problem.place.as_ref();
    let help = problem.help.as_deref().unwrap_or(problem.code.mend());
    log::log!(
        level,
        code = problem.code.as_str(), file:serde = place.map(|place| &place.file),
        line:serde = place.map(|place| place.line),
        column:serde = place.map(|place| place.column), help = help;
        "{}", problem.message
    );
}
