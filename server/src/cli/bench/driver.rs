//! The loop: owns the connections and gives each its turn.

use std::io;
use std::time::Duration;

use mio::{Events, Poll, Token};

use super::clock::{Clock, nanos, thread_time, waited_for_processor};
use super::connection::Connection;
use super::cut::Cut;
use super::outcome::Outcome;
use super::pace::{self, Pace};
use super::plan::Plan;
use super::progress::Bar;
use super::ring::Ring;
use super::sender::Flushed;
use super::tally::Tally;
use super::target::{Target, unreachable};
use crate::cli::failure::{Failure, Sort};
use crate::shell::descriptors::DescriptorLimit;

/// What one read may bring; whole pipelines of small frames fit.
const ROOM: usize = 256 * 1024;

/// How long replies may come after the last request was sent.
const GRACE: Duration = Duration::from_secs(2);

/// What one poll may report.
const EVENTS: usize = 1024;

/// The poll sleeps for whole milliseconds only: what is due earlier is waited for awake.
const SLEEP: Duration = Duration::from_millis(1);

/// How long the loop may sleep when nothing happens, so that the progress is shown.
const TICK: Duration = Duration::from_millis(100);

/// The loop.
#[derive(Debug)]
pub struct Driver<'a> {
    plan: &'a Plan,
    ring: &'a Ring,
    target: Target,
    poll: Poll,
    connections: Vec<Connection>,
    /// The connections that have something to write although nothing happened to them.
    listed: Vec<usize>,
    cut: Cut,
    room: Vec<u8>,
    clock: Clock,
    tally: Tally,
    /// Nanoseconds since the start at which nothing more is sent.
    deadline: u64,
    /// Nanoseconds in which there was something to do.
    busy: u64,
}

impl<'a> Driver<'a> {
    /// Opens all connections.
    ///
    /// # Errors
    /// The server cannot be reached, or there are not enough descriptors.
    pub fn connect(plan: &'a Plan, ring: &'a Ring) -> Result<Self, Failure> {
        let limit = DescriptorLimit::raise().connections();
        if plan.connections > limit {
            let message = format!("the descriptor limit leaves room for {limit} connections only");
            return Err(Failure::new(Sort::Argument, message, "raise the limit: ulimit -Hn 65536"));
        }
        let fail = |error| unreachable(&plan.url, &error);
        let target = Target::resolve(&plan.url).map_err(fail)?;
        let mut driver = Self {
            plan,
            ring,
            target,
            poll: Poll::new().map_err(fail)?,
            connections: Vec::with_capacity(plan.connections),
            listed: Vec::new(),
            cut: match (plan.faults.trickle, plan.faults.split) {
                (Some(most), _) => Cut::To(most),
                (None, true) => Cut::Anywhere,
                (None, false) => Cut::Whole,
            },
            room: vec![0; ROOM],
            clock: Clock::start(),
            tally: Tally::new(plan.samples.is_some()),
            deadline: 0,
            busy: 0,
        };
        for index in 0..plan.connections {
            let connection = driver.open(index).map_err(fail)?;
            driver.connections.push(connection);
        }
        Ok(driver)
    }

    /// Measures until the time is up and the last replies have come.
    ///
    /// # Errors
    /// The operating system cannot poll.
    pub fn run(mut self, bar: Bar) -> Result<Outcome, Failure> {
        let failed =
            |error: io::Error| Failure::new(Sort::Broken, format!("cannot poll: {error}"), "");
        self.clock = Clock::start();
        self.deadline = nanos(self.plan.duration);
        let (cpu_before, waited_before) = (thread_time(), waited_for_processor());
        let now = self.measure(&bar).map_err(failed)?;
        let (frames, elapsed) = (self.tally.answered, Duration::from_nanos(now));
        let cpu = thread_time().saturating_sub(cpu_before);
        let waited = waited_for_processor().zip(waited_before);
        let waited = waited.map(|(after, before)| after.saturating_sub(before));
        bar.finish();
        self.drain(now.saturating_add(nanos(GRACE))).map_err(failed)?;
        let took = match self.plan.pace {
            Pace::Open { .. } => Duration::from_nanos(self.busy),
            Pace::Closed | Pace::Idle => cpu,
        };
        Ok(Outcome {
            frames,
            elapsed,
            client_cpu: took.as_secs_f64() / elapsed.as_secs_f64(),
            client_waited: waited.unwrap_or_default().as_secs_f64() / elapsed.as_secs_f64(),
            standing: self.connections.iter().filter(|connection| !connection.is_lost).count(),
            tally: self.tally,
        })
    }

    /// Sends and receives up to the deadline; returns the moment at which it ended.
    fn measure(&mut self, bar: &Bar) -> io::Result<u64> {
        let mut events = Events::with_capacity(EVENTS);
        let mut now = 0;
        self.begin();
        while now < self.deadline && self.stands() {
            self.step(&mut events, self.timeout(now))?;
            now = self.clock.now();
            bar.show(now, self.tally.answered);
        }
        Ok(now)
    }

    /// Waits for the replies that are still to come, at most until `end`.
    fn drain(&mut self, end: u64) -> io::Result<()> {
        let mut events = Events::with_capacity(EVENTS);
        while self.in_flight() > 0 && self.stands() && self.clock.now() < end {
            self.step(&mut events, TICK)?;
        }
        self.tally.unanswered += self.in_flight();
        Ok(())
    }

    fn open(&self, index: usize) -> io::Result<Connection> {
        let mut stream = self.target.open(self.plan, index + 1)?.into_stream()?;
        stream.register(self.poll.registry(), Token(index))?;
        Ok(Connection::new(stream, self.ring, index))
    }

    /// Fills every pipeline for the first time, where replies set the pace.
    fn begin(&mut self) {
        if self.plan.pace == Pace::Closed {
            for index in 0..self.connections.len() {
                let now = self.clock.now();
                self.refill(index, now);
                self.flush(index);
            }
        }
    }

    /// One round: sleeps until something happens, at most `timeout`, and sees to all of it.
    fn step(&mut self, events: &mut Events, timeout: Duration) -> io::Result<()> {
        match self.poll.poll(events, Some(timeout)) {
            Err(error) if error.kind() != io::ErrorKind::Interrupted => return Err(error),
            _ => {}
        }
        let woken = self.clock.now();
        for event in &*events {
            self.turn(event.token().0, event.is_read_closed());
        }
        for index in std::mem::take(&mut self.listed) {
            self.connections[index].is_listed = false;
            if !self.connections[index].is_lost {
                self.flush(index);
            }
        }
        let issued = self.issue(woken);
        if issued || !events.is_empty() {
            self.busy += self.clock.now() - woken;
        }
        Ok(())
    }

    /// Reads, asks again, writes.
    fn turn(&mut self, index: usize, to_end: bool) {
        let connection = &mut self.connections[index];
        if connection.is_lost {
            return;
        }
        let (room, tally) = (&mut self.room, &mut self.tally);
        let now = connection.receive(room, self.ring, tally, self.clock, to_end);
        if connection.is_lost {
            return self.replace(index);
        }
        if self.plan.pace == Pace::Closed {
            self.refill(index, now);
        }
        self.flush(index);
    }

    /// Fills the pipeline of a connection.
    #[inline]
    fn refill(&mut self, index: usize, now: u64) {
        let connection = &mut self.connections[index];
        let room = self.plan.pipeline - connection.in_flight;
        if room > 0 && now < self.deadline {
            connection.release(self.ring, room, now, now);
            self.tally.sent += room as u64;
        }
    }

    /// Writes what a connection owes; what is held back is on the list for the next round.
    fn flush(&mut self, index: usize) {
        let connection = &mut self.connections[index];
        let flushed = connection.flush(self.ring, &self.cut);
        if connection.is_lost {
            self.replace(index);
        } else if flushed == Flushed::HeldBack && !connection.is_listed {
            connection.is_listed = true;
            self.listed.push(index);
        }
    }

    /// Opens another connection for one that the server has closed, unless it never answered on
    /// it: then it would close the next one too.
    fn replace(&mut self, index: usize) {
        let old = &self.connections[index];
        self.tally.lost += 1;
        self.tally.unanswered += old.in_flight as u64;
        let goes_on = old.was_answered && self.clock.now() < self.deadline;
        let replacement = if goes_on { self.open(index).ok() } else { None };
        match replacement {
            Some(connection) => {
                self.connections[index] = connection;
                if self.plan.pace == Pace::Closed {
                    let now = self.clock.now();
                    self.refill(index, now);
                    self.connections[index].is_listed = true;
                    self.listed.push(index);
                }
            }
            None => self.connections[index].in_flight = 0,
        }
    }

    /// Sends what the clock says is due; whether there was anything. A connection whose pipeline
    /// is full is passed over; while all are, requests wait, and their time counts.
    fn issue(&mut self, now: u64) -> bool {
        let Pace::Open { rate } = self.plan.pace else {
            return false;
        };
        let due = pace::due(rate, now.min(self.deadline));
        let before = self.tally.sent;
        while self.tally.sent < due {
            let Some(index) = self.next_free() else { break };
            let intended = pace::intended(rate, self.tally.sent);
            self.connections[index].release(self.ring, 1, intended, self.clock.now());
            self.tally.sent += 1;
            self.flush(index);
        }
        self.tally.sent > before
    }

    /// The next connection in turn that may send.
    fn next_free(&self) -> Option<usize> {
        let count = self.connections.len();
        let first = usize::try_from(self.tally.sent % count as u64).unwrap_or(0);
        (first..count).chain(0..first).find(|index| {
            let connection = &self.connections[*index];
            !connection.is_lost && connection.in_flight < self.plan.pipeline
        })
    }

    /// How long the poll may sleep.
    fn timeout(&self, now: u64) -> Duration {
        if !self.listed.is_empty() {
            return Duration::ZERO;
        }
        let until = match self.plan.pace {
            Pace::Open { rate } => pace::intended(rate, self.tally.sent),
            Pace::Closed | Pace::Idle => u64::MAX,
        };
        let wait = Duration::from_nanos(until.min(self.deadline).saturating_sub(now));
        if wait < SLEEP { Duration::ZERO } else { (wait - SLEEP).min(TICK) }
    }

    fn in_flight(&self) -> u64 {
        self.connections.iter().map(|connection| connection.in_flight as u64).sum()
    }

    /// Whether there is any connection left.
    fn stands(&self) -> bool {
        self.connections.iter().any(|connection| !connection.is_lost)
    }
}
