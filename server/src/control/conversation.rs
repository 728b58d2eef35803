//! One client's visit: owns the order of check, request line, answer line.

use std::{
    io::{self, ErrorKind, Write},
    net::Shutdown,
    os::unix::net::UnixStream,
};

use log::kv;
use serde_json::{Value, json};

use super::{
    ControlError, ControlRequest, MAX_REQUEST, READ_PATIENCE, ReplyChannel, Verb, WRITE_PATIENCE,
    answers::Answer,
    codes, handing, patience,
    socket::{self, Peer},
    timed::Timed,
};
use crate::witness::{self, Tap, TapFeed, TapFilter};

/// Serves one client from its first byte to the last one of its answer.
pub(super) fn serve(stream: &UnixStream, submit: &impl Fn(ControlRequest)) {
    let mut feed = None;
    let answer = admit(stream).and_then(|who| {
        let verb = read_verb(stream)?;
        note(&verb, &who);
        let tap = match &verb {
            Verb::Tap { command } => Some(open_tap(command.as_deref(), &mut feed)?),
            _ => None,
        };
        let (reply, wait) = ReplyChannel::open();
        let patience = patience(&verb);
        submit(ControlRequest { verb, tap, reply });
        wait.wait(patience)
    });
    if let Err(error) = &answer {
        log::info!(code = error.code.as_str(); "control request refused: {}", error.message);
    }
    let written = match feed.filter(|_| answer.is_ok()) {
        Some(feed) => write_line(stream, &answer).and_then(|()| listen(stream, &feed)),
        None => write_answer(stream, &answer),
    };
    if let Err(error) = written {
        log::debug!(error:%; "the control client has not taken its answer");
    }
}

/// Every act is logged with who has asked for it.
fn note(verb: &Verb, who: &Peer) {
    let uid = who.uid;
    let pid = who.pid.map_or_else(|| kv::Value::from("unknown"), kv::Value::from);
    if verb.is_act() {
        let request = verb.to_line();
        log::info!(verb = verb.name(), uid, pid, request; "control: {}", verb.name());
    } else {
        log::debug!(verb = verb.name(), uid, pid; "control: {}", verb.name());
    }
}

fn open_tap(command: Option<&str>, feed: &mut Option<TapFeed>) -> Result<Tap, ControlError> {
    let Some(filter) = TapFilter::parse(command) else {
        let message = format!("`{}` is no command", command.unwrap_or_default());
        let help = "name a number such as 0x0100, a handler such as echo.echo, or a plugin";
        return Err(ControlError::new(codes::MALFORMED, message).with_help(help));
    };
    let (tap, opened) = witness::open(filter);
    *feed = Some(opened);
    Ok(tap)
}

fn listen(stream: &UnixStream, feed: &TapFeed) -> io::Result<()> {
    super::stream::serve(stream, feed)?;
    stream.shutdown(Shutdown::Write)
}

/// Writes what the client gets, and ends the stream.
pub(super) fn write_answer(
    stream: &UnixStream,
    answer: &Result<Answer, ControlError>,
) -> io::Result<()> {
    write_line(stream, answer)?;
    stream.shutdown(Shutdown::Write)
}

fn write_line(stream: &UnixStream, answer: &Result<Answer, ControlError>) -> io::Result<()> {
    let mut line = to_json(answer).to_string();
    line.push('\n');
    match answer {
        Ok(Answer::HandedOver(handed)) => {
            handing::write(stream, line.as_bytes(), &handed.sockets, WRITE_PATIENCE)?;
        }
        _ => Timed::new(stream, WRITE_PATIENCE).write_all(line.as_bytes())?,
    }
    Ok(())
}

fn to_json(answer: &Result<Answer, ControlError>) -> Value {
    match answer {
        Ok(result) => json!({ "ok": true, "result": result }),
        Err(error) => json!({ "ok": false, "error": error }),
    }
}

/// The server's own user and root may come in.
fn admit(stream: &UnixStream) -> Result<Peer, ControlError> {
    let own = rustix::process::geteuid().as_raw();
    match socket::peer(stream) {
        Ok(peer) if may_ask(peer.uid, own) => Ok(peer),
        Ok(peer) => Err(forbidden(&format!("user {} may not control this server", peer.uid))),
        Err(error) => Err(forbidden(&format!("this client's user cannot be told: {error}"))),
    }
}

const fn may_ask(peer: u32, own: u32) -> bool {
    peer == own || peer == 0
}

fn forbidden(message: &str) -> ControlError {
    let help = "ask as the user that the server runs as, or as root; of a server in a container, \
                from inside that";
    ControlError::new(codes::FORBIDDEN, message).with_help(help)
}

fn read_verb(stream: &UnixStream) -> Result<Verb, ControlError> {
    let line = Timed::new(stream, READ_PATIENCE).read_line(MAX_REQUEST).map_err(|error| {
        let message = match error.kind() {
            ErrorKind::TimedOut => format!("no request within {} s", READ_PATIENCE.as_secs()),
            ErrorKind::FileTooLarge => {
                format!("the request is longer than {MAX_REQUEST} bytes")
            }
            _ => format!("the request cannot be read: {error}"),
        };
        let help = r#"send one line such as {"verb":"status"}"#;
        ControlError::new(codes::MALFORMED, message).with_help(help)
    })?;
    Verb::from_line(&line)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_servers_user_and_root_may_ask_and_nobody_else() {
        assert!(may_ask(1000, 1000) && may_ask(0, 1000) && may_ask(0, 0));
        assert!(!may_ask(1001, 1000) && !may_ask(1000, 0));
    }
}
