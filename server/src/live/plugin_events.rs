//! What the plugin service tells: owns who hears of it, and in which order.

use super::Live;
use crate::plugins::PluginEvent;
use crate::shell::loop_core::LoopCore;

impl Live {
    pub(super) fn handle_plugin(&mut self, event: PluginEvent, core: &mut LoopCore) {
        let Some(event) = self.park(event) else {
            return;
        };
        if let PluginEvent::Refused(refusal) = &event {
            if self.switchings.iter().any(|waiting| waiting.overtakes(refusal)) {
                return;
            }
            self.note_refusal(refusal);
        }
        if let PluginEvent::SetAside(refusal) = &event {
            self.tell_who_waits(refusal);
        }
        if let PluginEvent::Configured { plugin, config } = &event {
            self.reconfigure(plugin, config, core);
            return;
        }
        if let PluginEvent::Kept { plugin, is_written } = event {
            self.note_kept(plugin, is_written);
            return;
        }
        if let PluginEvent::Looked { ticket } = event {
            if !self.open {
                self.handle_first_look(ticket, core);
            }
            for waiting in &mut self.switchings {
                waiting.ticket.take_if(|waits| *waits <= ticket);
            }
            for reload in &mut self.reloads {
                reload.plugins.take_if(|waiting| *waiting <= ticket);
            }
            return;
        }
        if let PluginEvent::Staged(loaded) = &event {
            self.misconfigured.remove(loaded.name());
        }
        if let PluginEvent::Gone { plugin, .. } = &event {
            self.misconfigured.remove(plugin);
        }
        let config = &self.settings.plugins.config;
        let config_of = |plugin: &str| match config.get(plugin) {
            Some(config) => config.reveal_json(),
            None => "{}".to_owned(),
        };
        let engine = &mut core.engine;
        if let Some(unloading) = self.roster.handle_event(engine, event, &config_of, core.now) {
            self.service.unload(unloading);
        }
        self.clear_leavings();
        self.tell_of_judge(core);
    }
}
