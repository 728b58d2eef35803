//! The data of requests and replies: owns their bytes.

use hotframe_plugin_api::{Code, Error};

/// There is no such reading.
pub const NO_READING: Code = Code::new(1101);
/// A value is no finite number.
pub const BAD_VALUE: Code = Code::new(1102);
/// A reading is older than readings are kept.
pub const TOO_OLD: Code = Code::new(1103);
/// The database failed.
pub const STORE_FAILED: Code = Code::new(2100);

/// Bytes of a reading in a report.
const READING: usize = 14;
/// The most readings of a reply to `range`.
pub const MOST: usize = 15;

/// One series of readings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Series {
    pub device: u32,
    pub metric: u16,
}

/// One reading.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Reading {
    pub metric: u16,
    /// Milliseconds since 1970.
    pub time: u64,
    pub value: f64,
}

/// From a moment up to but not including another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    pub from: u64,
    pub to: u64,
}

/// What is asked for.
#[derive(Clone, Debug, PartialEq)]
pub enum Ask {
    Report {
        device: u32,
        readings: Vec<Reading>,
        at: u64,
    },
    Latest(Series),
    Range {
        series: Series,
        span: Span,
        after: u64,
    },
    Statistics(Series, Span),
    Usage,
    /// Nobody's: what is too old or too much is removed.
    Tidy,
}

/// Reads a report that came at the time `now`.
pub fn report(data: &[u8], now: u64) -> Result<Ask, Error> {
    let mut bytes = Bytes(data);
    let device = u32::from_be_bytes(bytes.take()?);
    if bytes.0.is_empty() || !bytes.0.len().is_multiple_of(READING) {
        return Err(wrong_length());
    }
    let mut readings = Vec::with_capacity(bytes.0.len() / READING);
    while !bytes.0.is_empty() {
        let metric = u16::from_be_bytes(bytes.take()?);
        let age = u64::from(u32::from_be_bytes(bytes.take()?));
        let value = f64::from_be_bytes(bytes.take()?);
        if !value.is_finite() {
            return Err(Error::coded(BAD_VALUE, format!("metric {metric} is {value}")));
        }
        readings.push(Reading { metric, time: now.saturating_sub(age), value });
    }
    Ok(Ask::Report { device, readings, at: now })
}

/// Reads a question for the latest reading.
pub fn latest(data: &[u8]) -> Result<Ask, Error> {
    Ok(Ask::Latest(Bytes(data).series()?))
}

/// Reads a question for readings.
pub fn range(data: &[u8]) -> Result<Ask, Error> {
    let mut bytes = Bytes(data);
    let (series, span) = (bytes.series()?, bytes.span()?);
    Ok(Ask::Range { series, span, after: u64::from_be_bytes(bytes.take()?) })
}

/// Reads a question for statistics.
pub fn statistics(data: &[u8]) -> Result<Ask, Error> {
    let mut bytes = Bytes(data);
    Ok(Ask::Statistics(bytes.series()?, bytes.span()?))
}

/// The bytes that are not read yet.
struct Bytes<'a>(&'a [u8]);

impl Bytes<'_> {
    fn take<const N: usize>(&mut self) -> Result<[u8; N], Error> {
        let (head, rest) = self.0.split_first_chunk().ok_or_else(wrong_length)?;
        self.0 = rest;
        Ok(*head)
    }

    fn series(&mut self) -> Result<Series, Error> {
        let device = u32::from_be_bytes(self.take()?);
        Ok(Series { device, metric: u16::from_be_bytes(self.take()?) })
    }

    fn span(&mut self) -> Result<Span, Error> {
        let from = u64::from_be_bytes(self.take()?);
        Ok(Span { from, to: u64::from_be_bytes(self.take()?) })
    }
}

fn wrong_length() -> Error {
    Error::invalid("the data has the wrong length")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_is_read_with_the_time_of_each_reading() {
        let mut data = 7_u32.to_be_bytes().to_vec();
        for (metric, age, value) in [(1_u16, 0_u32, 1.5_f64), (2, 300, -2.0)] {
            data.extend(metric.to_be_bytes());
            data.extend(age.to_be_bytes());
            data.extend(value.to_be_bytes());
        }
        let readings = vec![
            Reading { metric: 1, time: 1000, value: 1.5 },
            Reading { metric: 2, time: 700, value: -2.0 },
        ];
        assert_eq!(report(&data, 1000).unwrap(), Ask::Report { device: 7, readings, at: 1000 });
        for cut in 0..data.len() {
            let read = report(&data[..cut], 1000);
            assert_eq!(read.is_ok(), cut == 18, "{cut} bytes");
        }
        data[10..18].copy_from_slice(&f64::NAN.to_be_bytes());
        assert!(report(&data, 1000).unwrap_err().text().contains("NaN"));
    }

    #[test]
    fn questions_of_every_other_length_are_refused() {
        type Read = fn(&[u8]) -> Result<Ask, Error>;
        let reads: [(Read, usize); 3] = [(latest, 6), (range, 30), (statistics, 22)];
        for (read, whole) in reads {
            let data = [0; 64];
            assert!(read(&data[..whole]).is_ok());
            assert!((0..whole).all(|len| read(&data[..len]).is_err()));
        }
    }
}
