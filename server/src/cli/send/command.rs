//! What is sent, and its command: a number, or a handler's name that a running server resolves.

use std::fmt;
use std::path::Path;
use std::time::Duration;

use super::resolve::resolve;
use crate::cli::failure::{Failure, Sort};

/// The highest command number; the two bits above it are the frame's kind.
const MAX_NUMBER: u16 = 0x3FFF;

/// Whom a frame goes to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Target {
    /// The device's address.
    pub address: u8,
    /// The command's number.
    pub number: u16,
}

/// What is sent.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Message {
    /// To whom.
    pub target: Target,
    /// The payload.
    pub data: Vec<u8>,
    /// Whether as an event, which is never answered.
    pub event: bool,
}

impl Target {
    /// Reads a number, or asks the server at `control` for the number of a handler.
    pub fn resolve(
        command: &str,
        address: u8,
        control: &Path,
        patience: Duration,
    ) -> Result<Self, Failure> {
        let number = if command.starts_with(|first: char| first.is_ascii_digit()) {
            number(command)?
        } else {
            resolve(command, control, patience)?
        };
        Ok(Self { address, number })
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:#06x}", self.number)
    }
}

/// Reads `0x0100` or `256`.
pub fn number(text: &str) -> Result<u16, Failure> {
    let value = match text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        Some(digits) => u32::from_str_radix(digits, 16),
        None => text.parse::<u32>(),
    };
    let refuse = |why: String| {
        let help = "give a number from 0x0000 to 0x3fff or a handler's name like echo.echo";
        Failure::new(Sort::Argument, why, help)
    };
    let value = value.map_err(|_| refuse(format!("`{text}` is no command number")))?;
    u16::try_from(value)
        .ok()
        .filter(|number| *number <= MAX_NUMBER)
        .ok_or_else(|| refuse(format!("command {text} is above 0x3fff, the highest number")))
}

/// Reads a device's address, decimal or hexadecimal.
pub fn address(text: &str) -> Result<u8, String> {
    let value = match text.strip_prefix("0x") {
        Some(digits) => u8::from_str_radix(digits, 16),
        None => text.parse(),
    };
    value.map_err(|_| "an address is a number from 0 to 255".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_in_both_bases_up_to_14_bits() {
        assert_eq!(number("0x0100").unwrap(), 0x100);
        assert_eq!(number("256").unwrap(), 0x100);
        assert_eq!(number("0X3FFF").unwrap(), 0x3FFF);
        for text in ["0x4000", "65536", "4294967296", "0x", "12a", "0x1g"] {
            assert_eq!(number(text).unwrap_err().exit as u8, 2, "{text}");
        }
    }

    #[test]
    fn addresses_fit_a_byte() {
        assert_eq!((address("0"), address("0xFF"), address("255")), (Ok(0), Ok(255), Ok(255)));
        assert!(address("256").is_err() && address("-1").is_err() && address("").is_err());
    }
}
