//! Sends once, or again and again until it is enough or somebody interrupts.

use std::io::{self, ErrorKind, Read, Write};
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

use signal_hook::consts::SIGINT;
use signal_hook::{flag, low_level::pipe};

use super::command::Message;
use super::report::Report;
use super::session::{Outcome, Session};
use super::tally::Tally;
use crate::cli::Exit;
use crate::cli::failure::{Failure, Sort};

/// The exit code that a shell expects of what Ctrl-C has ended.
const INTERRUPTED: i32 = 130;

/// How often to send, and how far apart.
#[derive(Debug)]
pub struct Pace {
    every: Duration,
    /// `None`: until interrupted.
    count: Option<u64>,
    interrupts: Option<UnixStream>,
}

impl Pace {
    /// Once if neither is given. A loop can be interrupted, and still gives its sums.
    pub fn new(every: Option<Duration>, count: Option<u64>) -> Result<Self, Failure> {
        let once = every.is_none() && count.is_none();
        let interrupts = if once { None } else { Some(interrupts().map_err(no_signals)?) };
        let count = if once { Some(1) } else { count };
        Ok(Self { every: every.unwrap_or_default(), count, interrupts })
    }

    /// Whether it is a loop.
    pub const fn repeats(&self) -> bool {
        self.interrupts.is_some()
    }

    /// Waits until `next`; false if `sent` are enough or somebody has interrupted.
    fn goes_on(&mut self, sent: u64, next: Instant) -> io::Result<bool> {
        if self.count.is_some_and(|count| sent >= count) {
            return Ok(false);
        }
        let Some(interrupts) = &mut self.interrupts else {
            return Ok(false);
        };
        loop {
            let pause = next.saturating_duration_since(Instant::now());
            // Zero would mean to wait for ever.
            interrupts.set_read_timeout(Some(pause.max(Duration::from_micros(1))))?;
            match interrupts.read(&mut [0]) {
                Ok(_) => return Ok(false),
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(true),
                // By another signal; ours makes it readable.
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }
}

/// Sends the message at the pace, reports each answer, and sums up however it ends.
pub fn run<W: Write>(
    session: &mut Session,
    message: &Message,
    mut pace: Pace,
    report: &mut Report<'_, W>,
) -> Result<Exit, Failure> {
    let mut tally = Tally::default();
    let mut next = Instant::now();
    report.begin(message);
    let ended = loop {
        if let Err(failure) = send(session, message, &mut tally, report) {
            break Err(failure);
        }
        // A late one does not make those behind it come in a burst.
        next = (next + pace.every).max(Instant::now());
        match pace.goes_on(tally.sent(), next) {
            Ok(true) => {}
            Ok(false) => break Ok(tally.exit()),
            Err(error) => break Err(no_signals(error)),
        }
    };
    report.end(&tally);
    ended
}

fn send<W: Write>(
    session: &mut Session,
    message: &Message,
    tally: &mut Tally,
    report: &mut Report<'_, W>,
) -> Result<(), Failure> {
    if message.event {
        session.event(message)?;
        tally.add_event();
        report.event(&message.target);
        return Ok(());
    }
    let outcome = session.request(message)?;
    tally.add(&outcome);
    match outcome {
        Outcome::Answered(answer, took) => report.answer(&message.target, &answer, took),
        Outcome::Lost => report.lost(session.timeout()),
    }
    Ok(())
}

/// Becomes readable at the first Ctrl-C; a second one ends the process at once.
fn interrupts() -> io::Result<UnixStream> {
    let (reader, writer) = UnixStream::pair()?;
    let interrupted = Arc::new(AtomicBool::new(false));
    flag::register_conditional_shutdown(SIGINT, INTERRUPTED, Arc::clone(&interrupted))?;
    flag::register(SIGINT, interrupted)?;
    pipe::register(SIGINT, writer)?;
    Ok(reader)
}

fn no_signals(error: io::Error) -> Failure {
    let message = format!("cannot watch for an interrupt: {error}");
    Failure::new(Sort::Input, message, "send once, without --every and --count")
}
