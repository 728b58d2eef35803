//! The connection to the server, with failures as a person should read them.

use std::time::{Duration, Instant};

use hotframe_client::{Answer, Client, Error, FrameBuf, status_name};

use super::command::Message;
use crate::cli::failure::{Failure, Sort, printable};
use crate::cli::login::Hello;

/// A connected client and how long to wait for an answer.
pub struct Session {
    client: Client,
    to: String,
    timeout: Duration,
}

/// What became of a request.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Outcome {
    /// The answer, and how long it took.
    Answered(Answer, Duration),
    /// None came in time.
    Lost,
}

impl Session {
    /// Connects to the server at `to`.
    pub fn open(to: &str, timeout: Duration) -> Result<Self, Failure> {
        match Client::connect(to, timeout) {
            Ok(client) => Ok(Self { client, to: to.to_owned(), timeout }),
            Err(error) => Err(failure(&error, to)),
        }
    }

    /// Opens a session on the server.
    pub fn hello(&mut self, address: u8, hello: &Hello) -> Result<(), Failure> {
        let id = &hello.id;
        match self.client.hello(address, id, hello.credential(), self.timeout) {
            Ok(Answer::Reply(_)) => Ok(()),
            Ok(Answer::Error { code, message }) => {
                let name = status_name(code);
                let why = printable(&message);
                let message = format!("the server refuses HELLO as `{id}`: {code} {name}: {why}");
                let help = match code {
                    1002 => "give the client's credential: --credential-file, HOTFRAME_CREDENTIAL",
                    1029 => "too many bad credentials came from here: wait a while",
                    _ => "another client may have that id: `hotframe ctl sessions` lists them",
                };
                Err(Failure::new(Sort::Session, message, help))
            }
            Err(error) => Err(failure(&error, &self.to)),
        }
    }

    /// Sends a request and waits for its answer.
    pub fn request(&mut self, message: &Message) -> Result<Outcome, Failure> {
        let Message { target, data, .. } = message;
        let start = Instant::now();
        match self.client.request(target.address, target.number, data, self.timeout) {
            Ok(answer) => Ok(Outcome::Answered(answer, start.elapsed())),
            Err(Error::Timeout { .. }) => Ok(Outcome::Lost),
            Err(error) => Err(failure(&error, &self.to)),
        }
    }

    /// Sends an event.
    pub fn event(&mut self, message: &Message) -> Result<(), Failure> {
        let Message { target, data, .. } = message;
        let sent = self.client.event(target.address, target.number, data);
        sent.map_err(|error| failure(&error, &self.to))
    }

    /// Waits for the next frame that answers nothing, however long that takes.
    pub fn listen(&mut self) -> Result<FrameBuf, Failure> {
        /// Between two looks at nothing.
        const LONG: Duration = Duration::from_secs(3600);
        loop {
            match self.client.listen(LONG) {
                Ok(frame) => return Ok(frame),
                Err(Error::Timeout { .. }) => {}
                Err(error) => return Err(failure(&error, &self.to)),
            }
        }
    }

    /// How long is waited for an answer.
    pub const fn timeout(&self) -> Duration {
        self.timeout
    }
}

fn failure(error: &Error, to: &str) -> Failure {
    let (sort, help) = match error {
        Error::BadUrl { .. } => {
            (Sort::Argument, "write it like tcp://127.0.0.1:7400 or unix:///run/frames.sock")
        }
        Error::Unreachable { .. } => (
            Sort::Unreachable,
            "start a server with `hotframe serve`, or say with --to where it listens",
        ),
        Error::Timeout { .. } => (Sort::Timeout, "give it longer with --timeout"),
        Error::Closed => (Sort::Broken, "the server's log says why it closed the connection"),
        Error::Garbage => (Sort::Broken, "is it a hotframe server that listens there?"),
        _ => (Sort::Broken, "look at the server's log"),
    };
    let place = match error {
        Error::BadUrl { .. } | Error::Unreachable { .. } => String::new(),
        _ => format!(" ({to})"),
    };
    Failure::new(sort, format!("{error}{place}"), help)
}
