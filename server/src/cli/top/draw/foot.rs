//! The foot: owns the last line, and the page that explains the keys.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span, Text};

use super::ink::Inks;
use crate::cli::ctl::units::clean;
use crate::cli::top::app::{App, Mode, Tab};
use crate::cli::top::word::wish;

const KEYS: &[(&str, &str)] = &[
    ("Tab 1-5", "another table"),
    ("j k arrows", "another row"),
    ("s S", "sort by the next, the previous column"),
    ("/", "show only rows that say something; Esc shows all"),
    ("p space", "pause: the screen stands still, the server goes on"),
    ("t", "tap the selected plugin or route, else all; again: no more"),
    ("b", "roll back the selected plugin, elsewhere the configuration; asks"),
    ("r", "reload the selected plugin, elsewhere every file and plugin"),
    ("q Ctrl-C", "quit"),
];

/// Draws the last line: what came of a deed, else the keys.
pub fn draw(frame: &mut Frame<'_>, area: Rect, app: &App, inks: Inks) {
    let line = match (&app.word, &app.mode) {
        (_, Mode::Confirm(verb)) => Line::from_iter([
            Span::styled(format!("{}: ", clean(&wish(verb))), inks.odd()),
            Span::styled("y", inks.bold()),
            Span::raw(" does it, any other key leaves it"),
        ]),
        (Some(word), _) => {
            let style = if word.is_bad { inks.bad() } else { inks.first() };
            Line::styled(clean(&word.text), style)
        }
        (None, Mode::Search) => Line::styled("Enter keeps the search, Esc ends it", inks.dim()),
        (None, Mode::Help) => Line::styled("any key goes back", inks.dim()),
        (None, Mode::Browse) => keys(app, inks),
    };
    frame.render_widget(line, area);
}

fn keys<'a>(app: &App, inks: Inks) -> Line<'a> {
    let reload = if app.tab == Tab::Plugins { "reload plugin" } else { "reload all" };
    let keys = [
        ("q", "quit"),
        ("p", "pause"),
        ("s", "sort"),
        ("/", "search"),
        ("r", reload),
        ("b", "back"),
        ("t", "tap"),
        ("?", "help"),
    ];
    let spans = keys.into_iter().flat_map(|(key, what)| {
        [Span::styled(key, inks.bold()), Span::styled(format!(" {what}   "), inks.dim())]
    });
    Line::from_iter(spans)
}

/// Draws the explanation of the keys.
pub fn draw_help(frame: &mut Frame<'_>, area: Rect, inks: Inks) {
    let lines = KEYS.iter().map(|(key, what)| {
        Line::from_iter([Span::styled(format!("  {key:<12}"), inks.bold()), Span::raw(*what)])
    });
    frame.render_widget(Text::from_iter(lines), area);
}
