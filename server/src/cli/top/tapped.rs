//! The tap: owns the newest requests that have passed while somebody looks.

use std::collections::VecDeque;

use serde_json::Value;

use super::sheet::{Cell, Column, Mood, Row, Sheet};
use crate::cli::ctl::units::{clean, micros};
use crate::control::answers::SightingRow;

/// So many are kept.
const KEPT: usize = 200;

const REQUESTS: &[Column] = &[
    Column::new("TIME", 12),
    Column::new("COMMAND", 8),
    Column::of_names("HANDLER", 18),
    Column::new("END", 12),
    Column::new("TOOK", 8),
    Column::new("PEER", 0),
];

/// The requests that have passed, the newest first.
#[derive(Clone, Debug, Default)]
pub struct Tapped {
    rows: VecDeque<SightingRow>,
    of: Option<Option<String>>,
}

impl Tapped {
    /// Begins anew: with all requests, or those of a command or a plugin.
    pub fn open(&mut self, of: Option<String>) {
        *self = Self { of: Some(of), ..Self::default() };
    }

    /// No more come; what has come stays.
    pub fn end(&mut self) {
        self.of = None;
    }

    /// Whether more come.
    pub const fn is_open(&self) -> bool {
        self.of.is_some()
    }

    /// What is shown, in words; `None` if nothing was ever asked for.
    pub fn title(&self) -> Option<String> {
        let of = self.of.as_ref()?;
        let of = of.as_deref().map_or_else(|| "all".into(), |of| clean(of).to_string());
        Some(format!("tap: {of}"))
    }

    /// One line of what comes.
    pub fn take(&mut self, line: Value) {
        let dropped = line["dropped"].as_u64();
        let row = match dropped {
            Some(dropped) => SightingRow { end: format!("{dropped} more"), ..Default::default() },
            None => match serde_json::from_value(line) {
                Ok(row) => row,
                Err(_) => return,
            },
        };
        self.rows.push_front(row);
        self.rows.truncate(KEPT);
    }

    /// Its table.
    pub fn sheet(&self) -> Sheet {
        Sheet { columns: REQUESTS, rows: self.rows.iter().map(row).collect() }
    }
}

fn row(row: &SightingRow) -> Row {
    let text = |text: &str| Cell::Text(clean(text).to_string());
    let code = row.code.map_or_else(String::new, |code| format!(" {code}"));
    let status = row.status.as_deref().map_or_else(String::new, |name| format!(" {name}"));
    let mood = match row.end.as_str() {
        "failed" | "abandoned" => Mood::Bad,
        "deferred" => Mood::Odd,
        _ => Mood::Plain,
    };
    #[expect(clippy::cast_precision_loss, reason = "only compared")]
    let took = Cell::Figure(row.duration_us as f64, micros(row.duration_us));
    let cells = vec![
        text(row.timestamp.get(11..23).unwrap_or(&row.timestamp)),
        text(&row.command),
        text(row.handler.as_deref().unwrap_or("-")),
        text(&format!("{}{code}{status}", row.end)),
        took,
        text(row.peer.as_deref().unwrap_or("-")),
    ];
    Row { key: row.trace_id.clone(), cells, mood }
}
