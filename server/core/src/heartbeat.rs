//! The heartbeat: how long a peer may be silent, and the probe that asks whether it lives.

use core::time::Duration;

use hotframe_protocol::{Command, Frame, Kind, seal};

use crate::connection::Connection;
use crate::turn::Turn;
use crate::{CloseReason, Handlers, Moment, builtin};

/// What is expected of a peer that says nothing, and of a session without a connection.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Heartbeat {
    /// Silence after which a connection is idle, and is probed with a PING request.
    pub idle_after: Duration,
    /// How long the silence may go on after the probe; then the connection is closed.
    pub probe_timeout: Duration,
    /// How long a session outlives its connection.
    pub session_timeout: Duration,
    /// Whether a second HELLO for a client that is connected takes its session over; otherwise it
    /// is refused with 1009.
    pub takeover: bool,
}

impl Heartbeat {
    /// What is in force where nothing is set.
    pub const DEFAULT: Self = Self {
        idle_after: Duration::from_secs(30),
        probe_timeout: Duration::from_secs(10),
        session_timeout: Duration::from_secs(90),
        takeover: true,
    };
}

impl Default for Heartbeat {
    fn default() -> Self {
        Self::DEFAULT
    }
}

/// The probe's address: that of the link itself.
const LINK: u8 = 0;

impl Connection {
    /// Whether it was probed and nothing has come since.
    #[inline]
    pub fn is_probed(&self) -> bool {
        self.last_received < self.probed
    }

    /// When its silence is to be judged: it is to be probed, or the probe had its time.
    pub fn silence_end(&self, heartbeat: &Heartbeat) -> Moment {
        if !self.profile.probes() || !self.is_open() || self.eof {
            Moment::NEVER
        } else if self.is_probed() {
            self.probed.after(heartbeat.probe_timeout)
        } else {
            self.last_received.after(heartbeat.idle_after)
        }
    }
}

impl<H: Handlers> Turn<'_, H> {
    /// Judges the peer's silence, if it is time to; whether that changed something.
    pub fn judge_silence(&mut self) -> bool {
        let limits = &self.desk.limits;
        if self.connection.silence_end(&limits.heartbeat) > self.now {
            return false;
        }
        if self.connection.is_pressed(limits) || self.connection.held {
            // We do not read: that nothing is heard is not the peer's fault.
            self.connection.last_received = self.now;
            return false;
        }
        if self.connection.is_probed() {
            self.cut_off(CloseReason::Unresponsive);
        } else {
            self.probe();
        }
        true
    }

    /// Sends a PING request. It has no place in the order of the replies: it leaves ahead of what
    /// waits for a deferred one.
    fn probe(&mut self) {
        let connection = &mut *self.connection;
        let room = connection.outgoing.room(&mut self.desk.pool);
        let len = seal(room, LINK, Command::new(Kind::Request, builtin::PING), 0);
        connection.outgoing.send(len);
        connection.probed = self.now;
        connection.probes = connection.probes.saturating_add(1);
        connection.frames_out += 1;
        self.desk.counters.frames_out += 1;
        self.desk.counters.probes += 1;
    }

    /// A reply or an error came in: the answer to a probe, to a question, or to nothing.
    #[cold]
    pub fn take_reply(&mut self, frame: &Frame<'_>) {
        if self.connection.probes > 0 && frame.command.number() == builtin::PING {
            self.connection.probes -= 1;
            self.desk.counters.probes_answered += 1;
        } else if self.desk.questions.is_empty() || !self.take_answer(frame) {
            self.desk.counters.replies_dropped += 1;
        }
    }
}
