//! The latency histogram, drawn in text.

use std::fmt::Write;

use hdrhistogram::Histogram;

use super::figures::{real, span};

/// The widest bar.
const WIDTH: f64 = 48.0;

/// The share at either end that gets no rows of its own.
const TAIL: f64 = 0.0005;

/// Bars for times in steps of 1, 2 and 5.
pub fn draw(times: &Histogram<u64>) -> String {
    let rows = rows(times);
    let most = rows.iter().map(|row| row.share).fold(0.0, f64::max);
    let mut text = String::new();
    for row in rows {
        let bar = bar(row.share / most);
        let (from, to, percent) = (span(row.from), span(row.to), row.share * 100.0);
        // Writing to a string cannot fail.
        let _never = writeln!(text, "  {from:>7} – {to:<7} {percent:>6.2} %  {bar}");
    }
    text
}

#[derive(Debug)]
struct Row {
    from: u64,
    to: u64,
    share: f64,
}

fn rows(times: &Histogram<u64>) -> Vec<Row> {
    let lowest = times.value_at_quantile(TAIL);
    let highest = times.value_at_quantile(1.0 - TAIL);
    let mut rows = Vec::new();
    let mut from = 0;
    for step in steps().filter(|step| *step > lowest) {
        let to = if step > highest { times.max() + 1 } else { step };
        let share = real(times.count_between(from, to - 1)) / real(times.len().max(1));
        rows.push(Row { from: from.max(times.min()), to, share });
        if step > highest {
            break;
        }
        from = to;
    }
    rows
}

/// 1, 2, 5, 10, 20, 50 µs and so on.
fn steps() -> impl Iterator<Item = u64> {
    (3..12).flat_map(|power| [1, 2, 5].map(|digit| digit * 10_u64.pow(power)))
}

/// A bar of eighths of a character.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to 8 WIDTH")]
fn bar(of_most: f64) -> String {
    const EIGHTHS: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];
    let eighths = (of_most * WIDTH * 8.0).round() as usize;
    "█".repeat(eighths / 8) + EIGHTHS[eighths % 8]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_time_is_in_one_row() {
        let mut times = Histogram::new_with_bounds(1, 1_000_000_000, 3).unwrap();
        for (time, count) in [(900, 1), (12_000, 5_000), (15_000, 5_000), (30_000, 100)] {
            times.record_n(time, count).unwrap();
        }
        times.record(9_000_000).unwrap();
        let rows = rows(&times);
        assert!((rows.iter().map(|row| row.share).sum::<f64>() - 1.0).abs() < 1e-9, "{rows:?}");
        assert_eq!(rows.first().unwrap().from, times.min());
        assert_eq!(rows.last().unwrap().to, times.max() + 1);
        assert_eq!(rows.len(), 2, "{rows:?}");
    }

    #[test]
    fn the_longest_bar_is_full() {
        assert_eq!(bar(1.0).chars().count(), 48);
        assert_eq!(bar(0.5 / 48.0), "▌");
        assert_eq!(bar(0.0), "");
    }
}
