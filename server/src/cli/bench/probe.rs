//! The first request: finds out what kind of reply the command gets, before anything is counted.

use std::io::{self, Read, Write};
use std::time::{Duration, Instant};

use hotframe_client::status_name;
use hotframe_protocol::{Command, Decoded, Decoder, Frame, Kind, MAX_FRAME};

use super::plan::Plan;
use super::ring::Expectation;
use super::target::{Link, Target, unreachable};
use crate::cli::failure::{Failure, Sort};
use crate::cli::login::Hello;

const HELLO: u16 = 0x0001;

/// How long the server may think about it.
const PATIENCE: Duration = Duration::from_secs(5);

/// Sends one request of the first size and looks at what comes back.
///
/// # Errors
/// Nobody answers at the address, nothing comes in time, or the server says no.
pub fn ask(plan: &Plan) -> Result<Expectation, Failure> {
    let fail = |error| unreachable(&plan.url, &error);
    let mut link = Target::resolve(&plan.url).and_then(|target| target.connect()).map_err(fail)?;
    let usual = || (0..plan.sizes.first().copied().unwrap_or(0)).collect();
    let data: Vec<u8> = plan.data.clone().unwrap_or_else(usual);
    let command = Command::new(Kind::Request, plan.number);
    let request = Frame { address: plan.address, command, data: &data };
    link.set_patience(PATIENCE).map_err(fail)?;
    if let Some(hello) = &plan.hello {
        greet(&mut link, hello, 1).unwrap_or_else(|error| Err(silent(&error)))?;
    }
    exchange(&mut link, &request).unwrap_or_else(|error| Err(silent(&error)))
}

/// Says HELLO as the `number`th client.
///
/// # Errors
/// The link fails; in the result, what the server says against it.
pub fn greet(link: &mut Link, hello: &Hello, number: usize) -> io::Result<Result<(), Failure>> {
    let data = hello.data_of(number);
    let command = Command::new(Kind::Request, HELLO);
    link.set_patience(PATIENCE)?;
    let answer = exchange(link, &Frame { address: 0, command, data: &data })?;
    Ok(answer.map(|_| ()))
}

type Answer = Result<Expectation, Failure>;

fn exchange(link: &mut Link, request: &Frame<'_>) -> io::Result<Answer> {
    let mut room = [0; MAX_FRAME];
    let len = request.encode(&mut room).map_err(io::Error::other)?;
    link.write_all(&room[..len])?;
    let (mut decoder, mut bytes) = (Decoder::default(), Vec::new());
    let deadline = Instant::now() + PATIENCE;
    while Instant::now() < deadline {
        let count = link.read(&mut room)?;
        if count == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        bytes.extend_from_slice(&room[..count]);
        let mut input = &bytes[..];
        while let Some(decoded) = decoder.decode(&mut input) {
            if let Decoded::Frame(frame) = decoded
                && let Some(answer) = read(&frame, request)
            {
                return Ok(answer);
            }
        }
        bytes = input.to_vec();
    }
    Err(io::ErrorKind::TimedOut.into())
}

/// What a frame says about the command; `None` if it has nothing to do with it.
fn read(frame: &Frame<'_>, request: &Frame<'_>) -> Option<Answer> {
    if frame == request {
        return Some(Ok(Expectation::Mirror));
    }
    if frame.command.number() != request.command.number() {
        return None;
    }
    match frame.command.kind() {
        Kind::Reply if frame.data == request.data => Some(Ok(Expectation::Echo)),
        Kind::Reply => Some(Ok(Expectation::Head)),
        Kind::Error => Some(Err(refused(frame))),
        Kind::Request | Kind::Event => None,
    }
}

fn refused(frame: &Frame<'_>) -> Failure {
    let (code, text) = frame.data.split_first_chunk().unwrap_or((&[0, 0], &[]));
    let code = u16::from_be_bytes(*code);
    let text = String::from_utf8_lossy(text);
    let command = Command::new(Kind::Request, frame.command.number());
    let message = format!("{command} is refused: {}: {text}", status_name(code));
    let help = "`hotframe ctl routes` lists the commands that it knows";
    Failure::refused(&code.to_string(), &message, help)
}

fn silent(error: &io::Error) -> Failure {
    let sort = match error.kind() {
        io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock => Sort::Timeout,
        _ => Sort::Broken,
    };
    let message = format!("no reply to the first request: {error}");
    Failure::new(sort, message, "is it a hotframe server, and does the handler answer?")
}
