//! The inks: own what stands for what. Blue and yellow differ for every eye, and no fact is told by
//! its colour alone.

use ratatui::style::{Color, Modifier, Style};

/// Whether to colour.
#[derive(Clone, Copy, Debug)]
pub struct Inks {
    is_plain: bool,
}

impl Inks {
    /// With colour, or without any.
    pub const fn new(is_plain: bool) -> Self {
        Self { is_plain }
    }

    /// Names and the first curve.
    pub fn first(self) -> Style {
        self.of(Color::Blue)
    }

    /// What wants a look, and the second curve.
    pub fn odd(self) -> Style {
        self.of(Color::Yellow)
    }

    /// What is wrong.
    pub fn bad(self) -> Style {
        self.of(Color::Red).add_modifier(Modifier::BOLD)
    }

    /// What stands out.
    pub fn bold(self) -> Style {
        Style::new().add_modifier(Modifier::BOLD)
    }

    /// What steps back.
    pub fn dim(self) -> Style {
        Style::new().add_modifier(Modifier::DIM)
    }

    /// What is selected.
    pub fn selected(self) -> Style {
        Style::new().add_modifier(Modifier::REVERSED)
    }

    const fn of(self, colour: Color) -> Style {
        if self.is_plain { Style::new() } else { Style::new().fg(colour) }
    }
}
