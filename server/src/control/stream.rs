//! A client who listens: owns what it is written for as long as it stays.

use std::io::{self, Read, Write};
use std::os::unix::net::UnixStream;
use std::time::Duration;

use serde_json::{Value, json};

use super::WRITE_PATIENCE;
use super::timed::Timed;
use crate::witness::{TapFeed, Tapped};

/// So often a client of a quiet server is looked after.
const BEAT: Duration = Duration::from_millis(250);

/// Writes what comes, one object a line, until the client goes or the server stops.
pub(super) fn serve(stream: &UnixStream, feed: &TapFeed) -> io::Result<()> {
    loop {
        match feed.next(BEAT) {
            Tapped::Row(row) => write(stream, &serde_json::to_value(&row)?)?,
            Tapped::Dropped(count) => write(stream, &json!({ "dropped": count }))?,
            Tapped::Nothing if is_gone(stream)? => return Ok(()),
            Tapped::Nothing => {}
            Tapped::Over => return write(stream, &json!({ "end": "the server stops" })),
        }
    }
}

fn write(stream: &UnixStream, row: &Value) -> io::Result<()> {
    let mut line = row.to_string();
    line.push('\n');
    Timed::new(stream, WRITE_PATIENCE).write_all(line.as_bytes())
}

/// Whether the client has closed. What it may still say is of no meaning.
fn is_gone(mut stream: &UnixStream) -> io::Result<bool> {
    stream.set_nonblocking(true)?;
    let said = stream.read(&mut [0; 64]);
    stream.set_nonblocking(false)?;
    match said {
        Ok(count) => Ok(count == 0),
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(false),
        Err(error) => Err(error),
    }
}
