//! Looks without a live view: owns one screen as text, and the looks as JSON.

use std::fmt::Write as _;
use std::io::{ErrorKind, Write, stdout};
use std::sync::mpsc;

use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::buffer::Buffer;
use serde_json::json;

use super::app::App;
use super::feed::{self, News};
use super::history::History;
use super::{Ended, View, draw};
use crate::cli::Exit;

/// What a terminal has at least, and what is printed where there is none.
const COLUMNS: u16 = 80;
const LINES: u16 = 24;

/// Prints one screen: two looks, so that there are rates.
pub fn text(view: &View) -> Ended {
    let mut app = App::new(view.is_ascii, true);
    for look in looks(view).take(2) {
        app.history.take(look?);
    }
    let columns = rustix::termios::tcgetwinsize(stdout()).map_or(0, |size| size.ws_col);
    let columns = if columns == 0 { COLUMNS } else { columns.max(COLUMNS) };
    let rows = u16::try_from(app.sheet().rows.len()).unwrap_or(u16::MAX);
    let lines = LINES.max(rows.saturating_add(draw::AROUND_THE_TABLE)).min(1000);
    let Ok(()) = draw_on(TestBackend::new(columns, lines), &app, |buffer| {
        let _reader_has_gone = print(&plain(buffer));
    });
    Ok(Exit::Good)
}

/// Prints looks as JSON, one a line; without end where `count` is `None`.
pub fn json(view: &View, count: Option<usize>) -> Ended {
    let mut history = History::default();
    let mut shown = 0;
    for look in looks(view) {
        history.take(look?);
        let (Some(newest), Some(sample)) = (&history.newest, history.samples.back()) else {
            continue;
        };
        let [p50, p99, p999] = sample.turns;
        let rates = json!({
            "frames_in_per_s": sample.frames_in,
            "frames_out_per_s": sample.frames_out,
            "errors_per_s": sample.errors,
            "turn_ns": { "p50": p50, "p99": p99, "p999": p999 },
            "request_ns": { "p50": sample.requests[0], "p99": sample.requests[1] },
        });
        let mut line = serde_json::to_value(newest).expect("all keys are texts");
        line["rates"] = rates;
        if !print(&format!("{line}\n")) {
            break;
        }
        shown += 1;
        if count == Some(shown) {
            break;
        }
    }
    Ok(Exit::Good)
}

/// Looks, one every so often.
fn looks(
    view: &View,
) -> impl Iterator<Item = Result<Box<crate::control::answers::Overview>, crate::control::AskError>>
{
    let (sender, news) = mpsc::channel();
    feed::watch(view.socket.clone(), view.every, sender);
    news.into_iter().filter_map(|news| match news {
        News::Look(look) => Some(look),
        News::Done(..) | News::Tapped(_) | News::TapEnded(_) | News::Terminal(_) => None,
    })
}

/// Draws the screen on a terminal that is none.
pub fn draw_on(
    backend: TestBackend,
    app: &App,
    look: impl FnOnce(&Buffer),
) -> Result<(), core::convert::Infallible> {
    let mut terminal = Terminal::new(backend)?;
    terminal.draw(|frame| draw::screen(frame, app))?;
    look(terminal.backend().buffer());
    Ok(())
}

/// The screen's letters, without the blanks behind them and the empty lines below.
pub fn plain(buffer: &Buffer) -> String {
    let width = usize::from(buffer.area.width);
    let mut text = String::new();
    for line in buffer.content.chunks(width) {
        let letters: String = line.iter().map(ratatui::buffer::Cell::symbol).collect();
        // Writing into a text cannot fail.
        let _ = writeln!(text, "{}", letters.trim_end());
    }
    text.truncate(text.trim_end().len());
    text.push('\n');
    text
}

/// Whether somebody still reads.
fn print(text: &str) -> bool {
    match stdout().write_all(text.as_bytes()).and_then(|()| stdout().flush()) {
        Ok(()) => true,
        Err(error) => error.kind() == ErrorKind::Interrupted,
    }
}
