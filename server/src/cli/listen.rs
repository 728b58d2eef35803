//! `hotframe listen`: prints what a server pushes to a client, until it is interrupted.

use std::io::{self, IsTerminal, Write};
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use hotframe_client::{Answer, FrameBuf, status_name};
use hotframe_protocol::Kind;
use serde_json::json;

use super::Exit;
use super::bytes::{as_text, packed};
use super::ctl;
use super::failure::{Failure, Sort, printable};
use super::ink::Ink;
use super::login::Login;
use super::send::command::{Message, Target};
use super::send::report::{count, rows};
use super::send::session::{Outcome, Session};
use super::send::{command, payload, span};
use crate::diagnostics::codes::runtime::ASK_REFUSED;

/// Arguments of `hotframe listen`.
#[derive(Debug, Args)]
pub struct ListenArgs {
    /// Where the server listens: tcp://HOST:PORT, unix:///PATH or HOST:PORT
    #[arg(long, value_name = "ADDR", default_value = "tcp://127.0.0.1:7400")]
    to: String,
    #[command(flatten)]
    login: Login,
    /// The device's address in the HELLO, 0 to 255
    #[arg(long, value_name = "N", default_value = "1", value_parser = command::address)]
    address: u8,
    /// Ask this first, such as for a subscription, and wait for the reply: a command's number or a
    /// handler, and behind `=` the data as `hotframe send` takes it
    #[arg(long, value_name = "COMMAND[=PAYLOAD]")]
    ask: Vec<String>,
    /// The running server's control socket, which knows the handlers' names
    /// [default: $HOTFRAME_CONTROL, else run/hotframe.sock]
    #[arg(long, value_name = "PATH")]
    control: Option<PathBuf>,
    /// How long to wait for the connection and for each answer: 250ms, 2s, 1m
    #[arg(long, value_name = "T", default_value = "5s", value_parser = span::parse)]
    timeout: Duration,
    /// End after so many frames
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    count: Option<u64>,
    /// Print one JSON object for each frame
    #[arg(long)]
    json: bool,
}

/// Runs `hotframe listen`. Requests that a server pushes are shown and not answered.
#[must_use]
pub fn run(args: &ListenArgs) -> Exit {
    let stdout = io::stdout();
    let ink = Ink::on(stdout.is_terminal());
    match perform(args, ink, &mut stdout.lock()) {
        Ok(()) => Exit::Good,
        Err(failure) => failure.report(args.json),
    }
}

fn perform(args: &ListenArgs, ink: Ink, out: &mut impl Write) -> Result<(), Failure> {
    let hello = args.login.read()?;
    let asked = args.ask.iter().map(|text| asked(args, text)).collect::<Result<Vec<_>, _>>()?;
    let mut session = Session::open(&args.to, args.timeout)?;
    if let Some(hello) = &hello {
        session.hello(args.address, hello)?;
    }
    for (text, message) in &asked {
        ask(&mut session, text, message)?;
    }
    let mut left = args.count.unwrap_or(u64::MAX);
    while left > 0 {
        let frame = session.listen()?;
        let text = if args.json { as_json(&frame) } else { shown(&frame, ink) };
        if writeln!(out, "{text}").and_then(|()| out.flush()).is_err() {
            // Nobody reads any more.
            return Ok(());
        }
        left -= 1;
    }
    Ok(())
}

/// The request that `text` means.
fn asked<'a>(args: &ListenArgs, text: &'a str) -> Result<(&'a str, Message), Failure> {
    let (name, payload) = text.split_once('=').unwrap_or((text, ""));
    let data = payload::read(payload, &mut io::stdin().lock())?;
    let control = ctl::socket_path(args.control.as_deref());
    let target = Target::resolve(name, args.address, &control, args.timeout)?;
    Ok((name, Message { target, data, event: false }))
}

/// Asks, and wants a reply.
fn ask(session: &mut Session, name: &str, message: &Message) -> Result<(), Failure> {
    match session.request(message)? {
        Outcome::Answered(Answer::Reply(_), _) => Ok(()),
        Outcome::Answered(Answer::Error { code, message }, _) => {
            let (status, why) = (status_name(code), printable(&message));
            Err(Failure::of(ASK_REFUSED, format!("{name} was answered {code} {status}: {why}")))
        }
        Outcome::Lost => {
            let message = format!("{name} was not answered within {:?}", session.timeout());
            Err(Failure::new(Sort::Timeout, message, "give it longer with --timeout"))
        }
    }
}

const fn kind_of(frame: &FrameBuf) -> &'static str {
    match frame.command.kind() {
        Kind::Request => "request",
        Kind::Event => "event",
        Kind::Reply => "reply",
        Kind::Error => "error",
    }
}

fn shown(frame: &FrameBuf, ink: Ink) -> String {
    let kind = ink.good(format_args!("{:<7}", kind_of(frame)));
    let (number, address) = (frame.command.number(), frame.address);
    let head = format!("{kind}  {number:#06x}, address {address}, {}", count(frame.data.len()));
    [vec![head], rows(&frame.data, ink)].concat().join("\n")
}

fn as_json(frame: &FrameBuf) -> String {
    json!({
        "kind": kind_of(frame),
        "command": format!("{:#06x}", frame.command.number()),
        "address": frame.address,
        "data_hex": packed(&frame.data),
        "data_text": as_text(&frame.data),
    })
    .to_string()
}

#[cfg(test)]
mod tests {
    use std::io::Read;
    use std::net::TcpListener;
    use std::thread;

    use clap::Parser;
    use hotframe_protocol::{Command, Frame, MAX_FRAME};

    use super::*;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        listen: ListenArgs,
    }

    fn frame(kind: Kind, number: u16, data: &[u8]) -> Vec<u8> {
        let mut room = [0; MAX_FRAME];
        let frame = Frame { address: 1, command: Command::new(kind, number), data };
        let len = frame.encode(&mut room).unwrap();
        room[..len].to_vec()
    }

    #[test]
    fn what_is_pushed_is_shown_and_a_ping_answered() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let to = format!("tcp://{}", listener.local_addr().unwrap());
        let server = thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            stream.write_all(&frame(Kind::Event, 0x0220, b"news")).unwrap();
            stream.write_all(&frame(Kind::Request, 2, b"p")).unwrap();
            let mut pong = frame(Kind::Reply, 2, b"p");
            let wanted = pong.clone();
            stream.read_exact(&mut pong).unwrap();
            assert_eq!(pong, wanted);
            stream.write_all(&frame(Kind::Request, 0x0221, b"\xFF")).unwrap();
            // Until the other end has what it came for.
            let _end = stream.read(&mut [0]);
        });
        let line = ["listen", "--to", &to, "--count", "2"];
        let mut out = Vec::new();
        perform(&Line::parse_from(line).listen, Ink::plain(), &mut out).unwrap();
        let wanted = "event    0x0220, address 1, 4 bytes\n         6E 65 77 73   \"news\"\n\
                      request  0x0221, address 1, 1 byte\n         FF   .\n";
        assert_eq!(String::from_utf8(out).unwrap(), wanted);
        server.join().unwrap();
    }
}
