//! The fields of requests.

use hotframe_plugin_api::Error;

/// Bytes of the longest key.
pub const MAX_KEY: usize = 128;

/// A key that is all of the data.
pub fn key(data: &[u8]) -> Result<&[u8], Error> {
    match data.len() {
        1..=MAX_KEY => Ok(data),
        _ => Err(Error::invalid("a key has 1 to 128 bytes")),
    }
}

/// A key with its length before it, and what follows it.
pub fn key_and_rest(data: &[u8]) -> Result<(&[u8], &[u8]), Error> {
    let (found, rest) = counted(data, "the key")?;
    Ok((key(found)?, rest))
}

/// A prefix of keys with its length before it, and what follows it.
pub fn prefix_and_rest(data: &[u8]) -> Result<(&[u8], &[u8]), Error> {
    counted(data, "the prefix")
}

/// A value with its length before it, or `None` for the length 255, and what follows it.
pub fn expected_and_rest(data: &[u8]) -> Result<(Option<&[u8]>, &[u8]), Error> {
    match data.split_first() {
        Some((&u8::MAX, rest)) => Ok((None, rest)),
        _ => counted(data, "the expected value").map(|(value, rest)| (Some(value), rest)),
    }
}

/// A number of 64 bits.
pub fn number(data: &[u8]) -> Result<i64, Error> {
    let bytes = data.try_into();
    bytes.map(i64::from_be_bytes).map_err(|_| Error::invalid("a number has 8 bytes"))
}

fn counted<'a>(data: &'a [u8], what: &str) -> Result<(&'a [u8], &'a [u8]), Error> {
    let (len, rest) = data.split_first().unwrap_or((&u8::MAX, &[]));
    let split = rest.split_at_checked(usize::from(*len));
    split.ok_or_else(|| Error::invalid(format_args!("{what} is cut short")))
}
