//! Colour, where it helps: on a terminal whose user has not set `NO_COLOR`.

use std::fmt::Display;

use clap::builder::styling::{AnsiColor, Style};

/// Whether to colour, and what stands for what.
#[derive(Clone, Copy, Debug)]
pub struct Ink {
    coloured: bool,
}

impl Ink {
    /// For an output that is a terminal or is not.
    #[must_use]
    pub fn on(is_terminal: bool) -> Self {
        let refused = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        Self { coloured: is_terminal && !refused }
    }

    /// For an output that takes no colour.
    #[must_use]
    pub const fn plain() -> Self {
        Self { coloured: false }
    }

    /// What is as it should be.
    pub fn good(self, text: impl Display) -> String {
        self.paint(AnsiColor::Green.on_default().bold(), text)
    }

    /// What is wrong.
    pub fn bad(self, text: impl Display) -> String {
        self.paint(AnsiColor::Red.on_default().bold(), text)
    }

    /// What matters less.
    pub fn faint(self, text: impl Display) -> String {
        self.paint(Style::new().dimmed(), text)
    }

    fn paint(self, style: Style, text: impl Display) -> String {
        if self.coloured { format!("{style}{text}{style:#}") } else { text.to_string() }
    }
}
