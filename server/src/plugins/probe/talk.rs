//! Owns what is said between a trial and the server while it runs: the trial tells where it is and
//! asks for state, the server gives it, and judges by it whether the trial still gets on.
use std::borrow::Cow;
use std::collections::VecDeque;
use std::io::{self, ErrorKind, Read, Write};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec};

use super::report::Report;
use super::sample::Sample;
use crate::plugins::state::Forms;

/// More than a trial ever says, but for the signs that it gets on.
const MAX_REPORT: usize = 16 * 1024;
/// What a trial asks for the state of what serves with; three numbers follow.
const ASKS: &str = "state ";
/// What it says whenever it has loaded a slice.
pub(super) const LOADED: &str = "loaded";
/// A trial that gets on is left alone after so long all the same, and not judged.
const LONGEST: Duration = Duration::from_secs(30);
/// A slice may take the time of anything else, and this for each of its megabytes.
const PER_MEGABYTE: Duration = Duration::from_millis(250);

/// What came of waiting for a trial.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Heard {
    /// It wants the state, in a form that it knows.
    Asks(Forms),
    /// It has ended.
    End,
    /// It did not get on for too long.
    Late,
    /// It has got on for so long that nobody waits for its end.
    Unjudged,
}

/// The server's end.
#[derive(Debug)]
pub(super) struct Talk {
    socket: UnixStream,
    /// The whole lines so far, but for signs.
    report: String,
    /// What was read and is no whole line.
    rest: Vec<u8>,
    asked: Option<Forms>,
    /// When it last got on.
    sign: Instant,
    patience: Duration,
    /// No end of it is waited for after that.
    until: Option<Instant>,
}

/// What a trial writes to ask for state.
pub(super) fn write_question(out: &mut impl Write, forms: Forms) -> io::Result<()> {
    let Forms { schema, newest, oldest } = forms;
    writeln!(out, "{ASKS}{schema} {newest} {oldest}")
}

fn question(line: &str) -> Option<Forms> {
    let mut numbers = line.strip_prefix(ASKS)?.split(' ').map(|number| number.parse().ok());
    Some(Forms { schema: numbers.next()??, newest: numbers.next()??, oldest: numbers.next()?? })
}

impl Talk {
    /// The server's end, and what is to be the trial's standard output. What a trial does until it
    /// asks may take `patience`; so may each thing that it does with state, and what follows.
    pub fn begin(patience: Duration) -> io::Result<(Self, OwnedFd)> {
        let (socket, other) = UnixStream::pair()?;
        socket.set_nonblocking(true)?;
        let (report, rest, asked) = (String::new(), Vec::new(), None);
        let (sign, until) = (Instant::now(), None);
        Ok((Self { socket, report, rest, asked, sign, patience, until }, other.into()))
    }

    /// Waits until the trial asks, or is over. `process` is the descriptor of its process.
    pub fn listen(&mut self, process: &OwnedFd) -> io::Result<Heard> {
        self.converse(process, VecDeque::new())
    }

    /// Gives it what it has asked for, and waits until it is over.
    pub fn give(&mut self, process: &OwnedFd, sample: Option<&Sample>) -> io::Result<Heard> {
        let megabytes = sample.map_or(0, Sample::largest) >> 20;
        self.patience += PER_MEGABYTE * u32::try_from(megabytes).unwrap_or(u32::MAX);
        self.sign = Instant::now();
        self.until = Some(self.sign + LONGEST.max(self.patience * 2));
        self.converse(process, Sample::pieces(sample))
    }

    /// What it said. To be called when it is over.
    pub fn report(mut self) -> Report {
        // Somebody who left the process group may still hold the other end.
        let _is_open = self.read();
        Report::read(&self.report)
    }

    fn converse(
        &mut self,
        process: &OwnedFd,
        mut pieces: VecDeque<Cow<'_, [u8]>>,
    ) -> io::Result<Heard> {
        let mut is_open = true;
        loop {
            if let Some(forms) = self.asked.take() {
                return Ok(Heard::Asks(forms));
            }
            let now = Instant::now();
            let deadline = self.sign + self.patience;
            if deadline <= now {
                return Ok(Heard::Late);
            }
            if self.until.is_some_and(|until| until <= now) {
                return Ok(Heard::Unjudged);
            }
            let deadline = self.until.map_or(deadline, |until| until.min(deadline));
            let timeout = Timespec::try_from(deadline - now).map_err(io::Error::other)?;
            let writes = if pieces.is_empty() { PollFlags::empty() } else { PollFlags::OUT };
            let reads = if is_open { PollFlags::IN | writes } else { PollFlags::empty() };
            let mut ready = [PollFd::new(process, PollFlags::IN), PollFd::new(&self.socket, reads)];
            // Where nobody holds the other end any more there is nothing to wait for but the end.
            let watched = if is_open { &mut ready[..] } else { &mut ready[..1] };
            match rustix::event::poll(watched, Some(&timeout)) {
                Ok(_) | Err(rustix::io::Errno::INTR) => {}
                Err(error) => return Err(error.into()),
            }
            let has_ended = !ready[0].revents().is_empty();
            if is_open {
                is_open = self.read() && self.write(&mut pieces);
            }
            if has_ended {
                return Ok(Heard::End);
            }
        }
    }

    /// Reads what is there; false if nothing will come any more.
    fn read(&mut self) -> bool {
        let mut room = [0; 4096];
        loop {
            match self.socket.read(&mut room) {
                Ok(0) => return false,
                Ok(read) => self.rest.extend_from_slice(room.get(..read).unwrap_or_default()),
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(error) => return error.kind() == ErrorKind::WouldBlock,
            }
            while let Some(end) = self.rest.iter().position(|byte| *byte == b'\n') {
                let line: Vec<u8> = self.rest.drain(..=end).collect();
                self.hear(&String::from_utf8_lossy(&line));
            }
            if self.rest.len() > MAX_REPORT {
                return false;
            }
        }
    }

    fn hear(&mut self, line: &str) {
        let text = line.trim_end_matches('\n');
        if self.until.is_some() {
            // Once it has the state, all that it says is a sign.
            self.sign = Instant::now();
        }
        match question(text) {
            Some(forms) => self.asked = Some(forms),
            None if text == LOADED => {}
            None if self.report.len() + line.len() <= MAX_REPORT => self.report.push_str(line),
            None => {}
        }
    }

    /// Writes what fits; false if nobody reads it any more.
    fn write(&mut self, pieces: &mut VecDeque<Cow<'_, [u8]>>) -> bool {
        while let Some(piece) = pieces.pop_front() {
            if piece.is_empty() {
                continue;
            }
            let written = match self.socket.write(&piece) {
                Ok(written) => written,
                Err(error) if error.kind() == ErrorKind::Interrupted => 0,
                Err(error) => {
                    pieces.push_front(piece);
                    return error.kind() == ErrorKind::WouldBlock;
                }
            };
            match piece {
                _ if written == piece.len() => {}
                Cow::Borrowed(bytes) => {
                    pieces.push_front(Cow::from(bytes.get(written..).unwrap_or_default()));
                }
                Cow::Owned(mut bytes) => {
                    drop(bytes.drain(..written));
                    pieces.push_front(Cow::from(bytes));
                }
            }
        }
        true
    }
}
