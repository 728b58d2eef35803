//! Durations, sizes and rates as they are written in files: owns their grammar.

use core::fmt;
use std::time::Duration;

use crate::config::findings::Wrong;
use crate::diagnostics::codes::config as codes;

/// So many per so long, written `"1000/s"`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// How many, at least 1.
    pub count: u64,
    /// In how long: a second, a minute or an hour.
    pub per: Duration,
}

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let unit = match self.per.as_secs() {
            3600 => "h",
            60 => "m",
            _ => "s",
        };
        write!(f, "{}/{unit}", self.count)
    }
}

/// Reads `"250ms"`, `"10s"`, `"2m"`, `"1h"`.
pub(super) fn duration(text: &str) -> Result<Duration, Wrong> {
    let wrong = |help: String| {
        Wrong::new(codes::BAD_DURATION, format!("`{text}` is not a duration")).help(help)
    };
    let (number, unit) = split(text);
    let millis_per_unit = match unit {
        "ms" => 1,
        "s" => 1000,
        "m" => 60_000,
        "h" => 3_600_000,
        "" if !number.is_empty() => return Err(wrong(format!("add a unit: \"{number}s\""))),
        _ => {
            let better = unit_meant(unit).map(|unit| format!("write \"{number}{unit}\""));
            let general = "a whole number and `ms`, `s`, `m` or `h`, such as \"10s\"";
            return Err(wrong(
                better.filter(|_| !number.is_empty()).unwrap_or_else(|| general.to_owned()),
            ));
        }
    };
    let count: Option<u64> = number.parse().ok();
    count
        .and_then(|count| count.checked_mul(millis_per_unit))
        .map(Duration::from_millis)
        .ok_or_else(|| wrong("a whole number and `ms`, `s`, `m` or `h`, such as \"10s\"".into()))
}

/// The unit of time that a person meant by another spelling.
fn unit_meant(unit: &str) -> Option<&'static str> {
    match unit.to_ascii_lowercase().as_str() {
        "msec" | "msecs" | "millis" | "milliseconds" | "ms" => Some("ms"),
        "sec" | "secs" | "second" | "seconds" | "s" => Some("s"),
        "min" | "mins" | "minute" | "minutes" => Some("m"),
        "hour" | "hours" | "hr" | "hrs" | "h" => Some("h"),
        _ => None,
    }
}

/// Reads `"64KiB"`, `"1MiB"`, `"512B"`, `"512"`.
pub(super) fn size(text: &str) -> Result<u64, Wrong> {
    let wrong =
        |help: String| Wrong::new(codes::BAD_SIZE, format!("`{text}` is not a size")).help(help);
    let (number, unit) = split(text);
    let bytes_per_unit = match unit {
        "" | "B" => 1,
        "KiB" => 1 << 10,
        "MiB" => 1 << 20,
        "GiB" => 1 << 30,
        _ => {
            let better = match unit.to_ascii_lowercase().as_str() {
                "k" | "kb" | "kib" => Some("KiB"),
                "m" | "mb" | "mib" => Some("MiB"),
                "g" | "gb" | "gib" => Some("GiB"),
                "b" | "bytes" | "byte" => Some("B"),
                _ => None,
            };
            return Err(wrong(match better {
                Some(unit) if !number.is_empty() => format!("write \"{number}{unit}\""),
                _ => "a whole number and `B`, `KiB`, `MiB` or `GiB`, such as \"64KiB\"".into(),
            }));
        }
    };
    let count: Option<u64> = number.parse().ok();
    count
        .and_then(|count| count.checked_mul(bytes_per_unit))
        .ok_or_else(|| wrong("a whole number and a unit, such as \"64KiB\"".into()))
}

/// Reads `"1000/s"`, `"10/m"`, `"5/h"`.
pub(super) fn rate(text: &str) -> Result<Rate, Wrong> {
    let wrong = || {
        Wrong::new(codes::BAD_RATE, format!("`{text}` is not a rate"))
            .help("a whole number, a slash and `s`, `m` or `h`, such as \"1000/s\"")
    };
    let (count, unit) = text.split_once('/').ok_or_else(wrong)?;
    let seconds = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 3600,
        _ => return Err(wrong()),
    };
    let digits = count.bytes().all(|byte| byte.is_ascii_digit());
    match count.parse() {
        Ok(0) => Err(Wrong::new(codes::OUT_OF_RANGE, "a rate of 0 would let nothing through")
            .help("remove the key to set no bound")),
        Ok(count) if digits => Ok(Rate { count, per: Duration::from_secs(seconds) }),
        _ => Err(wrong()),
    }
}

/// The leading digits of `text`, and the rest.
fn split(text: &str) -> (&str, &str) {
    let end = text.bytes().take_while(u8::is_ascii_digit).count();
    text.split_at(end)
}

/// `duration` as it would be written in a file.
pub(super) fn show_duration(duration: Duration) -> String {
    let millis = duration.as_millis();
    match millis {
        0 => "0s".to_owned(),
        _ if millis.is_multiple_of(3_600_000) => format!("{}h", millis / 3_600_000),
        _ if millis.is_multiple_of(60_000) => format!("{}m", millis / 60_000),
        _ if millis.is_multiple_of(1000) => format!("{}s", millis / 1000),
        _ => format!("{millis}ms"),
    }
}

/// `bytes` as they would be written in a file.
pub(super) fn show_size(bytes: u64) -> String {
    for (shift, unit) in [(30, "GiB"), (20, "MiB"), (10, "KiB")] {
        if bytes != 0 && bytes.is_multiple_of(1 << shift) {
            return format!("{}{unit}", bytes >> shift);
        }
    }
    format!("{bytes}B")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_need_a_number_and_a_unit() {
        assert_eq!(duration("250ms").unwrap(), Duration::from_millis(250));
        assert_eq!(duration("2m").unwrap(), Duration::from_secs(120));
        assert_eq!(duration("1h").unwrap(), Duration::from_secs(3600));
        for (text, help) in [("10", "\"10s\""), ("10 s", "such as"), ("5sec", "\"5s\"")] {
            let help_given = duration(text).unwrap_err().help.unwrap();
            assert!(help_given.contains(help), "{text}: {help_given}");
        }
        for text in ["", "s", "-1s", "1.5s", "1d", "99999999999999999999s", "9999999999999999999h"]
        {
            assert!(duration(text).is_err(), "{text}");
        }
    }

    #[test]
    fn sizes_are_in_powers_of_two() {
        assert_eq!(size("64KiB").unwrap(), 65_536);
        assert_eq!(size("512").unwrap(), 512);
        assert_eq!(size("1GiB").unwrap(), 1 << 30);
        assert!(size("64kb").unwrap_err().help.unwrap().contains("64KiB"));
        for text in ["", "KiB", "-1", "1.5MiB", "99999999999GiB"] {
            assert!(size(text).is_err(), "{text}");
        }
    }

    #[test]
    fn rates_are_so_many_per_so_long() {
        for text in ["1000/s", "10/m", "5/h"] {
            assert_eq!(rate(text).unwrap().to_string(), text);
        }
        for text in ["", "1000", "/s", "0/s", "-1/s", "+1/s", "1/d", "1 /s"] {
            assert!(rate(text).is_err(), "{text}");
        }
    }

    #[test]
    fn what_is_shown_is_read_back() {
        for millis in [0, 1, 1500, 60_000, 61_000, 7_200_000] {
            let span = Duration::from_millis(millis);
            assert_eq!(duration(&show_duration(span)).unwrap(), span);
        }
        for bytes in [0, 1, 1023, 65_536, 3 << 20, 1 << 30] {
            assert_eq!(size(&show_size(bytes)).unwrap(), bytes);
        }
    }
}
