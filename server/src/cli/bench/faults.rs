//! Faults: owns what is done wrong on purpose, and how often.

use std::str::FromStr;

/// What is done wrong on purpose.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Faults {
    /// The share of requests with a frame of a wrong checksum in front.
    pub wrong_crc: f64,
    /// The share of requests with bytes in front that are no frame.
    pub noise: f64,
    /// What is written is cut at random places.
    pub split: bool,
    /// The most bytes of one write.
    pub trickle: Option<usize>,
}

impl Faults {
    /// The faults that the command line names.
    pub fn new(shares: &[Share], split: bool, trickle: Option<usize>) -> Self {
        let mut faults = Self { split, trickle, ..Self::default() };
        for share in shares {
            match share.kind {
                Bad::Crc => faults.wrong_crc = share.of,
                Bad::Noise => faults.noise = share.of,
            }
        }
        faults
    }

    /// Whether bytes are sent that are no good frame.
    pub fn any(&self) -> bool {
        self.wrong_crc > 0.0 || self.noise > 0.0
    }
}

/// A kind of bad bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bad {
    /// A frame whose checksum is wrong.
    Crc,
    /// Bytes that are no frame.
    Noise,
}

/// `crc=1%` or `noise=0.01`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Share {
    /// Of what.
    pub kind: Bad,
    /// From 0 to 1.
    pub of: f64,
}

impl FromStr for Share {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let refusal = || format!("`{text}` is neither crc=SHARE nor noise=SHARE, with 1% or 0.01");
        let (kind, share) = text.split_once('=').ok_or_else(refusal)?;
        let kind = match kind {
            "crc" => Bad::Crc,
            "noise" => Bad::Noise,
            _ => return Err(refusal()),
        };
        let of = match share.strip_suffix('%') {
            Some(percent) => percent.parse().map(|percent: f64| percent / 100.0),
            None => share.parse(),
        };
        let of = of.ok().filter(|of| (0.0..=1.0).contains(of)).ok_or_else(refusal)?;
        Ok(Self { kind, of })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_read_as_percent_and_as_fraction() {
        assert_eq!("crc=1%".parse(), Ok(Share { kind: Bad::Crc, of: 0.01 }));
        assert_eq!("noise=0.5".parse(), Ok(Share { kind: Bad::Noise, of: 0.5 }));
        for text in ["crc", "crc=", "crc=101%", "crc=-1", "frames=1%", "crc=NaN"] {
            assert!(text.parse::<Share>().is_err(), "{text}");
        }
    }
}
