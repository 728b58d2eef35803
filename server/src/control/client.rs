//! The asking end: owns one question to a running server, within a time.

use std::{
    fmt, io,
    io::{ErrorKind, Write},
    os::{fd::OwnedFd, unix::net::UnixStream},
    path::Path,
    time::Duration,
};

use serde::Deserialize;
use serde_json::Value;
use socket2::{Domain, SockAddr, Socket, Type};

use super::{
    ControlError, Verb,
    timed::{Timed, retry},
};

/// An answer is at most so long: 64 MiB are the rows of some 200,000 connections.
const MAX_ANSWER: usize = 64 << 20;

/// Why there is no result.
#[derive(Debug)]
pub enum AskError {
    /// Nobody answers at the socket.
    Unreachable(io::Error),
    /// The server is there, and said nothing in time.
    Timeout(Duration),
    /// The server said no.
    Refused(ControlError),
    /// What came back is no answer.
    Garbled(String),
}

impl fmt::Display for AskError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreachable(error) => write!(f, "{error}"),
            Self::Timeout(patience) => write!(f, "no answer within {patience:?}"),
            Self::Refused(error) => write!(f, "{error}"),
            Self::Garbled(reason) => write!(f, "the answer is garbled: {reason}"),
        }
    }
}

impl std::error::Error for AskError {}

#[derive(Deserialize)]
struct Reply {
    ok: bool,
    result: Option<Value>,
    error: Option<ControlError>,
}

/// Asks the server at the control socket `path`, and waits at most for `patience`, first to last.
///
/// # Errors
/// See [`AskError`].
pub fn ask(path: &Path, verb: &Verb, patience: Duration) -> Result<Value, AskError> {
    let spell = |error: io::Error| match error.kind() {
        ErrorKind::TimedOut | ErrorKind::WouldBlock => AskError::Timeout(patience),
        ErrorKind::FileTooLarge => AskError::Garbled("it is too long".into()),
        _ => AskError::Unreachable(error),
    };
    let stream = connect(path, patience).map_err(spell)?;
    let mut timed = Timed::new(&stream, patience);
    let mut line = verb.to_line();
    line.push('\n');
    // A server that turns a client away may close before it has read the request; what it said
    // is there to be read all the same.
    let sent = timed.write_all(line.as_bytes());
    let answer = timed.read_line(MAX_ANSWER).map_err(spell)?;
    if answer.is_empty() {
        sent.map_err(spell)?;
        return Err(AskError::Garbled("the server closed without a word".into()));
    }
    parse(&answer)
}

pub(super) fn connect(path: &Path, patience: Duration) -> io::Result<UnixStream> {
    let socket = Socket::new(Domain::UNIX, Type::STREAM, None)?;
    // On Linux this bounds the wait for room in the listener's queue, too.
    socket.set_write_timeout(Some(patience))?;
    let address = SockAddr::unix(path)?;
    retry(|| socket.connect(&address))?;
    Ok(UnixStream::from(OwnedFd::from(socket)))
}

pub(super) fn parse(line: &[u8]) -> Result<Value, AskError> {
    let garbled = |error: serde_json::Error| AskError::Garbled(error.to_string());
    let reply: Reply = serde_json::from_slice(line).map_err(garbled)?;
    match (reply.ok, reply.result, reply.error) {
        (true, Some(result), None) => Ok(result),
        (false, None, Some(error)) => Err(AskError::Refused(error)),
        _ => Err(AskError::Garbled("it is neither a result nor an error".into())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_a_result_or_an_error_and_nothing_else() {
        assert!(matches!(parse(br#"{"ok":true,"result":[1]}"#), Ok(Value::Array(_))));
        let refused = br#"{"ok":false,"error":{"code":"HF0502","message":"m"}}"#;
        assert!(matches!(parse(refused), Err(AskError::Refused(e)) if e.code == "HF0502"));
        for line in ["{}", r#"{"ok":true}"#, r#"{"ok":false,"result":1}"#, "[]", "{\"ok\":tr"] {
            assert!(matches!(parse(line.as_bytes()), Err(AskError::Garbled(_))), "{line}");
        }
    }

    #[test]
    fn nobody_there_is_unreachable() {
        let folder = tempfile::tempdir().unwrap();
        let missing = folder.path().join("none.sock");
        let answer = ask(&missing, &Verb::Status, Duration::from_secs(1));
        assert!(matches!(answer, Err(AskError::Unreachable(_))));
        drop(std::os::unix::net::UnixListener::bind(&missing).unwrap());
        let answer = ask(&missing, &Verb::Status, Duration::from_secs(1));
        assert!(matches!(answer, Err(AskError::Unreachable(_))));
    }
}
