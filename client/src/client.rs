//! The client: sends requests and events, and sorts what comes back.

use std::collections::VecDeque;
use std::io::{self, ErrorKind};
use std::time::{Duration, Instant};

use hotframe_protocol::{Command, Frame, Kind, MAX_FRAME};

use crate::inbox::{Inbox, Received};
use crate::link::Link;
use crate::{Answer, Error, FrameBuf, Url};

/// The most frames that are kept for [`Client::take_unsolicited`]; the oldest make way.
const MAX_UNSOLICITED: usize = 1024;

const HELLO: u16 = 0x0001;
const PING: u16 = 0x0002;

/// A connection to a server. Calls block no longer than the time that they are given; sending,
/// no longer than that given to [`connect`](Self::connect). Dropping it closes the connection.
#[derive(Debug)]
pub struct Client {
    link: Link,
    inbox: Inbox,
    /// The requests that an answer is owed for, the oldest first.
    owed: VecDeque<Owed>,
    /// Answers to sent requests that came while a later one was waited for.
    early: VecDeque<Answer>,
    unsolicited: VecDeque<FrameBuf>,
}

/// A request whose answer has not come.
#[derive(Debug)]
struct Owed {
    address: u8,
    number: u16,
    /// Its caller has given up: its answer is for nobody.
    given_up: bool,
}

impl Client {
    /// Connects to a server at `url`, in any of the forms that [`Url`] reads.
    ///
    /// # Errors
    /// [`Error::BadUrl`], [`Error::Unreachable`].
    pub fn connect(url: &str, timeout: Duration) -> Result<Self, Error> {
        let link = Link::connect(&url.parse::<Url>()?, timeout)?;
        Ok(Self {
            link,
            inbox: Inbox::new(),
            owed: VecDeque::new(),
            early: VecDeque::new(),
            unsolicited: VecDeque::new(),
        })
    }

    /// Sends a request and waits for its answer. Answers to requests that were sent before it
    /// are kept for [`receive`](Self::receive).
    ///
    /// # Errors
    /// Those of [`send`](Self::send), and [`Error::Timeout`], [`Error::Closed`],
    /// [`Error::Garbage`], [`Error::Io`]. After a timeout the connection is still good: should
    /// the answer come late, it goes to the unsolicited frames and is never taken for another's.
    pub fn request(
        &mut self,
        address: u8,
        number: u16,
        data: &[u8],
        timeout: Duration,
    ) -> Result<Answer, Error> {
        self.send(address, number, data)?;
        let deadline = Instant::now() + timeout;
        loop {
            match self.next_answer(deadline, timeout) {
                Ok(answer) if self.owed.is_empty() => return Ok(answer),
                Ok(answer) => self.early.push_back(answer),
                Err(error) => {
                    if let Some(request) = self.owed.back_mut() {
                        request.given_up = true;
                    }
                    return Err(error);
                }
            }
        }
    }

    /// Says HELLO: from now on this connection is `client`'s, whose session it opens, resumes or
    /// takes over. `credential` is what it shows for that, where the server wants that. The data
    /// of the reply is the session's number and more, see the protocol's page.
    ///
    /// # Errors
    /// Those of [`request`](Self::request). That the server says no is an answer.
    pub fn hello(
        &mut self,
        address: u8,
        client: &str,
        credential: Option<&[u8]>,
        timeout: Duration,
    ) -> Result<Answer, Error> {
        let mut data = client.as_bytes().to_vec();
        if let Some(credential) = credential {
            data.push(0);
            data.extend_from_slice(credential);
        }
        self.request(address, HELLO, &data, timeout)
    }

    /// Sends an event, which is never answered.
    ///
    /// # Errors
    /// Those of [`send`](Self::send).
    pub fn event(&mut self, address: u8, number: u16, data: &[u8]) -> Result<(), Error> {
        self.send_frame(Kind::Event, address, number, data)
    }

    /// Sends a request without waiting; [`receive`](Self::receive) takes its answer. A server
    /// stops reading from those who do not read its answers, so receive before thousands are
    /// out.
    ///
    /// # Errors
    /// [`Error::DataTooLong`] and [`Error::NumberTooLarge`] with nothing sent;
    /// [`Error::Timeout`], [`Error::Closed`], [`Error::Io`] with the connection no longer of use.
    pub fn send(&mut self, address: u8, number: u16, data: &[u8]) -> Result<(), Error> {
        self.send_frame(Kind::Request, address, number, data)?;
        self.owed.push_back(Owed { address, number, given_up: false });
        Ok(())
    }

    /// Waits for the answer to the oldest request that was sent and not answered yet.
    ///
    /// # Errors
    /// [`Error::NothingAsked`], and [`Error::Timeout`], [`Error::Closed`], [`Error::Garbage`],
    /// [`Error::Io`]. After a timeout it may be called again.
    pub fn receive(&mut self, timeout: Duration) -> Result<Answer, Error> {
        match self.early.pop_front() {
            Some(answer) => Ok(answer),
            None => self.next_answer(Instant::now() + timeout, timeout),
        }
    }

    /// How many answers [`receive`](Self::receive) can still be called for.
    #[must_use]
    pub fn outstanding(&self) -> usize {
        self.early.len() + self.owed.iter().filter(|request| !request.given_up).count()
    }

    /// The oldest frame that came and answers nothing: the server's own requests and events, its
    /// error about a damaged frame, answers that came too late. At most 1024 are kept.
    pub fn take_unsolicited(&mut self) -> Option<FrameBuf> {
        self.unsolicited.pop_front()
    }

    /// Waits for the next frame that answers nothing. PINGs of the server are answered meanwhile,
    /// and answers kept for [`receive`](Self::receive).
    ///
    /// # Errors
    /// [`Error::Timeout`], [`Error::Closed`], [`Error::Garbage`], [`Error::Io`]. After a timeout it
    /// may be called again.
    pub fn listen(&mut self, timeout: Duration) -> Result<FrameBuf, Error> {
        let deadline = Instant::now() + timeout;
        loop {
            if let Some(frame) = self.unsolicited.pop_front() {
                return Ok(frame);
            }
            let frame = self.next_frame(deadline, timeout)?;
            if let Some(answer) = self.keep_unless_answer(frame)? {
                self.early.push_back(answer_of(answer)?);
            }
        }
    }

    /// Sends bytes as they are; for tests of a server.
    ///
    /// # Errors
    /// [`Error::Timeout`], [`Error::Closed`], [`Error::Io`].
    pub fn send_bytes(&mut self, bytes: &[u8]) -> Result<(), Error> {
        let start = Instant::now();
        self.link.write(bytes).map_err(|error| failure(error, start.elapsed()))
    }

    /// Waits for the next frame, whatever it is, and does nothing with it; for tests of a
    /// server. Requests that were sent stay unanswered as far as this client knows.
    ///
    /// # Errors
    /// [`Error::Timeout`], [`Error::Closed`], [`Error::Garbage`], [`Error::Io`].
    pub fn receive_frame(&mut self, timeout: Duration) -> Result<FrameBuf, Error> {
        self.next_frame(Instant::now() + timeout, timeout)
    }

    /// Tells the server that nothing more will be sent. It still answers what it was asked.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn finish(&mut self) -> Result<(), Error> {
        self.link.finish().map_err(Error::Io)
    }

    fn send_frame(
        &mut self,
        kind: Kind,
        address: u8,
        number: u16,
        data: &[u8],
    ) -> Result<(), Error> {
        let command = Command::new(kind, number);
        if command.number() != number {
            return Err(Error::NumberTooLarge { number });
        }
        let mut room = [0; MAX_FRAME];
        let frame = Frame { address, command, data };
        let len = frame.encode(&mut room).map_err(|_| Error::DataTooLong { len: data.len() })?;
        self.send_bytes(&room[..len])
    }

    /// The answer to the oldest request whose caller has not given up.
    fn next_answer(&mut self, deadline: Instant, timeout: Duration) -> Result<Answer, Error> {
        while self.owed.iter().any(|request| !request.given_up) {
            let frame = self.next_frame(deadline, timeout)?;
            if let Some(frame) = self.keep_unless_answer(frame)? {
                return answer_of(frame);
            }
        }
        Err(Error::NothingAsked)
    }

    /// Gives back the frame if it is the answer to the oldest request and somebody waits for it.
    fn keep_unless_answer(&mut self, frame: FrameBuf) -> Result<Option<FrameBuf>, Error> {
        let (address, number) = (frame.address, frame.command.number());
        match (frame.command.kind(), self.owed.front()) {
            (Kind::Request, _) if number == PING => {
                self.send_frame(Kind::Reply, address, number, &frame.data)?;
                return Ok(None);
            }
            (Kind::Reply | Kind::Error, Some(oldest))
                if (oldest.address, oldest.number) == (address, number) =>
            {
                let given_up = oldest.given_up;
                self.owed.pop_front();
                if !given_up {
                    return Ok(Some(frame));
                }
            }
            _ => {}
        }
        if self.unsolicited.len() == MAX_UNSOLICITED {
            self.unsolicited.pop_front();
        }
        self.unsolicited.push_back(frame);
        Ok(None)
    }

    fn next_frame(&mut self, deadline: Instant, timeout: Duration) -> Result<FrameBuf, Error> {
        match self.inbox.receive(&mut self.link, deadline) {
            Ok(Received::Frame(frame)) => Ok(frame),
            Ok(Received::Garbage) => Err(Error::Garbage),
            Ok(Received::End) => Err(Error::Closed),
            Err(error) => Err(failure(error, timeout)),
        }
    }
}

fn answer_of(frame: FrameBuf) -> Result<Answer, Error> {
    match frame.command.kind() {
        Kind::Reply => Ok(Answer::Reply(frame.data)),
        _ => Answer::of_error(&frame.data).ok_or(Error::Garbage),
    }
}

/// What a failed read or write means, of which `waited` was spent in waiting.
fn failure(error: io::Error, waited: Duration) -> Error {
    match error.kind() {
        ErrorKind::TimedOut | ErrorKind::WouldBlock => Error::Timeout { waited },
        ErrorKind::BrokenPipe | ErrorKind::ConnectionReset => Error::Closed,
        _ => Error::Io(error),
    }
}
