//! Figures: medians, and how they are written in a table.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Whole microseconds.
pub fn micros_of(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}

/// Microseconds of Unix time.
pub fn moment() -> u64 {
    micros_of(SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default())
}

/// A count as a number to calculate with.
#[expect(clippy::cast_precision_loss, reason = "sixteen digits are enough for a figure")]
pub fn real(count: u64) -> f64 {
    count as f64
}

/// The middle one; not a number if there is none.
pub fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    let middle = figures.len() / 2;
    match figures.len() {
        0 => f64::NAN,
        len if len.is_multiple_of(2) => f64::midpoint(figures[middle - 1], figures[middle]),
        _ => figures[middle],
    }
}

/// Thousands, without a digit behind the point where there are enough before it.
pub fn kilo(figure: f64) -> String {
    let places = if figure < 100_000.0 { 1 } else { 0 };
    format!("{:.places$}", figure / 1e3)
}

/// Microseconds, the digits that mean something.
pub fn micros(figure: f64) -> String {
    let places = if figure < 100.0 { 1 } else { 0 };
    format!("{figure:.places$}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_the_middle() {
        assert_eq!(median(vec![9.0, 1.0, 2.0]).total_cmp(&2.0), std::cmp::Ordering::Equal);
        assert_eq!(median(vec![9.0, 1.0, 2.0, 4.0]).total_cmp(&3.0), std::cmp::Ordering::Equal);
        assert!(median(Vec::new()).is_nan());
    }

    #[test]
    fn figures_have_the_digits_that_mean_something() {
        assert_eq!([19_234.0, 8_123_456.0].map(kilo), ["19.2", "8123"]);
        assert_eq!([21.34, 5_312.7].map(micros), ["21.3", "5313"]);
    }
}
