//! The event loop: owns the one thread on which sockets, engine and plugins meet.
//!
//! A round of the loop: sleep until something happens, sort the events, accept, give every ready
//! connection its turn, take the messages of other threads, run the errands of plugins, judge
//! deadlines, tell what happened.

use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

use hotframe_core::{ConnectionId, Engine, Moment};
use mio::event::Event;
use mio::{Events, Poll, Token};

use super::clock::Clock;
use super::hearing::Hearing;
use super::listeners::Listeners;
use super::loop_core::{LoopCore, Stop};
use super::mailbox::{Mailbox, Postman, mailbox};
use super::pulse::Pulse;
use super::row::Row;
use super::signals::{Signal, Signals};
use super::steward::Steward;
use super::turns::Turns;
use crate::plugins::{self, Host};

const SIGNALS: Token = Token(usize::MAX - 1);
const MAILBOX: Token = Token(usize::MAX - 2);
/// Listener tokens; the slots of connection ids stay below.
pub const LISTENERS: Token = Token(usize::MAX - 1024);
const EVENTS: usize = 4096;
/// A poll that took longer may have seen what there was before a pause of the process, which stops
/// it behind its look: deadlines are judged after the next one, which does not sleep.
const FRESH: Duration = Duration::from_millis(100);

/// The loop before and while it runs.
pub struct EventLoop<S: Steward> {
    poll: Poll,
    pub(super) clock: Clock,
    pub(super) core: LoopCore,
    pub(super) row: Row,
    mailbox: Mailbox<S::Message>,
    signals: Signals,
    pub(super) steward: S,
    hearing: Hearing,
    pub(super) pulse: Arc<Pulse>,
}

/// What a loop is made of before it has a steward.
#[derive(Debug)]
pub struct Foundation<M> {
    poll: Poll,
    mailbox: Mailbox<M>,
    signals: Signals,
    listeners: Listeners,
    /// Reaches the loop from other threads.
    pub postman: Postman<M>,
    /// What the loop leaves of itself for the watchdog.
    pub pulse: Arc<Pulse>,
}

impl<M> Foundation<M> {
    /// Opens the poll and the mailbox. The listeners are bound already and start to accept with
    /// [`LoopCore::open_doors`]; the signals are heard already.
    ///
    /// # Errors
    /// What the operating system says.
    pub fn lay(listeners: Listeners, mut signals: Signals) -> io::Result<Self> {
        let poll = Poll::new()?;
        let (mailbox, postman) = mailbox(&poll, MAILBOX)?;
        signals.register(poll.registry(), SIGNALS)?;
        Ok(Self { poll, mailbox, signals, listeners, postman, pulse: Arc::default() })
    }
}

impl<S: Steward> EventLoop<S> {
    /// Puts the loop together; it runs with [`EventLoop::run`].
    ///
    /// # Errors
    /// What the operating system says.
    pub fn new(
        foundation: Foundation<S::Message>,
        engine: Engine<Host>,
        steward: S,
        start: Instant,
    ) -> io::Result<Self> {
        let Foundation { poll, mailbox, signals, listeners, postman: _, pulse } = foundation;
        let clock = Clock::starting(start);
        let now = clock.now();
        let core = LoopCore::new(engine, listeners, poll.registry().try_clone()?, now);
        let (row, hearing) = (Row::default(), Hearing::default());
        Ok(Self { poll, clock, core, row, mailbox, signals, steward, hearing, pulse })
    }

    /// Runs until a stop was asked for and everything owed is sent, or the engine's grace for it
    /// has passed. Gives back what is left to be put away.
    ///
    /// # Errors
    /// When the operating system refuses to poll: nothing can be served then.
    pub fn run(mut self) -> io::Result<(LoopCore, S)> {
        let mut events = Events::with_capacity(EVENTS);
        loop {
            let looked = self.clock.now();
            let sleep = self.sleep(looked);
            self.pulse.rest();
            let polled = self.poll.poll(&mut events, sleep);
            self.pulse.wake();
            match polled {
                // After a pause of the process this is how it goes on. Nothing was looked at yet,
                // so nobody may be judged.
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
                Ok(()) => {}
            }
            let woken = self.clock.now();
            self.core.now = woken;
            let seen = events.iter().map(|event| self.sort(event)).count();
            self.accept();
            let turns = self.take_turns();
            self.take_messages();
            self.pulse.beat();
            self.steward.handle_errands(&mut self.core);
            self.judge_deadlines(woken.since(looked) <= FRESH, seen < EVENTS, turns);
            plugins::rest();
            self.pulse.beat();
            self.steward.handle_sightings(&mut self.core);
            self.steward.handle_round(&mut self.core);
            if self.is_over() {
                self.pulse.end();
                return Ok((self.core, self.steward));
            }
            self.core.handle_round(woken, self.clock.now(), turns.all());
            self.steward.handle_rest(self.core.lag.newest(), &mut self.core);
        }
    }

    fn sleep(&self, now: Moment) -> Option<Duration> {
        let core = &self.core;
        if core.sockets.waiting() != (0, 0) || core.listeners.any_ready() {
            return Some(Duration::ZERO);
        }
        let wakes = [
            core.engine.poll_wake(),
            core.listeners.next_retry(),
            core.drain_end(),
            self.steward.next_wake(core),
        ];
        wakes.into_iter().flatten().min().map(|moment| moment.since(now))
    }

    fn sort(&mut self, event: &Event) {
        let core = &mut self.core;
        match event.token() {
            MAILBOX => {}
            SIGNALS => {
                for signal in self.signals.pending() {
                    match signal {
                        Signal::Stop => core.insist(),
                        Signal::Reread => self.steward.handle_reread(),
                    }
                }
            }
            token if core.listeners.handle_event(token) => {}
            token => {
                let Some(id) = ConnectionId::from_bits(token.0 as u64) else {
                    return;
                };
                if let Some(socket) = core.sockets.find(id) {
                    socket.readable |= event.is_readable() || event.is_error();
                    socket.hangup |= event.is_read_closed();
                    socket.writable |= event.is_writable();
                    core.sockets.make_ready(id);
                    if event.is_error() && !core.engine.wants_read(id) {
                        // A reset. No read would tell of it, and what is waited for is in vain.
                        core.engine.handle_lost(id, core.now);
                    }
                }
            }
        }
    }

    fn accept(&mut self) {
        let now = self.core.now;
        let mut arrivals = Vec::new();
        self.core.listeners.accept(now, |arrival| arrivals.push(arrival));
        for arrival in arrivals {
            self.core.take_in(arrival);
        }
    }

    fn take_messages(&mut self) {
        while let Some(message) = self.mailbox.take() {
            self.pulse.beat();
            self.steward.handle_message(message, &mut self.core);
        }
        self.core.judge_drain();
        if self.core.stop == Stop::Asked {
            self.core.stop = Stop::UnderWay;
            self.core.close_doors();
            self.hear_out();
            self.core.engine.handle_shutdown(self.core.now);
            self.steward.handle_stop(&mut self.core);
        }
    }

    /// Judges deadlines once what has come is read: after a pause of the whole process the input
    /// that lies ready proves that a peer is alive.
    fn judge_deadlines(&mut self, is_fresh: bool, has_seen_all: bool, turns: Turns) {
        self.serve_touched(false);
        let all_are_heard = self.hearing.is_over(has_seen_all, turns.second, turns.left);
        if is_fresh && all_are_heard {
            self.core.engine.handle_due(self.core.now);
            self.serve_touched(true);
        }
    }

    fn is_over(&self) -> bool {
        let is_ending = matches!(self.core.stop, Stop::UnderWay | Stop::Forced);
        is_ending && self.core.engine.is_drained()
    }
}
