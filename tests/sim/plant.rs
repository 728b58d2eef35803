//! Planted bugs: faults at the engine's seam, to see that the checks catch them. The engine
//! itself is never changed.

use hotframe_core::{
    Completion, ConnectionId, Engine, Limits, Moment, Next, RouteKey, RouteSpec, RouteTable, Stale,
    Token,
};

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
    /// Of a change of the routes only the first half is applied.
    HalfRemap,
    /// Deadlines are judged before what lies ready is read.
    DeadlineBeforeInput,
    /// Now and then an answer is taken and its token never given back.
    LeakedToken,
    /// The bound on what waits for a peer does not bind.
    OutboxOverCap,
    /// Something is sent after our direction was shut down.
    ReplyAfterClose,
}

impl Plant {
    /// Every fault.
    pub const ALL: [Self; 10] = [
        Self::SwappedReplies,
        Self::StaleGeneration,
        Self::LostOnHalfClose,
        Self::DoubledReply,
        Self::ForgottenTouch,
        Self::HalfRemap,
        Self::DeadlineBeforeInput,
        Self::LeakedToken,
        Self::OutboxOverCap,
        Self::ReplyAfterClose,
    ];

    /// The limits that the engine is given in the place of these.
    pub fn limits(self, limits: &Limits) -> Limits {
        let factor = if self == Self::OutboxOverCap { 100 } else { 1 };
        let outbound_high_water = limits.outbound_high_water * factor;
        Limits { outbound_high_water, ..limits.clone() }
    }
}

/// The engine, seen through the planted fault.
pub struct Subject {
    pub engine: Engine<Plugins>,
    pub plant: Plant,
}

impl Subject {
    /// What the engine wants written; `behind_deferred`: some of it was held back, `shut`: our
    /// direction is shut down.
    pub fn outbound(&self, id: ConnectionId, behind_deferred: bool, shut: bool) -> Vec<u8> {
        let mut bytes: Vec<u8> = self.engine.all_outbound(id).flatten().copied().collect();
        if shut && self.plant == Plant::ReplyAfterClose {
            return b"\xAA\xAA\x01\x00\x80\x02\x00\x00".to_vec();
        }
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

    /// Routes are put in force.
    pub fn set_routes(&mut self, mut routes: Vec<(RouteKey, RouteSpec)>, number: u64, now: Moment) {
        if self.plant == Plant::HalfRemap {
            routes.truncate(routes.len() / 2);
        }
        self.engine.set_routes(RouteTable::of(routes, number), now);
    }

    /// A handler answers what it put off.
    pub fn handle_completion(
        &mut self,
        token: Token,
        completion: Completion<'_>,
        now: Moment,
    ) -> Result<(), Stale> {
        if self.plant == Plant::LeakedToken && token.to_bits().is_multiple_of(4) {
            return Ok(());
        }
        self.engine.handle_completion(token, completion, now)
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
