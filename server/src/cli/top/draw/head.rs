//! The head: owns the two lines that say which server this is and whether all is well.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::ink::Inks;
use crate::cli::ctl::units::{age, bytes, clean, count};
use crate::cli::top::app::App;

/// Draws the head.
pub fn draw(frame: &mut Frame<'_>, area: Rect, app: &App, inks: Inks) {
    let Some(look) = app.history.newest.as_deref() else {
        return;
    };
    let status = &look.status;
    let gap = || Span::raw("  ");
    let phase = match look.phase.as_str() {
        "running" => Span::styled("running", inks.first()),
        other => Span::styled(other.to_owned(), inks.odd()),
    };
    let mut first = vec![
        Span::styled(format!("hotframe {}", clean(&status.version)), inks.bold()),
        gap(),
        phase,
        gap(),
        Span::raw(format!("up {}", age(status.uptime_s))),
        gap(),
    ];
    first.extend(health(app, inks));
    if let Some(url) = status.listen.first() {
        let more = match status.listen.len() - 1 {
            0 => String::new(),
            more => format!(" +{more}"),
        };
        first.extend([gap(), Span::styled(format!("{}{more}", clean(url)), inks.dim())]);
    }
    let states: Vec<String> = look
        .totals
        .connections
        .iter()
        .filter(|(_, count)| **count > 0)
        .map(|(state, count)| format!("{count} {state}"))
        .collect();
    let states =
        if states.is_empty() { String::new() } else { format!(" ({})", states.join(", ")) };
    let second = format!(
        "{} connections{states}  {} sessions  {} owed  {} waiting",
        count(status.connections),
        count(status.sessions),
        count(look.totals.in_flight),
        bytes(look.totals.outbound_bytes),
    );
    let lines = [Line::from(first), Line::from(second)];
    frame.render_widget(ratatui::text::Text::from_iter(lines), area);
}

/// What an operator must not overlook.
fn health<'a>(app: &App, inks: Inks) -> Vec<Span<'a>> {
    let Some(look) = app.history.newest.as_deref() else {
        return Vec::new();
    };
    let (mut spans, gap) = (Vec::new(), || Span::raw("  "));
    let generation = look.status.generation;
    spans.push(match look.status.config.errors.first() {
        None => Span::raw(format!("config {generation} good")),
        Some(problem) => {
            let file = problem.file.as_deref().unwrap_or_default();
            let name = file.rsplit('/').next().unwrap_or_default();
            let line = problem.line.map_or(String::new(), |line| format!(":{line}"));
            let code = clean(&problem.code);
            Span::styled(format!("config BAD {code} {}{line}", clean(name)), inks.bad())
        }
    });
    if app.is_paused {
        spans.extend([gap(), Span::styled("PAUSED", inks.odd())]);
    }
    if let Some(silence) = &app.silence {
        spans.extend([gap(), Span::styled(clean(silence), inks.bad())]);
    }
    spans
}
