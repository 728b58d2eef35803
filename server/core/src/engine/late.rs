//! A round of the loop that took long, as when the process was paused in it.

use core::time::Duration;

use crate::{Engine, Handlers, Moment};

/// What was made at the beginning of a round that took so long left a good deal later.
pub(super) const LATE: Duration = Duration::from_millis(50);

impl<H: Handlers> Engine<H> {
    /// A round took long, and is over: a probe that was made in it may have left only now. So its
    /// peer's time counts from now.
    #[cold]
    pub(super) fn forgive(&mut self, took: Duration, now: Moment) {
        for id in self.ids() {
            if let Some(connection) = self.connections.at_mut(id.0)
                && connection.is_probed()
                && connection.probed.after(took) >= now
            {
                connection.probed = now;
            }
        }
    }
}
