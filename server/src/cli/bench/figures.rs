//! Figures for eyes: how counts, rates and times are written.

use std::time::Duration;

/// A count as a number to calculate with.
#[expect(clippy::cast_precision_loss, reason = "sixteen digits are enough for a figure")]
pub fn real(count: u64) -> f64 {
    count as f64
}

/// So many in a second; 0 if there was no time.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "positive, finite")]
pub fn per_second(count: u64, span: Duration) -> u64 {
    let seconds = span.as_secs_f64();
    if seconds > 0.0 { (real(count) / seconds).round() as u64 } else { 0 }
}

/// `1,234,567`.
pub fn count(count: u64) -> String {
    let digits = count.to_string();
    let mut text = String::with_capacity(digits.len() * 4 / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `850 ns`, `12.3 µs`, `4.56 ms`, `1.23 s`: three digits.
pub fn span(nanos: u64) -> String {
    let (amount, unit) = match nanos {
        0..1_000 => return format!("{nanos} ns"),
        1_000..1_000_000 => (real(nanos) / 1e3, "µs"),
        1_000_000..1_000_000_000 => (real(nanos) / 1e6, "ms"),
        _ => (real(nanos) / 1e9, "s"),
    };
    let places = match amount {
        ..10.0 => 2,
        ..100.0 => 1,
        _ => 0,
    };
    format!("{amount:.places$} {unit}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_have_three_digits() {
        let shown = [850, 1_234, 12_345, 123_456, 4_560_000, 1_230_000_000].map(span);
        assert_eq!(shown, ["850 ns", "1.23 µs", "12.3 µs", "123 µs", "4.56 ms", "1.23 s"]);
    }

    #[test]
    fn counts_and_rates() {
        assert_eq!([0, 999, 1_234_567].map(count), ["0", "999", "1,234,567"]);
        assert_eq!(per_second(10, Duration::from_secs(4)), 3);
        assert_eq!(per_second(10, Duration::ZERO), 0);
    }
}
