//! Owns the question what a look at the folders would change, for threads other than the one that
//! looks.
use std::fmt;
use std::sync::mpsc::Sender;

use super::service::{Order, PluginFolder};
use crate::control::answers::FileChange;

/// The question.
pub struct Outlook {
    /// Where it is looked.
    pub folders: Vec<PluginFolder>,
    /// Whether a plugin whose file is gone is unloaded.
    pub unloads: bool,
    /// Takes the answer, on the thread that loads plugins.
    pub answer: Box<dyn FnOnce(Vec<FileChange>) + Send>,
}

/// Puts it, from any thread.
#[derive(Clone)]
pub struct Forecast(Sender<Order>);

impl Forecast {
    /// Puts it to who takes these orders.
    pub(super) const fn by(orders: Sender<Order>) -> Self {
        Self(orders)
    }

    /// Asks; where the thread has ended, the question is dropped.
    pub fn ask(&self, outlook: Outlook) {
        // Fails only when the server stops.
        let _ = self.0.send(Order::Outlook(Box::new(outlook)));
    }
}

impl fmt::Debug for Forecast {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Forecast")
    }
}
