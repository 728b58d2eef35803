//! Stepping down: owns how this server makes room for one that takes its place, and how the state
//! that plugins keep gets there.
//!
//! Two servers cannot both go on with one state. So where state is kept over restarts, this server
//! ends instead of serving on who is here: what had arrived is answered, later requests get 2006,
//! and when the plugin owes nothing any more its state is written. Only then is the other told.

use std::time::Duration;

use hotframe_core::Moment;

use super::Live;
use crate::control::ReplyChannel;
use crate::control::answers::{Answer, HandedOver, SteppedDown};
use crate::control::{Handed, MAX_HANDED};
use crate::shell::loop_core::LoopCore;

/// State on its way to the server that takes this one's place.
#[derive(Debug)]
pub(super) struct SteppingDown {
    reply: ReplyChannel,
    /// Plugins that are called, or owe answers.
    serving: Vec<String>,
    /// Plugins whose state is saved and not written yet.
    writing: Vec<String>,
    left: SteppedDown,
    /// Plugins are waited for until then.
    save_by: Moment,
}

/// The disk has so long from then on.
const TO_WRITE: Duration = Duration::from_secs(20);

impl SteppingDown {
    /// When something is to be done although nothing happens.
    pub(super) fn next_wake(&self) -> Moment {
        if self.serving.is_empty() { self.save_by.after(TO_WRITE) } else { self.save_by }
    }

    /// What became of a plugin's state.
    fn note(&mut self, plugin: String, is_kept: bool) {
        let list = if is_kept { &mut self.left.kept } else { &mut self.left.lost };
        list.push(plugin);
    }
}

impl Live {
    /// Another server wants the listening sockets; this one goes on until it is told to step down.
    pub(super) fn hand_over(&self, core: &LoopCore) -> HandedOver {
        let mut listen = Vec::new();
        let mut sockets = Vec::new();
        let http = self.http_socket.iter().filter_map(|socket| socket.try_clone().ok());
        let http = http.map(|socket| (self.http.clone().unwrap_or_default(), socket.into()));
        for (url, socket) in core.listeners.duplicates().into_iter().chain(http).take(MAX_HANDED) {
            listen.push(url);
            sockets.push(socket);
        }
        log::info!(sockets = sockets.len(); "another server has got the listening sockets");
        HandedOver { pid: std::process::id(), listen, sockets: Handed::new(sockets) }
    }

    /// The other server can serve: this one lets go of the listening sockets. It drains, or ends
    /// where plugins keep state; `reply` is answered when that is written.
    pub(super) fn step_down(&mut self, reply: ReplyChannel, core: &mut LoopCore) {
        core.listeners.give_away();
        self.http_socket = None;
        if let Some(http) = self.http_server.take() {
            // Its thread ends within a moment, which the loop does not wait for.
            std::thread::spawn(move || drop(http));
        }
        let serving = self.roster.keepers(core.engine.handlers());
        if serving.is_empty() || self.stepping_down.is_some() {
            reply.send(Ok(Answer::SteppedDown(SteppedDown::default())));
            self.begin_drain(None, None, core);
            return;
        }
        log::info!(
            plugins = serving.join(", "), connections = core.sockets.iter().count();
            "stepping down: what plugins keep goes over to the server that takes over"
        );
        // Twice the grace: for who is here, and for what the plugins still do then.
        let save_by = core.now.after(self.settings.server.shutdown_grace * 2);
        let (writing, left) = (Vec::new(), SteppedDown::default());
        self.stepping_down = Some(SteppingDown { reply, serving, writing, left, save_by });
        core.ask_stop();
    }

    /// Saves the state of plugins that owe nothing any more, and tells the other server when all
    /// is done.
    pub(super) fn pass_state_on(&mut self, core: &mut LoopCore) {
        let Some(mut stepping) = self.stepping_down.take() else {
            return;
        };
        let is_late = stepping.save_by <= core.now;
        if core.is_ending() {
            let roster = &self.roster;
            let is_done = |plugin: &mut String| is_late || !roster.is_owing(&core.engine, plugin);
            let done: Vec<String> = stepping.serving.extract_if(.., is_done).collect();
            for plugin in done {
                match self.roster.part_with(&mut core.engine, &plugin, core.now) {
                    true => stepping.writing.push(plugin),
                    false => stepping.note(plugin, false),
                }
            }
            self.clear_leavings();
        }
        if stepping.save_by.after(TO_WRITE) <= core.now {
            let late = std::mem::take(&mut stepping.writing);
            late.into_iter().for_each(|plugin| stepping.note(plugin, false));
        }
        if stepping.serving.is_empty() && stepping.writing.is_empty() {
            log::info!(
                kept = stepping.left.kept.join(", "), lost = stepping.left.lost.join(", ");
                "the server that takes over has what plugins keep"
            );
            stepping.reply.send(Ok(Answer::SteppedDown(stepping.left)));
            core.hold_end(false);
            return;
        }
        self.stepping_down = Some(stepping);
    }

    /// The state of a plugin is written, or cannot be.
    pub(super) fn note_kept(&mut self, plugin: String, is_written: bool) {
        let Some(stepping) = &mut self.stepping_down else {
            return;
        };
        stepping.writing.retain(|waiting| *waiting != plugin);
        stepping.note(plugin, is_written);
    }
}
