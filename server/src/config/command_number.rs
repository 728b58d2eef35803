//! The keys of `[commands]` and `[raw]`: owns which numbers may be routed, and how they are
//! written.

use core::ops::RangeInclusive;

use crate::config::findings::Wrong;
use crate::config::spelling::nearest;
use crate::config::values::Read;
use crate::diagnostics::Code;
use crate::diagnostics::codes::config as codes;

/// The numbers that may be routed.
const ROUTABLE: RangeInclusive<u16> = 0x0100..=0x3FFF;

/// Reads a command's number.
pub(super) fn read(key: &str) -> Read<u16> {
    let wrong = |code: Code, message: String| Wrong::new(code, message);
    let value = number(key)?;
    match u16::try_from(value) {
        _ if is_octal(key) => {
            let help = format!("did you mean `0x{key:0>4}`? A decimal begins without a zero");
            let message = format!("`{key}` is not a command number");
            Err(wrong(codes::BAD_COMMAND, message).help(help))
        }
        Ok(number) if ROUTABLE.contains(&number) => Ok(number),
        Ok(number) if number < *ROUTABLE.start() => {
            let message = format!("0x{number:04X} belongs to the protocol itself");
            Err(wrong(codes::RESERVED_COMMAND, message).help("choose 0x0100 to 0x3FFF"))
        }
        Ok(word) => {
            let (kind, low) = (word >> 14, word & 0x3FFF);
            let kind =
                ["a request of", "an event of", "a reply to", "an error for"][usize::from(kind)];
            let message = format!("0x{word:04X} is more than a command number");
            let help = format!(
                "choose 0x0100 to 0x3FFF (as a command word it is {kind} command 0x{low:04X}; \
                 words of the raw dialect stand below `[raw]`)"
            );
            Err(wrong(codes::COMMAND_TOO_LARGE, message).help(help))
        }
        Err(_) => {
            let message = format!("`{key}` does not fit into 14 bits");
            Err(wrong(codes::COMMAND_TOO_LARGE, message).help("choose 0x0100 to 0x3FFF"))
        }
    }
}

/// Reads a command word of the raw dialect.
pub(super) fn word(key: &str) -> Read<u16> {
    u16::try_from(number(key)?).map_err(|_| {
        let message = format!("`{key}` does not fit into 16 bits");
        Wrong::new(codes::COMMAND_TOO_LARGE, message).help("choose 0x0000 to 0xFFFF")
    })
}

/// Whether a key begins like a number in other languages' octal.
fn is_octal(key: &str) -> bool {
    key.len() > 1 && key.starts_with('0') && key.bytes().all(|digit| digit.is_ascii_digit())
}

fn number(key: &str) -> Read<u64> {
    let lower = key.to_ascii_lowercase();
    let (digits, radix) = match lower.strip_prefix("0x") {
        Some(hex) => (hex, 16),
        None => (lower.as_str(), 10),
    };
    let is_number = !digits.is_empty() && digits.chars().all(|digit| digit.is_digit(radix));
    let value = is_number.then(|| u64::from_str_radix(digits, radix).unwrap_or(u64::MAX));
    value.ok_or_else(|| {
        let help = match nearest(key, ["default"]) {
            Some(better) => format!("did you mean `{better}`?"),
            None => "write a number such as `0x0100`, or `default`".to_owned(),
        };
        Wrong::new(codes::BAD_COMMAND, format!("`{key}` is not a command number")).help(help)
    })
}
