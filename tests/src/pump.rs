//! One direction of a connection through the fault proxy.

use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::{Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

use rustix::net::connect_unspec;

use crate::faults::{End, Faults};
use crate::rng::Rng;
use crate::wait::DEADLINE;

/// How long more bytes are waited for where some are held back.
const PATIENCE: Duration = Duration::from_millis(10);

/// What passed in one direction.
#[derive(Clone, Debug)]
pub struct Passed {
    /// What came from the one who sends.
    pub sent: Vec<u8>,
    /// What was passed on, faults and all.
    pub arrived: Vec<u8>,
    /// How it ended.
    pub ended: Ended,
}

/// How a direction ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// With all that was sent.
    Whole,
    /// In good order, and before its time.
    Short,
    /// The connection was reset.
    Reset,
    /// The other side took no more, or sent a reset.
    Refused,
}

/// Whether the connection is reset; both directions wait on it.
#[derive(Debug, Default)]
pub(crate) struct Cut {
    is_cut: Mutex<bool>,
    changed: Condvar,
}

/// A running direction.
pub(crate) struct Pump<'a> {
    pub from: &'a TcpStream,
    pub to: &'a TcpStream,
    pub faults: Faults,
    pub chance: Rng,
    pub cut: &'a Cut,
}

impl Cut {
    /// Resets the connection, whose sockets these are.
    fn reset(&self, sockets: [&TcpStream; 2]) {
        *self.is_cut.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.changed.notify_all();
        for socket in sockets {
            // An error means that the other side was faster.
            let _ = connect_unspec(socket);
        }
    }

    fn is_cut(&self) -> bool {
        *self.is_cut.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets time pass, as long as the connection is not reset.
    fn pass(&self, time: Duration) {
        let lock = self.is_cut.lock().unwrap_or_else(PoisonError::into_inner);
        drop(self.changed.wait_timeout_while(lock, time, |cut| !*cut));
    }
}

impl Pump<'_> {
    /// Passes bytes on until the direction ends.
    pub fn run(mut self) -> Passed {
        let mut passed = Passed { sent: Vec::new(), arrived: Vec::new(), ended: Ended::Whole };
        self.from.set_read_timeout(Some(PATIENCE)).expect("a timeout that is not zero");
        let mut held = Vec::new();
        let mut room = [0; 16 * 1024];
        let (mut is_over, mut heard) = (false, Instant::now());
        while passed.ended == Ended::Whole && !is_over {
            let mut more = false;
            match (&mut &*self.from).read(&mut room) {
                Ok(0) => is_over = true,
                Ok(count) => {
                    let piece = &mut room[..count];
                    let at = passed.sent.len();
                    passed.sent.extend_from_slice(piece);
                    self.faults.spoil(at, piece);
                    held.extend_from_slice(piece);
                    more = held.len() < self.faults.hold;
                    heard = Instant::now();
                }
                Err(error) if is_patience(error.kind()) => {
                    assert!(heard.elapsed() < 4 * DEADLINE, "neither bytes nor the end");
                }
                Err(_) => passed.ended = Ended::Refused,
            }
            if self.cut.is_cut() {
                passed.ended = Ended::Reset;
            } else if !more {
                self.pass_on(&mut held, &mut passed);
            }
        }
        if matches!(passed.ended, Ended::Whole | Ended::Refused) {
            self.finish();
        }
        // Who still sends must not be stuck, nor wait for an end that was lost with a reset.
        if matches!(passed.ended, Ended::Short | Ended::Refused) {
            self.discard(&mut passed.sent);
        }
        passed
    }

    /// Passes on what is held, in pieces, up to where the direction is to end.
    fn pass_on(&mut self, held: &mut Vec<u8>, passed: &mut Passed) {
        let mut rest = &held[..];
        while !rest.is_empty() {
            let whole = if self.faults.pieces == 0 { rest.len() } else { self.faults.pieces };
            let mut piece = whole.min(rest.len());
            let done = passed.arrived.len();
            if let Some((at, how)) = self.faults.end {
                if done >= at {
                    passed.ended = self.end(how);
                    return;
                }
                piece = piece.min(at - done);
            }
            self.wait(done, piece);
            match (&mut &*self.to).write(&rest[..piece]) {
                Ok(count) => {
                    passed.arrived.extend_from_slice(&rest[..count]);
                    rest = &rest[count..];
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(_) => {
                    let is_cut = self.cut.is_cut();
                    passed.ended = if is_cut { Ended::Reset } else { Ended::Refused };
                    return;
                }
            }
        }
        held.clear();
    }

    /// Delays the piece that begins behind `done` bytes.
    fn wait(&mut self, done: usize, piece: usize) {
        if !self.faults.delay.is_zero() {
            let percent = u32::try_from(self.chance.below(100)).unwrap_or(0);
            self.cut.pass(self.faults.delay * percent / 100);
        }
        if let Some((_, time)) = self.faults.stall.take_if(|(at, _)| *at < done + piece) {
            self.cut.pass(time);
        }
    }

    fn end(&self, how: End) -> Ended {
        match how {
            End::Reset => {
                self.cut.reset([self.from, self.to]);
                Ended::Reset
            }
            End::HalfClose => {
                self.finish();
                Ended::Short
            }
        }
    }

    fn finish(&self) {
        // An error means that the other side is gone, which its own direction tells.
        let _ = self.to.shutdown(Shutdown::Write);
    }

    /// Takes what still comes, so that nobody is stuck who sends.
    fn discard(&self, sent: &mut Vec<u8>) {
        let (mut room, heard) = ([0; 16 * 1024], Instant::now());
        while !self.cut.is_cut() {
            assert!(heard.elapsed() < 4 * DEADLINE, "neither bytes nor the end");
            match (&mut &*self.from).read(&mut room) {
                Ok(0) => return,
                Ok(count) => sent.extend_from_slice(&room[..count]),
                Err(error) if is_patience(error.kind()) => {}
                Err(_) => return,
            }
        }
    }
}

fn is_patience(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::WouldBlock | ErrorKind::TimedOut | ErrorKind::Interrupted)
}
