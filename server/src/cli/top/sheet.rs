//! A sheet: owns rows of cells that can be sorted by any column and searched.

use std::cmp::Ordering;

/// What stands in one place.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    /// A text, to the left.
    Text(String),
    /// A figure as it is compared and as it is shown, to the right.
    Figure(f64, String),
}

/// How a row is meant.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mood {
    /// As it should be.
    #[default]
    Plain,
    /// Worth a look.
    Odd,
    /// Wrong.
    Bad,
}

/// One row.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// What it is known by, whatever the order: a plugin's name, say.
    pub key: String,
    /// As many as there are columns.
    pub cells: Vec<Cell>,
    /// How it is painted.
    pub mood: Mood,
}

/// One column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Column {
    /// Its name.
    pub name: &'static str,
    /// Characters that it takes; 0 for what is left.
    pub width: u16,
    /// Whether it holds names, and takes more where a terminal is wider than most.
    pub grows: bool,
}

impl Column {
    /// One of figures or words.
    pub const fn new(name: &'static str, width: u16) -> Self {
        Self { name, width, grows: false }
    }

    /// One of names.
    pub const fn of_names(name: &'static str, width: u16) -> Self {
        Self { name, width, grows: true }
    }
}

/// All of one table.
#[derive(Clone, Debug, PartialEq)]
pub struct Sheet {
    /// From left to right.
    pub columns: &'static [Column],
    /// In the order in which they are shown.
    pub rows: Vec<Row>,
}

impl Cell {
    /// What is shown.
    pub fn text(&self) -> &str {
        match self {
            Self::Text(text) | Self::Figure(_, text) => text,
        }
    }

    /// Figures from great to small, texts from A to Z.
    fn compare(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Figure(one, _), Self::Figure(two, _)) => two.total_cmp(one),
            (one, two) => one.text().cmp(two.text()),
        }
    }
}

impl Sheet {
    /// The rows that say `wanted` somewhere, in the order of a column.
    #[must_use]
    pub fn arranged(mut self, column: usize, wanted: &str) -> Self {
        let wanted = wanted.to_lowercase();
        let says = |cell: &Cell| cell.text().to_lowercase().contains(&wanted);
        self.rows.retain(|row| wanted.is_empty() || row.cells.iter().any(says));
        self.rows.sort_by(|one, other| match (one.cells.get(column), other.cells.get(column)) {
            (Some(one), Some(other)) => one.compare(other),
            _ => Ordering::Equal,
        });
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(name: &str, figure: f64) -> Row {
        let cells = vec![Cell::Text(name.into()), Cell::Figure(figure, figure.to_string())];
        Row { key: name.into(), cells, mood: Mood::Plain }
    }

    #[test]
    fn rows_are_sorted_by_a_column_and_searched_in_all() {
        let columns: &[Column] = const { &[Column::new("NAME", 0), Column::new("CALLS", 5)] };
        let sheet = Sheet { columns, rows: vec![row("b", 9.0), row("a", 10.0), row("Ab", 2.0)] };
        let keys = |sheet: Sheet| sheet.rows.into_iter().map(|row| row.key).collect::<Vec<_>>();
        assert_eq!(keys(sheet.clone().arranged(1, "")), ["a", "b", "Ab"]);
        assert_eq!(keys(sheet.clone().arranged(0, "")), ["Ab", "a", "b"]);
        assert_eq!(keys(sheet.clone().arranged(0, "aB")), ["Ab"]);
        assert_eq!(keys(sheet.arranged(7, "10")), ["a"]);
    }
}
