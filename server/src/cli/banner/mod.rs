//! The start screen: owns what is said when the server is ready, to eyes and to machines.

mod facts;
mod reach;
mod ready;
mod screen;

use std::io::{IsTerminal, Write, stdout};

pub use facts::{PluginFact, RouteFact, StartFacts};
pub use reach::Reach;
pub use ready::log_ready;
pub use screen::render;

use crate::logging::Style;

/// Says that the server is ready: the start screen on a terminal, log lines elsewhere.
pub fn announce(facts: &StartFacts) {
    let mut out = stdout();
    if out.is_terminal() {
        // What came before on the log's own way is to stand above the screen.
        log::logger().flush();
        let screen = render(facts, Style::of(&out));
        if let Err(error) = out.write_all(screen.as_bytes()).and_then(|()| out.flush()) {
            log::warn!(error:%; "the start screen could not be shown");
        }
    } else {
        log_ready(facts);
    }
}
