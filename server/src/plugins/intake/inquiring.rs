//! Owns how a trial asks the loop for the state that a plugin would go on from.
use super::Intake;
use crate::plugins::event::PluginEvent;
use crate::plugins::inquiry::{Inquirer, Inquiry};

impl<D: Fn(PluginEvent)> Intake<D> {
    /// Lends `work` the way to ask.
    pub(super) fn with_inquirer<R>(&self, work: impl FnOnce(Option<&Inquirer<'_>>) -> R) -> R {
        let ask = |inquiry: Inquiry| (self.deliver)(PluginEvent::Inquired(Box::new(inquiry)));
        work(Some(&Inquirer { ask: &ask, is_ending: &self.is_ending }))
    }
}
