//! A table for eyes: owns the alignment, and what gives way on a narrow terminal.

use super::units::clean;
use crate::logging::{Ink, Style};

/// Columns stand so far apart.
const GAP: usize = 2;
/// A column that gives way keeps at least so many characters.
const LEAST: usize = 16;

/// How a column stands and gives way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fit {
    /// Figures: to the right, never cut.
    Figure,
    /// A word: to the left, never cut.
    Word,
    /// A text that may lose its end.
    CutEnd,
    /// A path that may lose its start.
    CutStart,
    /// A word that is left out where there is no room.
    Spare,
    /// Figures that are left out where there is no room.
    SpareFigure,
}

impl Fit {
    const fn is_figure(self) -> bool {
        matches!(self, Self::Figure | Self::SpareFigure)
    }
}

/// A cell's text, and what it is painted with.
#[derive(Clone, Debug)]
pub(super) struct Cell {
    text: String,
    ink: Option<Ink>,
}

impl From<String> for Cell {
    fn from(text: String) -> Self {
        Self { text: clean(&text), ink: None }
    }
}

impl Cell {
    /// A cell that is painted.
    pub(super) fn painted(text: &str, ink: Ink) -> Self {
        Self { text: clean(text), ink: Some(ink) }
    }
}

/// A table of `N` columns.
#[derive(Debug)]
pub(super) struct Table<const N: usize> {
    columns: [(&'static str, Fit); N],
    rows: Vec<[Cell; N]>,
}

impl<const N: usize> Table<N> {
    pub(super) fn new(columns: [(&'static str, Fit); N]) -> Self {
        Self { columns, rows: Vec::new() }
    }

    pub(super) fn push(&mut self, row: [Cell; N]) {
        self.rows.push(row);
    }

    /// The table with its head, at most `width` characters wide where columns can give way.
    pub(super) fn render(&self, width: Option<usize>, style: Style) -> String {
        let widths = self.widths(width);
        let head = self.columns.map(|(name, _)| Cell::painted(name, Ink::Dim));
        let mut text = String::new();
        for row in std::iter::once(&head).chain(&self.rows) {
            self.render_row(&mut text, row, &widths, style);
        }
        text
    }

    /// The columns' widths; `None` for a column that is left out.
    fn widths(&self, limit: Option<usize>) -> [Option<usize>; N] {
        let mut widths = self.natural_widths();
        let Some(limit) = limit else {
            return widths;
        };
        while !self.squeeze(&mut widths, limit) {
            let spare = |index: &usize| {
                let (_, fit) = self.columns[*index];
                widths[*index].is_some() && matches!(fit, Fit::Spare | Fit::SpareFigure)
            };
            let Some(last) = (0..N).rev().find(spare) else {
                break;
            };
            let left_out = widths.map(|width| width.is_none());
            widths = self.natural_widths();
            for index in (0..N).filter(|index| left_out[*index] || *index == last) {
                widths[index] = None;
            }
        }
        widths
    }

    fn natural_widths(&self) -> [Option<usize>; N] {
        let mut widths = self.columns.map(|(name, _)| name.chars().count());
        for row in &self.rows {
            for (width, cell) in widths.iter_mut().zip(row) {
                *width = (*width).max(cell.text.chars().count());
            }
        }
        widths.map(Some)
    }

    /// Makes elastic columns smaller, the widest one first, until all fit into `limit`.
    fn squeeze(&self, widths: &mut [Option<usize>; N], limit: usize) -> bool {
        let elastic = |index: &usize| matches!(self.columns[*index].1, Fit::CutEnd | Fit::CutStart);
        loop {
            let shown = widths.iter().flatten();
            if shown.map(|width| width + GAP).sum::<usize>() <= limit + GAP {
                return true;
            }
            let widest = (0..N).filter(elastic).max_by_key(|index| widths[*index]);
            match widest.and_then(|index| widths[index].as_mut()) {
                Some(width) if *width > LEAST => *width -= 1,
                _ => return false,
            }
        }
    }

    fn render_row(
        &self,
        text: &mut String,
        row: &[Cell; N],
        widths: &[Option<usize>; N],
        style: Style,
    ) {
        // Padding waits for the next text: no line ends in blanks.
        let mut pending = 0;
        for ((cell, width), (_, fit)) in row.iter().zip(widths).zip(&self.columns) {
            let Some(width) = *width else {
                continue;
            };
            let shown = cut(&cell.text, width, *fit);
            let length = shown.chars().count();
            let room = width - length;
            let before = if fit.is_figure() { room } else { 0 };
            pending += before;
            if length > 0 {
                text.extend(std::iter::repeat_n(' ', std::mem::take(&mut pending)));
                match cell.ink {
                    Some(ink) => *text += &style.paint(ink, shown).to_string(),
                    None => *text += &shown,
                }
            }
            pending += room - before + GAP;
        }
        text.push('\n');
    }
}

/// The text in at most `width` characters.
fn cut(text: &str, width: usize, fit: Fit) -> String {
    let length = text.chars().count();
    if length <= width {
        return text.to_owned();
    }
    let kept = width - 1;
    match fit {
        Fit::CutStart => std::iter::once('…').chain(text.chars().skip(length - kept)).collect(),
        _ => text.chars().take(kept).chain(std::iter::once('…')).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> Table<4> {
        let mut table = Table::new([
            ("NAME", Fit::CutEnd),
            ("CALLS", Fit::Figure),
            ("HASH", Fit::Spare),
            ("FILE", Fit::CutStart),
        ]);
        let cell = |text: &str| Cell::from(text.to_owned());
        table.push([
            cell("echo"),
            cell("1,234"),
            cell("01ab"),
            cell("/srv/hotframe/plugins/libecho.so"),
        ]);
        table.push([cell("a-rather-long-name"), cell("7"), cell(""), cell("")]);
        table
    }

    #[test]
    fn columns_are_aligned_and_no_line_ends_in_blanks() {
        assert_eq!(
            table().render(None, Style::Plain),
            "NAME                CALLS  HASH  FILE\n\
             echo                1,234  01ab  /srv/hotframe/plugins/libecho.so\n\
             a-rather-long-name      7\n"
        );
    }

    #[test]
    fn the_widest_column_gives_way_first() {
        assert_eq!(
            table().render(Some(51), Style::Plain),
            "NAME                CALLS  HASH  FILE\n\
             echo                1,234  01ab  …lugins/libecho.so\n\
             a-rather-long-name      7\n"
        );
    }

    #[test]
    fn then_a_spare_column_is_left_out_and_what_remains_stays_readable() {
        let narrow = "NAME              CALLS  FILE\n\
                      echo              1,234  …gins/libecho.so\n\
                      a-rather-long-n…      7\n";
        assert_eq!(table().render(Some(41), Style::Plain), narrow);
        assert_eq!(table().render(Some(1), Style::Plain), narrow);
    }

    #[test]
    fn a_cell_cannot_steer_the_terminal_and_colour_does_not_count_as_width() {
        let mut table = Table::new([("A", Fit::Word), ("B", Fit::Word)]);
        table.push([Cell::painted("x\u{1b}[2J", Ink::Red), Cell::from("y\n".to_owned())]);
        table.push([Cell::painted("x", Ink::Red), Cell::from("y".to_owned())]);
        let plain = table.render(None, Style::Plain);
        assert_eq!(plain, "A           B\nx\\u{1b}[2J  y\\n\nx           y\n");
        let colour = table.render(None, Style::Colour);
        assert!(colour.contains("\u{1b}[31mx\u{1b}[0m           y"), "{colour:?}");
    }
}
