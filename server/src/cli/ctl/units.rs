//! Figures for eyes: owns how ages, bytes, counts and hashes are shortened.

/// `45s`, `3m12s`, `2h05m`, `4d03h`.
pub(in crate::cli) fn age(seconds: u64) -> String {
    let (minutes, hours, days) = (seconds / 60, seconds / 3_600, seconds / 86_400);
    match seconds {
        0..60 => format!("{seconds}s"),
        60..3_600 => format!("{minutes}m{:02}s", seconds % 60),
        3_600..86_400 => format!("{hours}h{:02}m", minutes % 60),
        _ => format!("{days}d{:02}h", hours % 24),
    }
}

/// `512 B`, `64.0 KiB`, `1.5 MiB`.
pub(in crate::cli) fn bytes(count: u64) -> String {
    match count {
        0..0x400 => format!("{count} B"),
        0x400..0x10_0000 => format!("{} KiB", tenths(count, 0x400)),
        0x10_0000..0x4000_0000 => format!("{} MiB", tenths(count, 0x10_0000)),
        _ => format!("{} GiB", tenths(count, 0x4000_0000)),
    }
}

/// `850 µs`, `1.2 ms`, `3.4 s`.
pub(in crate::cli) fn micros(count: u64) -> String {
    match count {
        0..1_000 => format!("{count} µs"),
        1_000..1_000_000 => format!("{} ms", tenths(count, 1_000)),
        _ => format!("{} s", tenths(count, 1_000_000)),
    }
}

/// `850 ns`, then as [`micros`].
pub(in crate::cli) fn nanos(count: u64) -> String {
    match count {
        0..1_000 => format!("{count} ns"),
        1_000..1_000_000 => format!("{} µs", tenths(count, 1_000)),
        _ => micros(count / 1_000),
    }
}

/// `1,234,567`.
pub(in crate::cli) fn count(count: u64) -> String {
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

/// The first digits of a hash: enough to tell two builds apart.
pub(in crate::cli) fn short_hash(hash: &str) -> String {
    hash.chars().take(12).collect()
}

/// `count` in `unit`s with one digit behind the point, cut, not rounded.
fn tenths(count: u64, unit: u64) -> String {
    format!("{}.{}", count / unit, count % unit * 10 / unit)
}

/// The text without what could steer a terminal or break its line.
pub(in crate::cli) fn clean(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for char in text.chars() {
        if char.is_control() {
            out.extend(char.escape_default());
        } else {
            out.push(char);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages() {
        let shown = [0, 59, 60, 192, 3_599, 3_600, 86_399, 86_400, 8_640_000].map(age);
        let expected =
            ["0s", "59s", "1m00s", "3m12s", "59m59s", "1h00m", "23h59m", "1d00h", "100d00h"];
        assert_eq!(shown, expected);
    }

    #[test]
    fn sizes_and_times() {
        let shown = [0, 1_023, 1_024, 65_536, 1_572_864, u64::MAX].map(bytes);
        let expected = ["0 B", "1023 B", "1.0 KiB", "64.0 KiB", "1.5 MiB", "17179869183.9 GiB"];
        assert_eq!(shown, expected);
        assert_eq!([999, 1_250, 3_400_000].map(micros), ["999 µs", "1.2 ms", "3.4 s"]);
    }

    #[test]
    fn counts_and_hashes() {
        let shown = [0, 999, 1_000, 1_234_567].map(count);
        assert_eq!(shown, ["0", "999", "1,000", "1,234,567"]);
        assert_eq!(short_hash("0123456789abcdef"), "0123456789ab");
        assert_eq!(short_hash("01"), "01");
    }
}
