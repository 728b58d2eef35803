//! Colour on a terminal: owns the decision whether to use it, and the few inks there are.

use std::{env, fmt, io::IsTerminal};

/// Whether text may carry colour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Style {
    /// Bare text.
    #[default]
    Plain,
    /// ANSI colour.
    Colour,
}

/// What a piece of text is painted with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ink {
    /// Stands out.
    Bold,
    /// Steps back.
    Dim,
    /// Something is wrong.
    Red,
    /// Something is good.
    Green,
    /// Something wants a look.
    Yellow,
    /// A name or an address.
    Cyan,
}

impl Style {
    /// Colour when `stream` is a terminal that can show it and `NO_COLOR` is unset or empty.
    #[must_use]
    pub fn of(stream: &impl IsTerminal) -> Self {
        let set = |name| env::var_os(name).unwrap_or_default();
        if stream.is_terminal() && set("NO_COLOR").is_empty() && set("TERM") != "dumb" {
            Self::Colour
        } else {
            Self::Plain
        }
    }

    /// `text` in this ink, to be shown; padding has to be in the text already.
    #[must_use]
    pub fn paint<T: fmt::Display>(self, ink: Ink, text: T) -> Painted<T> {
        Painted { style: self, ink, text }
    }
}

/// Text in an ink, as `Display` shows it.
#[derive(Clone, Copy, Debug)]
pub struct Painted<T> {
    style: Style,
    ink: Ink,
    text: T,
}

impl<T: fmt::Display> fmt::Display for Painted<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.style == Style::Plain {
            return self.text.fmt(f);
        }
        let code = match self.ink {
            Ink::Bold => 1,
            Ink::Dim => 2,
            Ink::Red => 31,
            Ink::Green => 32,
            Ink::Yellow => 33,
            Ink::Cyan => 36,
        };
        write!(f, "\u{1b}[{code}m{}\u{1b}[0m", self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_text_is_bare() {
        assert_eq!(Style::Plain.paint(Ink::Red, "x").to_string(), "x");
        assert_eq!(Style::Colour.paint(Ink::Red, "x").to_string(), "\u{1b}[31mx\u{1b}[0m");
    }

    #[test]
    fn a_file_gets_no_colour() {
        assert_eq!(Style::of(&tempfile::tempfile().unwrap()), Style::Plain);
    }
}
