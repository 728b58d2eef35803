//! Colour, where it helps: on a terminal whose user has not set `NO_COLOR`.

use std::fmt::Display;
use std::io::{self, IsTerminal, Write};

use clap::builder::styling::{AnsiColor, Style};
use serde_json::json;

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
        Self {
            coloured: is_terminal && !refused,
        }
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
        if self.coloured {
            format!("{style}{text}{style:#}")
        } else {
            text.to_string()
        }
    }
}

/// Says on standard error why a command cannot do what was asked, and what to try.
pub fn complain(message: &str, help: &str, json: bool) {
    let stderr = io::stderr();
    let ink = Ink::on(stderr.is_terminal());
    let text = if json {
        json!({ "message": message, "help": help }).to_string()
    } else {
        format!(
            "{}: {message}\n  {}: {help}",
            ink.bad("error"),
            ink.good("help")
        )
    };
    // Without standard error the exit code still tells.
    let _ = writeln!(stderr.lock(), "{text}");
}
