//! A span of time as a person writes it.

use std::time::Duration;

/// Reads `250ms`, `2s`, `1.5s`, `1m`, `1h`, `500us`. A number alone has no unit and is refused.
pub fn parse(text: &str) -> Result<Duration, String> {
    let refusal = || format!("`{text}` is no span of time: write it like 250ms, 2s or 1m");
    let unit_at = text.find(|letter: char| letter.is_ascii_alphabetic()).ok_or_else(refusal)?;
    let (amount, unit) = text.split_at(unit_at);
    let seconds_each = match unit {
        "us" => 1e-6,
        "ms" => 1e-3,
        "s" => 1.0,
        "m" => 60.0,
        "h" => 3600.0,
        _ => return Err(refusal()),
    };
    let amount: f64 = amount.parse().map_err(|_| refusal())?;
    Duration::try_from_secs_f64(amount * seconds_each).map_err(|_| refusal())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_read_with_their_unit() {
        for (text, millis) in
            [("250ms", 250), ("2s", 2_000), ("1.5s", 1_500), ("1m", 60_000), ("0s", 0)]
        {
            assert_eq!(parse(text), Ok(Duration::from_millis(millis)), "{text}");
        }
        assert_eq!(parse("500us"), Ok(Duration::from_micros(500)));
        for text in ["", "5", "s", "-1s", "1 s x", "1d", "inf s", "1e30h"] {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
