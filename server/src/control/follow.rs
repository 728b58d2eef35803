//! The listening end: owns a question whose answer goes on, line by line.

use std::io::{BufRead, BufReader, ErrorKind, Write};
use std::path::Path;
use std::time::Duration;

use serde_json::Value;

use super::client::{connect, parse};
use super::{AskError, Verb};

/// Asks the server at the control socket `path`, waits at most for `patience` for its answer, and
/// then hands `each` what follows, for as long as it comes and `each` says true.
///
/// # Errors
/// See [`AskError`].
pub fn follow(
    path: &Path,
    verb: &Verb,
    patience: Duration,
    mut each: impl FnMut(Value) -> bool,
) -> Result<(), AskError> {
    let spell = |error: std::io::Error| match error.kind() {
        ErrorKind::TimedOut | ErrorKind::WouldBlock => AskError::Timeout(patience),
        _ => AskError::Unreachable(error),
    };
    let mut stream = connect(path, patience).map_err(spell)?;
    stream.set_read_timeout(Some(patience)).map_err(spell)?;
    let sent = writeln!(stream, "{}", verb.to_line());
    let mut lines = BufReader::new(stream.try_clone().map_err(spell)?);
    let mut first = Vec::new();
    lines.read_until(b'\n', &mut first).map_err(spell)?;
    if first.is_empty() {
        sent.map_err(spell)?;
        return Err(AskError::Garbled("the server closed without a word".into()));
    }
    parse(&first)?;
    // What follows comes when something happens.
    stream.set_read_timeout(None).map_err(spell)?;
    for line in lines.lines() {
        let Ok(line) = line else { return Ok(()) };
        let row = serde_json::from_str(&line);
        if !each(row.map_err(|error| AskError::Garbled(error.to_string()))?) {
            return Ok(());
        }
    }
    Ok(())
}
