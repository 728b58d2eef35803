//! Owns how names and words lie in the data of a frame.

use hotframe_plugin_api::{Error, TooLong};

/// The most data bytes of a frame.
const MOST: usize = 255;

/// Data that is a name, or how names begin, or nothing.
pub fn name(data: &[u8]) -> Result<&str, Error> {
    std::str::from_utf8(data).map_err(|_| Error::invalid("a name is UTF-8"))
}

/// A name behind its length, and what follows it.
pub fn addressed(data: &[u8]) -> Result<(&str, &[u8]), Error> {
    let short = || Error::invalid("the name is longer than the data");
    let (len, rest) = data.split_first().ok_or_else(short)?;
    let (client, words) = rest.split_at_checked(usize::from(*len)).ok_or_else(short)?;
    Ok((name(client)?, words))
}

/// The words of a sender, behind his name.
pub fn signed(sender: &str, words: &[u8]) -> Result<Vec<u8>, Error> {
    let len = u8::try_from(sender.len()).map_err(|_| Error::from(TooLong))?;
    let signed = [&[len], sender.as_bytes(), words].concat();
    if signed.len() > MOST {
        let room = MOST - 1 - sender.len();
        return Err(Error::invalid(format_args!("at most {room} bytes fit behind your name")));
    }
    Ok(signed)
}
