//! Taking over: owns what waits until the server before has stepped down.
//!
//! Plugins whose state is kept over restarts are loaded and tried out, and no instance of them is
//! made before their state is that of the last call that the other server has answered. Until then
//! the doors stay shut, and clients wait in the queue of the sockets that both have.

use super::{Live, Message};
use crate::cli::take_over::{Left, Succession};
use crate::diagnostics::codes::runtime::STATE_NOT_PASSED_ON;
use crate::plugins::{Loaded, PluginEvent};
use crate::shell::loop_core::LoopCore;
use crate::shell::mailbox::Postman;

/// A server before this one that has not stepped down yet.
#[derive(Debug)]
pub struct TakingOver {
    /// Until it is asked to.
    succession: Option<Succession>,
    postman: Postman<Message>,
    /// Loaded plugins that wait for their state.
    parked: Vec<PluginEvent>,
    /// All of them have it after this look.
    ticket: Option<u64>,
}

impl TakingOver {
    /// What is left to be done when this server can serve; word comes by `postman`.
    #[must_use]
    pub const fn new(succession: Succession, postman: Postman<Message>) -> Self {
        Self { succession: Some(succession), postman, parked: Vec::new(), ticket: None }
    }
}

/// The plugin that an event brings, loaded.
fn loaded(event: &PluginEvent) -> Option<&Loaded> {
    match event {
        PluginEvent::Staged(loaded) | PluginEvent::Restored(loaded) => Some(loaded),
        _ => None,
    }
}

impl Live {
    /// Keeps an event back that has to wait for the other server; gives back any other.
    pub(super) fn park(&mut self, event: PluginEvent) -> Option<PluginEvent> {
        let Some(taking) = self.taking_over.as_mut().filter(|taking| taking.ticket.is_none())
        else {
            return Some(event);
        };
        let (name, is_kept) = match (&event, loaded(&event)) {
            (PluginEvent::Gone { plugin, .. }, _) => (plugin.clone(), false),
            (_, Some(loaded)) => {
                let name = loaded.name();
                let policy = self.settings.plugins.policy.get(name);
                let is_kept = policy.is_some_and(|policy| policy.persist_state);
                (name.to_owned(), is_kept && loaded.has_state())
            }
            _ => return Some(event),
        };
        let is_older = |parked: &mut PluginEvent| loaded(parked).is_some_and(|l| l.name() == name);
        let older: Vec<PluginEvent> = taking.parked.extract_if(.., is_older).collect();
        let (parked, event) = if is_kept { (Some(event), None) } else { (None, Some(event)) };
        taking.parked.extend(parked);
        older.into_iter().for_each(|event| self.let_go(event));
        event
    }

    /// All that lay ready is loaded: the other server is asked to step down, and the doors open,
    /// at once if no plugin waits for what that has.
    pub(super) fn handle_first_look(&mut self, ticket: u64, core: &mut LoopCore) {
        let Some(taking) = &mut self.taking_over else {
            self.open(core);
            return;
        };
        match (taking.succession.take(), taking.ticket) {
            (Some(succession), _) => {
                let postman = taking.postman.clone();
                let is_waiting = !taking.parked.is_empty();
                let grace = self.settings.server.shutdown_grace;
                let begin = move || {
                    succession.complete(grace, move |left| postman.post(Message::SteppedDown(left)))
                };
                if is_waiting {
                    begin();
                } else {
                    self.open(core);
                    begin();
                }
            }
            (None, Some(wanted)) if wanted <= ticket => self.open(core),
            (None, _) => {}
        }
    }

    /// The other server has stepped down, or does not answer: what waited goes on with the state
    /// that lies in the files now.
    pub(super) fn handle_stepped_down(&mut self, left: Left) {
        let Some(taking) = self.taking_over.as_mut().filter(|taking| taking.ticket.is_none())
        else {
            return;
        };
        let parked = std::mem::take(&mut taking.parked);
        let names = parked.iter().filter_map(loaded).map(|loaded| loaded.name().to_owned());
        for plugin in names.filter(|plugin| !left.has(plugin)) {
            log::log!(
                if left.is_known_to_lack(&plugin) { log::Level::Error } else { log::Level::Info },
                plugin = plugin.as_str(), code = STATE_NOT_PASSED_ON.as_str();
                "plugin {plugin}: the server before has left no state of it; the newest file counts"
            );
        }
        parked.into_iter().for_each(|event| self.service.read_state(event));
        taking.ticket = Some(self.service.look_now());
    }

    /// Nothing is waited for any more: the server ends.
    pub(super) fn stop_taking_over(&mut self) {
        let taking = self.taking_over.take();
        taking.into_iter().flat_map(|it| it.parked).for_each(|event| self.let_go(event));
    }

    /// Unmaps what is loaded and was never made an instance of.
    fn let_go(&mut self, event: PluginEvent) {
        if let PluginEvent::Staged(loaded) | PluginEvent::Restored(loaded) = event {
            self.service.unload(self.roster.discard(*loaded));
        }
    }
}
