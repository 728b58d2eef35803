//! The table: owns the tabs above it, and how the rows of a sheet stand.

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Row as Drawn, Table, TableState};

use super::ink::Inks;
use crate::cli::top::app::{App, Mode, Tab};
use crate::cli::top::sheet::{Cell, Mood, Row, Sheet};

/// Draws the names of the tables, and what is searched for.
pub fn draw_tabs(frame: &mut Frame<'_>, area: Rect, app: &App, inks: Inks) {
    let mut spans = Vec::new();
    for (number, (tab, name)) in (1..).zip(Tab::ALL) {
        let style = if tab == app.tab { inks.selected() } else { inks.dim() };
        spans.extend([Span::styled(format!(" {number} {name} "), style), Span::raw(" ")]);
    }
    let cursor = if app.mode == Mode::Search { "_" } else { "" };
    if !app.wanted.is_empty() || app.mode == Mode::Search {
        spans.push(Span::styled(format!("/{}{cursor}", app.wanted), inks.odd()));
    }
    if let Some(title) = app.tapped.title().filter(|_| app.tab == Tab::Requests) {
        spans.push(Span::styled(title, inks.odd()));
    }
    frame.render_widget(Line::from(spans), area);
}

/// Draws the table with its head.
pub fn draw(frame: &mut Frame<'_>, area: Rect, app: &App, inks: Inks) {
    let sheet = app.sheet();
    if sheet.rows.is_empty() {
        let text = match (app.wanted.is_empty(), app.tab) {
            (false, _) => "none that says so",
            (true, Tab::Requests) if !app.tapped.is_open() => {
                "t shows requests as they pass: all, or those of the selected plugin or route"
            }
            (true, _) => "none",
        };
        frame.render_widget(Line::styled(text, inks.dim()), area);
        return;
    }
    // Half of what a terminal has more than most.
    let more = area.width.saturating_sub(80) / 2;
    let widths = sheet.columns.iter().map(|column| match column.width {
        0 => Constraint::Fill(1),
        width if column.grows => Constraint::Length(width + more.min(40)),
        width => Constraint::Length(width),
    });
    let rows = sheet.rows.iter().map(|row| {
        let style = match row.mood {
            Mood::Plain => ratatui::style::Style::new(),
            Mood::Odd => inks.odd(),
            Mood::Bad => inks.bad(),
        };
        Drawn::new(row.cells.iter().map(cell)).style(style)
    });
    let table = Table::new(rows, widths)
        .header(head(&sheet, app, inks))
        .column_spacing(1)
        .row_highlight_style(inks.selected());
    let [area, foot] = Layout::vertical([Constraint::Min(1), Constraint::Length(1)]).areas(area);
    let mut state = TableState::default();
    if !app.tab.is_chronicle() {
        let selected = app.selected.min(sheet.rows.len() - 1);
        state.select(Some(selected));
        draw_last_cell(frame, foot, &sheet.rows[selected], inks);
    }
    frame.render_stateful_widget(table, area, &mut state);
}

/// The last column of the selected row in full: a narrow table cuts it.
fn draw_last_cell(frame: &mut Frame<'_>, area: Rect, row: &Row, inks: Inks) {
    if let Some(Cell::Text(text)) = row.cells.last().filter(|cell| cell.text().len() > 1) {
        frame.render_widget(Line::styled(format!("{}: {text}", row.key), inks.odd()), area);
    }
}

/// The names of the columns, with a sign at the one by which they are sorted.
fn head<'a>(sheet: &Sheet, app: &App, inks: Inks) -> Drawn<'a> {
    let first = sheet.rows.first();
    let sign = if app.is_ascii { "v" } else { "▾" };
    let names = sheet.columns.iter().enumerate().map(|(index, column)| {
        let is_sorted = !app.tab.is_chronicle() && index == app.sort();
        let name = if is_sorted { format!("{}{sign}", column.name) } else { column.name.into() };
        let line = Line::from(name);
        match first.and_then(|row| row.cells.get(index)) {
            Some(Cell::Figure(..)) => line.right_aligned(),
            _ => line,
        }
    });
    Drawn::new(names).style(inks.dim())
}

fn cell(cell: &Cell) -> Line<'_> {
    match cell {
        Cell::Text(text) => Line::from(text.as_str()),
        Cell::Figure(_, text) => Line::from(text.as_str()).right_aligned(),
    }
}
