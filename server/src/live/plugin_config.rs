//! What plugins say about their configuration: owns the way from their words to problems with
//! their places.

use super::Live;
use super::apply::log_problem;
use crate::config::{PluginConfig, Settings};
use crate::diagnostics::Diagnostic;
use crate::diagnostics::codes::config::PLUGIN_REFUSES;
use crate::plugins::{Defect, Leavings, Mistake, Refusal};
use crate::shell::loop_core::LoopCore;

impl Live {
    /// A file or a configuration did not go live: it is counted, and told to who waits for it.
    pub(super) fn note_refusal(&mut self, refusal: &Refusal) {
        // Of a version that is not there to go back to, no file was looked at.
        self.plugin_refusals += u64::from(refusal.defect != Defect::NoCopy);
        self.tell_who_waits(refusal);
        if let (Defect::ConfigRefused, Some(plugin)) = (refusal.defect, &refusal.plugin) {
            problems(refusal, &self.settings).iter().for_each(log_problem);
            self.misconfigured.insert(plugin.clone(), refusal.clone());
        }
    }

    /// What a file holds does not serve, which may be what somebody waits for.
    pub(super) fn tell_who_waits(&mut self, refusal: &Refusal) {
        self.reloads.iter_mut().for_each(|reload| reload.note_refusal(refusal));
        self.switchings.iter_mut().for_each(|waiting| waiting.note_refusal(refusal));
    }

    /// A plugin was tried out with its new configuration, and gets it.
    pub(super) fn reconfigure(&mut self, plugin: &str, config: &PluginConfig, core: &mut LoopCore) {
        self.misconfigured.remove(plugin);
        if self.roster.reconfigure(&core.engine, plugin, config) {
            self.renew(plugin.to_owned());
        }
        self.clear_leavings();
    }

    /// Plugins that were refused, and are treated otherwise from now on, get another chance: what
    /// kept them out may have been their state.
    pub(super) fn try_again(&mut self, old: &Settings) {
        let (new, old) = (&self.settings.plugins.policy, &old.plugins.policy);
        let changed = new.iter().filter(|(name, policy)| old.get(*name) != Some(*policy));
        let names = changed.map(|(name, _)| name.clone());
        let names: Vec<String> = names.filter(|name| self.roster.awaits_policy(name)).collect();
        names.into_iter().for_each(|name| self.renew(name));
    }

    /// Has what serves of a plugin loaded again.
    fn renew(&mut self, plugin: String) {
        self.service.renew(plugin);
        let ticket = self.service.look_now();
        self.await_plugins(ticket);
    }

    /// Who waits for a reload of everything waits for this look, too.
    pub(super) fn await_plugins(&mut self, ticket: u64) {
        for reload in self.reloads.iter_mut().filter(|reload| reload.looks_at_all()) {
            reload.plugins = reload.plugins.max(Some(ticket));
        }
    }

    /// Passes on what the roster has left for others.
    pub(super) fn clear_leavings(&mut self) {
        let Leavings { refusals, again, kept, set_aside, back } = self.roster.take_leavings();
        refusals.iter().for_each(|refusal| self.note_refusal(refusal));
        set_aside.into_iter().for_each(|plugin| self.service.set_state_aside(plugin));
        kept.into_iter().for_each(|kept| self.service.keep(kept));
        for back in back {
            let _nobody_waits = self.service.bring_back(back);
        }
        again.into_iter().for_each(|plugin| self.renew(plugin));
    }
}

/// The problems of a refused configuration, each at the key that the plugin has named. None if
/// the refusal is about something else.
#[must_use]
pub fn problems(refusal: &Refusal, settings: &Settings) -> Vec<Diagnostic> {
    let Some(plugin) = &refusal.plugin else {
        return Vec::new();
    };
    let config = settings.plugins.config.get(plugin);
    refusal.findings.iter().map(|finding| problem(plugin, finding, config)).collect()
}

fn problem(plugin: &str, finding: &Mistake, config: Option<&PluginConfig>) -> Diagnostic {
    let Mistake { key, text } = finding;
    let message = match key.as_str() {
        "" => format!("plugin {plugin} does not take its configuration: {text}"),
        key => format!("plugin {plugin} does not take `{key}`: {text}"),
    };
    let problem = Diagnostic::error(PLUGIN_REFUSES, message);
    match config.and_then(|config| config.place_of(key)) {
        Some(place) => problem.at(place.clone()),
        None => {
            problem.help(format!("write `[plugins.config.{plugin}]` with the key that is meant"))
        }
    }
}
