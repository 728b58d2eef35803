//! Planted bugs: faults at the engine's seam, to see that the checks catch them. The engine
//! itself is never changed.

use hotframe_core::{ConnectionId, Engine, Next};

use crate::plugins::Plugins;

/// Which fault is planted.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Plant {
    /// None: the run must hold.
    Nothing,
    /// Two replies that were held back behind a deferred one leave in the wrong order.
    SwappedReplies,
    /// After a swap some calls still go to the generation before.
    StaleGeneration,
    /// A connection whose peer half-closed is closed with replies still owed.
    LostOnHalfClose,
    /// A reply is sent twice.
    DoubledReply,
    /// The shell is not told that a deferred reply wants to leave.
    ForgottenTouch,
}

/// The engine, seen through the planted fault.
pub struct Subject {
    pub engine: Engine<Plugins>,
    pub plant: Plant,
}

impl Subject {
    /// What the engine wants written; `behind_deferred`: some of it was held back.
    pub fn outbound(&self, id: ConnectionId, behind_deferred: bool) -> Vec<u8> {
        let mut bytes = self.engine.outbound(id).to_vec();
        let frames = frames(&bytes);
        if let [first, second, ..] = frames[..] {
            match self.plant {
                Plant::SwappedReplies if behind_deferred => bytes[..second].rotate_left(first),
                Plant::DoubledReply => bytes.copy_within(..first.min(second - first), first),
                _ => {}
            }
        }
        bytes
    }

    /// What is to be done next with a connection; `eof`: its peer half-closed.
    pub fn poll_next(&mut self, id: ConnectionId, eof: bool) -> Next {
        match self.engine.poll_next(id) {
            Next::Keep if self.plant == Plant::LostOnHalfClose && eof => Next::Close,
            next => next,
        }
    }

    pub fn poll_touched(&mut self) -> Option<ConnectionId> {
        let id = self.engine.poll_touched()?;
        if self.plant == Plant::ForgottenTouch {
            return self.engine.poll_touched();
        }
        Some(id)
    }
}

/// Where each whole frame of `bytes` ends, as far as they are frames from the start.
fn frames(bytes: &[u8]) -> Vec<usize> {
    let (mut ends, mut at) = (Vec::new(), 0);
    while let Some([0xAA, 0xAA, _, len, ..]) = bytes.get(at..) {
        at += 8 + usize::from(*len);
        if at > bytes.len() {
            break;
        }
        ends.push(at);
    }
    ends
}
