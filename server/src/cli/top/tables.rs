//! The tables: owns which columns there are of plugins, routes, connections and changes.

use super::history::{History, rate};
use super::sheet::{Cell, Column, Mood, Row, Sheet};
use crate::cli::ctl::units::{age, bytes, clean, count};
use crate::control::answers::{
    ConnectionRow, ConnectionState, PluginRow, PluginState, RouteRow, RouteState,
};

const PLUGINS: &[Column] = &[
    Column::of_names("NAME", 14),
    Column::new("VERSION", 8),
    Column::new("STATE", 11),
    Column::new("CALLS/S", 8),
    Column::new("ERR/S", 7),
    Column::new("OWED", 5),
    Column::new("GEN", 5),
    Column::new("RELOADS", 7),
    Column::new("WHY", 0),
];
const ROUTES: &[Column] = &[
    Column::new("COMMAND", 9),
    Column::of_names("HANDLER", 26),
    Column::new("STATE", 9),
    Column::new("CALLS/S", 10),
    Column::new("ERR/S", 8),
    Column::new("CALLS", 14),
    Column::new("ERRORS", 0),
];
const CONNECTIONS: &[Column] = &[
    Column::new("ID", 11),
    Column::of_names("PEER", 22),
    Column::new("STATE", 9),
    Column::new("IN/S", 9),
    Column::new("OUT/S", 9),
    Column::new("OWED", 5),
    Column::new("WAITING", 9),
    Column::new("AGE", 7),
    Column::new("SESSION", 0),
];
const CHANGES: &[Column] = &[Column::new("UPTIME", 9), Column::new("WHAT", 0)];

/// The columns to sort by at first: calls, calls, frames received, time, time.
pub const FIRST_SORTS: [usize; 5] = [3, 3, 3, 0, 0];

/// The plugins with their rates.
pub fn plugins(history: &History) -> Sheet {
    sheet(
        PLUGINS,
        history,
        |look| &look.plugins,
        |row: &PluginRow| row.name.clone(),
        |row, was, s| {
            let mood = match row.state {
                PluginState::Active | PluginState::Builtin => Mood::Plain,
                PluginState::Draining | PluginState::Lingering | PluginState::Disabled => Mood::Odd,
                PluginState::Quarantined | PluginState::Failed => Mood::Bad,
            };
            let mood = if row.reason.is_some() { mood.max(Mood::Odd) } else { mood };
            let cells = vec![
                text(&row.name),
                text(&row.version),
                text(row.state.name()),
                speed(was.map(|was| was.calls), row.calls, s),
                speed(was.map(|was| was.errors), row.errors, s),
                figure(row.in_flight),
                figure(row.generation),
                figure(row.reloads),
                text(row.reason.as_deref().unwrap_or_default()),
            ];
            (cells, mood)
        },
    )
}

/// The routes with their rates.
pub fn routes(history: &History) -> Sheet {
    sheet(
        ROUTES,
        history,
        |look| &look.routes,
        |row: &RouteRow| row.command.clone(),
        |row, was, s| {
            let mood = match row.state {
                RouteState::Ok => Mood::Plain,
                RouteState::Disabled => Mood::Odd,
                RouteState::Missing => Mood::Bad,
            };
            let cells = vec![
                text(&row.command),
                text(&row.handler),
                text(row.state.name()),
                speed(was.map(|was| was.calls), row.calls, s),
                speed(was.map(|was| was.errors), row.errors, s),
                figure(row.calls),
                figure(row.errors),
            ];
            (cells, mood)
        },
    )
}

/// The busiest connections with their rates.
pub fn connections(history: &History) -> Sheet {
    let key = |row: &ConnectionRow| row.id.to_string();
    sheet(
        CONNECTIONS,
        history,
        |look| &look.connections,
        key,
        |row, was, s| {
            let mood = match row.state {
                ConnectionState::Active | ConnectionState::Idle => Mood::Plain,
                ConnectionState::Draining => Mood::Odd,
                ConnectionState::Unresponsive => Mood::Bad,
            };
            let cells = vec![
                Cell::Figure(wide(row.id), row.id.to_string()),
                text(row.peer.as_deref().unwrap_or("-")),
                text(row.state.name()),
                speed(was.map(|was| was.frames_in), row.frames_in, s),
                speed(was.map(|was| was.frames_out), row.frames_out, s),
                figure(row.in_flight),
                Cell::Figure(wide(row.outbound_bytes), bytes(row.outbound_bytes)),
                Cell::Figure(wide(row.age_s), age(row.age_s)),
                text(row.session.as_deref().unwrap_or("-")),
            ];
            (cells, mood)
        },
    )
}

/// What has changed, newest first.
pub fn changes(history: &History) -> Sheet {
    let row = |(index, change): (usize, &super::history::Change)| Row {
        key: index.to_string(),
        cells: vec![Cell::Figure(wide(change.at_s), age(change.at_s)), text(&change.text)],
        mood: if change.is_bad { Mood::Bad } else { Mood::Plain },
    };
    let rows = history.changes.iter().enumerate().map(row).collect();
    Sheet { columns: CHANGES, rows }
}

/// A sheet of the rows of the newest look, each beside the same row of the look before.
fn sheet<R: 'static>(
    columns: &'static [Column],
    history: &History,
    rows: impl Fn(&crate::control::answers::Overview) -> &Vec<R>,
    key: impl Fn(&R) -> String,
    show: impl Fn(&R, Option<&R>, Option<f64>) -> (Vec<Cell>, Mood),
) -> Sheet {
    let seconds = history.seconds();
    let old = history.before.as_deref().map(&rows);
    let old: std::collections::HashMap<String, &R> =
        old.into_iter().flatten().map(|row| (key(row), row)).collect();
    let new = history.newest.as_deref().map(&rows);
    let rows = new.into_iter().flatten().map(|row| {
        let key = key(row);
        let (cells, mood) = show(row, old.get(&key).copied(), seconds);
        Row { key, cells, mood }
    });
    Sheet { columns, rows: rows.collect() }
}

fn text(text: &str) -> Cell {
    Cell::Text(clean(text))
}

fn figure(value: u64) -> Cell {
    Cell::Figure(wide(value), count(value))
}

/// How fast a total grew since the look before; what was not there then began at nothing.
fn speed(was: Option<u64>, is: u64, seconds: Option<f64>) -> Cell {
    match seconds {
        Some(seconds) => {
            let rate = rate(was.unwrap_or(0), is, seconds);
            Cell::Figure(rate, short(rate))
        }
        None => Cell::Figure(0.0, "-".into()),
    }
}

/// `0`, `0.4`, `812`, `12.3k`, `4.56M`: at most five characters up to a million millions.
pub fn short(value: f64) -> String {
    match value {
        value if value < 0.05 => "0".into(),
        value if value < 9.95 => format!("{value:.1}"),
        value if value < 9_999.5 => format!("{value:.0}"),
        value if value < 99_950.0 => format!("{:.1}k", value / 1e3),
        value if value < 999_500.0 => format!("{:.0}k", value / 1e3),
        value if value < 99_950_000.0 => format!("{:.2}M", value / 1e6),
        value => format!("{:.0}M", value / 1e6),
    }
}

#[expect(clippy::cast_precision_loss, reason = "only compared, and shown as it was")]
const fn wide(value: u64) -> f64 {
    value as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_are_short() {
        let shown = [0.0, 0.04, 0.44, 9.94, 9.96, 812.4, 9_999.0, 12_345.0, 123_456.0, 4_561_234.0];
        let expected = ["0", "0", "0.4", "9.9", "10", "812", "9999", "12.3k", "123k", "4.56M"];
        assert_eq!(shown.map(short), expected);
        assert_eq!(short(812_345_678.0), "812M");
    }
}
