//! Bytes as a person writes and reads them.

use std::fmt::Write;

/// Reads hexadecimal digits, with spaces, colons and line ends between bytes where one likes.
///
/// # Errors
/// A sentence that says what is wrong and where.
pub fn from_hex(text: &str) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::with_capacity(text.len() / 2);
    let mut high = None;
    for (place, letter) in text.chars().enumerate() {
        if letter.is_whitespace() || letter == ':' {
            if high.is_some() {
                return Err(format!("half a byte stands before character {}", place + 1));
            }
            continue;
        }
        let digit =
            letter.to_digit(16).and_then(|digit| u8::try_from(digit).ok()).ok_or_else(|| {
                format!("`{letter}` at character {} is no hexadecimal digit", place + 1)
            })?;
        high = match high {
            None => Some(digit),
            Some(high) => {
                bytes.push(high << 4 | digit);
                None
            }
        };
    }
    match high {
        None => Ok(bytes),
        Some(_) => Err("the last byte has one digit only".to_owned()),
    }
}

/// `68 65 6C`: for people.
#[must_use]
pub fn spaced(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() * 3);
    for byte in bytes {
        let gap = if text.is_empty() { "" } else { " " };
        // Writing to a string cannot fail.
        let _ = write!(text, "{gap}{byte:02X}");
    }
    text
}

/// `68656c`: for programs.
#[must_use]
pub fn packed(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The text that the bytes are, in quotes, if they are text; else with a dot for each byte that
/// is no letter. Nothing in it can steer a terminal.
#[must_use]
pub fn readable(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) if !text.chars().any(char::is_control) => format!("{text:?}"),
        _ => bytes.iter().map(|byte| letter_or_dot(*byte)).collect(),
    }
}

/// The text that the bytes are, for programs; `None` if they are none.
#[must_use]
pub fn as_text(bytes: &[u8]) -> Option<&str> {
    std::str::from_utf8(bytes).ok()
}

fn letter_or_dot(byte: u8) -> char {
    if byte.is_ascii_graphic() || byte == b' ' { char::from(byte) } else { '.' }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hex_is_read_with_and_without_gaps() {
        for text in ["aaAA01fF", "AA AA 01 FF", "aa:aa:01:ff", " aaaa\n01 ff\n"] {
            assert_eq!(from_hex(text).unwrap(), [0xAA, 0xAA, 0x01, 0xFF], "{text:?}");
        }
        assert!(from_hex("").unwrap().is_empty());
    }

    #[test]
    fn what_is_no_hex_is_refused_with_the_place() {
        assert!(from_hex("AA 0G").unwrap_err().contains("`G` at character 5"));
        assert!(from_hex("AA 0 1").unwrap_err().contains("before character 5"));
        assert!(from_hex("AAA").unwrap_err().contains("one digit only"));
        assert!(from_hex("é").unwrap_err().contains("`é` at character 1"));
    }

    #[test]
    fn bytes_are_written_for_people_and_programs() {
        assert_eq!(spaced(b"hel"), "68 65 6C");
        assert_eq!(packed(b"hel\xFF"), "68656cff");
        assert_eq!(readable("grüß \"dich\"".as_bytes()), r#""grüß \"dich\"""#);
        assert_eq!(readable(b"\x1B[2Jhi\xFF"), ".[2Jhi.");
        assert_eq!(as_text(b"hi"), Some("hi"));
        assert_eq!(as_text(b"\xFF"), None);
    }
}
