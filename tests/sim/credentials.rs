//! The shadow of credentials: who may ask what, and what waits for a verdict.

use hotframe_core::{Access, ConnectionId, Judged};
use hotframe_protocol::{Kind, Status};

use crate::routing::{Taken, Verdict, refusal};
use crate::shadow::Shadow;
use crate::world::World;

/// The commands that need no credential, where one is needed.
const ALLOWED: [u16; 2] = [0x0002, 0x0101];

/// What clients must show.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Guard {
    /// Nothing.
    #[default]
    Open,
    /// What they like; it is checked.
    Checked,
    /// A good credential.
    Required,
}

impl World {
    /// Something else must be shown from now on.
    pub fn guard(&mut self) {
        let guards = [Guard::Open, Guard::Checked, Guard::Required];
        self.guard = guards[self.rng.below(3)];
        self.say(format_args!("{:?}", self.guard));
        let access = match self.guard {
            Guard::Open => Access::open(),
            guard => Access::checked(guard == Guard::Required, ALLOWED),
        };
        self.subject.engine.set_access(access);
        self.check();
    }

    /// Somebody judges the oldest claim.
    pub fn judge_one(&mut self) {
        if let Some(claim) = self.subject.engine.poll_claim() {
            self.claims.push_back(claim.connection);
        }
        let Some(id) = self.claims.pop_front() else {
            return;
        };
        let nobody = [Status::HandlerUnavailable, Status::Timeout][self.rng.below(2)];
        let judged = match self.rng.below(6) {
            0 => Judged::Good,
            1..=2 => Judged::Bad,
            3 => Judged::TooMany,
            _ => Judged::Unjudged(nobody),
        };
        self.say(format_args!("{id} is judged: {judged:?}"));
        if let Some(shadow) = self.shadows.get_mut(&id)
            && shadow.claim.is_some()
        {
            shadow.judged = Some(judged);
        }
        self.subject.engine.handle_judged(id, judged, self.now);
        self.check();
    }

    /// Whether a frame is refused because nothing was shown.
    pub fn is_barred(&self, shadow: &Shadow, frame: &Taken) -> bool {
        let (raw, name) = (shadow.is_raw(), frame.name(shadow.is_raw()));
        let is_free = !raw && (matches!(name, 1 | 3) || ALLOWED.contains(&name));
        self.guard == Guard::Required && shadow.profile.auth && !shadow.is_known && !is_free
    }

    /// Whether a HELLO is judged before it is answered.
    pub fn is_claim(&self, shadow: &Shadow, frame: &Taken) -> bool {
        let mut parts = frame.data.split(|&byte| byte == 0);
        let has_name = parts.next().is_some_and(|name| !name.is_empty());
        let must = self.guard == Guard::Required && shadow.profile.auth;
        let is_request = frame.command.kind() == Kind::Request;
        self.guard != Guard::Open && is_request && has_name && (must || parts.next().is_some())
    }

    /// The verdict that the engine heard is what the HELLO is answered by.
    pub fn follow_verdict(&mut self, id: ConnectionId, shadow: &mut Shadow) {
        let Some(judged) = shadow.judged.take() else {
            return;
        };
        let frame = shadow.claim.take().expect("there was a claim");
        let verdict = match judged {
            Judged::Good => {
                shadow.is_known = true;
                self.clients.verdict(id, &frame, shadow.probe, &self.limits)
            }
            Judged::Bad => refusal(1002, 1),
            Judged::TooMany => refusal(1029, 1),
            Judged::Unjudged(status) => refusal(status.code(), 1),
        };
        self.ledger.frames_out += 1;
        self.ledger.errors_out += u64::from(matches!(verdict, Verdict::Error(_)));
        shadow.answer(&frame, &verdict);
    }
}
