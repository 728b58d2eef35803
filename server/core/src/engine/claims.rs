//! Credentials are judged elsewhere: claims go out, verdicts come in.

use crate::{Access, Claim, ConnectionId, Engine, Handlers, Judged, Moment};

impl<H: Handlers> Engine<H> {
    /// From now on clients must show this. Whoever has shown a good credential stays known.
    pub fn set_access(&mut self, access: Access) {
        self.desk.access = access;
        self.desk.weigh_if_needed();
    }

    /// The oldest credential that somebody has to judge. Every claim gets a verdict, or its
    /// connection ends.
    pub fn poll_claim(&mut self) -> Option<Claim> {
        while let Some(claim) = self.desk.claims.pop_front() {
            let connection = self.connections.at(claim.connection.0);
            if connection.is_some_and(|found| found.is_claiming) {
                return Some(claim);
            }
        }
        None
    }

    /// Whether there are claims to be fetched.
    pub fn has_claims(&self) -> bool {
        !self.desk.claims.is_empty()
    }

    /// A claim was judged: its HELLO is answered, and the connection goes on. Nothing happens if
    /// it has none, or is gone.
    pub fn handle_judged(&mut self, id: ConnectionId, judged: Judged, now: Moment) {
        let Some(mut turn) = self.turn(id, now) else {
            return;
        };
        turn.judge_claim(judged);
        self.close_displaced();
        self.work_off(id, now);
        self.touch(id);
    }
}
