//! The time of a log line: RFC 3339 in UTC, from the wall clock's seconds since 1970.

use std::{
    io::Write,
    time::{SystemTime, UNIX_EPOCH},
};

const SECONDS_PER_DAY: u64 = 86_400;

/// Appends `when` as `2026-01-31T23:59:59.123456Z`, with microseconds.
pub(super) fn write_micros(out: &mut Vec<u8>, when: SystemTime) {
    write(out, when, |out, nanos| write!(out, "{:06}", nanos / 1_000));
}

/// Appends `when` as `2026-01-31T23:59:59.123Z`, with milliseconds.
pub(super) fn write_millis(out: &mut Vec<u8>, when: SystemTime) {
    write(out, when, |out, nanos| write!(out, "{:03}", nanos / 1_000_000));
}

/// `when` as text, with microseconds.
#[must_use]
pub fn timestamp(when: SystemTime) -> String {
    let mut text = Vec::with_capacity(28);
    write_micros(&mut text, when);
    String::from_utf8(text).unwrap_or_default()
}

fn write(
    out: &mut Vec<u8>,
    when: SystemTime,
    fraction: impl FnOnce(&mut Vec<u8>, u32) -> std::io::Result<()>,
) {
    // A clock before 1970 is a machine without a battery: the line matters more than its time.
    let since = when.duration_since(UNIX_EPOCH).unwrap_or_default();
    let (year, month, day) = civil_from_days(since.as_secs() / SECONDS_PER_DAY);
    let second = since.as_secs() % SECONDS_PER_DAY;
    let (hour, minute, second) = (second / 3_600, second / 60 % 60, second % 60);
    let _never_fails =
        write!(out, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.")
            .and_then(|()| fraction(out, since.subsec_nanos()))
            .and_then(|()| out.write_all(b"Z"));
}

/// Year, month and day of the Gregorian calendar, `days` after 1970-01-01.
///
/// Years are counted from March here, so that the leap day is a year's last; an era of 400 years
/// always has 146,097 days (Howard Hinnant, "chrono-compatible low-level date algorithms").
fn civil_from_days(days: u64) -> (u64, u64, u64) {
    let days = days + 719_468; // from 0000-03-01
    let (era, day_of_era) = (days / 146_097, days % 146_097);
    let leap_days = day_of_era / 1_460 - day_of_era / 36_524 + day_of_era / 146_096;
    let year_of_era = (day_of_era - leap_days) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let march_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * march_month + 2) / 5 + 1;
    let month = if march_month < 10 { march_month + 3 } else { march_month - 9 };
    (era * 400 + year_of_era + u64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn known_moments() {
        for (seconds, expected) in [
            (0, "1970-01-01T00:00:00.123Z"),
            (951_782_399, "2000-02-28T23:59:59.123Z"),
            (951_782_400, "2000-02-29T00:00:00.123Z"),
            (951_868_800, "2000-03-01T00:00:00.123Z"),
            (1_735_689_599, "2024-12-31T23:59:59.123Z"),
            (4_107_542_400, "2100-03-01T00:00:00.123Z"),
        ] {
            let mut out = Vec::new();
            write_millis(&mut out, UNIX_EPOCH + Duration::new(seconds, 123_456_789));
            assert_eq!(String::from_utf8(out).unwrap(), expected);
        }
    }

    #[test]
    fn microseconds_have_six_digits() {
        let mut out = Vec::new();
        write_micros(&mut out, UNIX_EPOCH + Duration::new(0, 42_000));
        assert_eq!(out, b"1970-01-01T00:00:00.000042Z");
    }

    #[test]
    fn a_clock_before_1970_is_shown_as_1970() {
        let mut out = Vec::new();
        write_millis(&mut out, UNIX_EPOCH - Duration::from_secs(1));
        assert_eq!(out, b"1970-01-01T00:00:00.000Z");
    }

    #[test]
    fn every_day_of_four_centuries_follows_the_one_before() {
        let mut before = civil_from_days(0);
        for days in 1..146_097 {
            let (year, month, day) = civil_from_days(days);
            let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
            assert!((1..=12).contains(&month));
            assert!(day >= 1 && (month != 2 || day <= 28 + u64::from(leap)));
            match before {
                (y, m, d) if d + 1 == day => assert_eq!((y, m), (year, month)),
                (y, 12, 31) => assert_eq!((y + 1, 1, 1), (year, month, day)),
                (y, m, d) => {
                    assert!(d >= 28);
                    assert_eq!((y, m + 1, 1), (year, month, day));
                }
            }
            before = (year, month, day);
        }
        assert_eq!(before, (2369, 12, 31));
    }
}
