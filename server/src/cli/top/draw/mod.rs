//! The drawing: owns which part of the screen shows what.

mod foot;
mod head;
mod ink;
mod plots;
mod table;

use ratatui::Frame;
use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Layout};

use self::ink::Inks;
use super::app::{App, Mode};

/// Lines of the head.
const HEAD: u16 = 2;
/// Lines of the plots.
const PLOTS: u16 = 8;
/// Lines that are no row of the table: head, plots, tabs, the table's own head and foot, foot.
pub const AROUND_THE_TABLE: u16 = HEAD + PLOTS + 1 + 1 + 1 + 1;

/// Draws everything.
pub fn screen(frame: &mut Frame<'_>, app: &App) {
    let inks = Inks::new(app.is_plain);
    let [head, plots, tabs, table, foot] = Layout::vertical([
        Constraint::Length(HEAD),
        Constraint::Length(PLOTS),
        Constraint::Length(1),
        Constraint::Min(2),
        Constraint::Length(1),
    ])
    .areas(frame.area());
    head::draw(frame, head, app, inks);
    plots::draw(frame, plots, app, inks);
    table::draw_tabs(frame, tabs, app, inks);
    match app.mode {
        Mode::Help => foot::draw_help(frame, table, inks),
        Mode::Browse | Mode::Search | Mode::Confirm(_) => table::draw(frame, table, app, inks),
    }
    foot::draw(frame, foot, app, inks);
    if app.is_ascii {
        spell(frame.buffer_mut());
    }
}

/// Replaces what a terminal that knows ASCII alone cannot show.
fn spell(buffer: &mut Buffer) {
    for cell in &mut buffer.content {
        match cell.symbol() {
            "µ" => _ = cell.set_char('u'),
            symbol if symbol.is_ascii() => {}
            _ => _ = cell.set_char('?'),
        }
    }
}
