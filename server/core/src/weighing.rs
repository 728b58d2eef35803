//! Weighing: whether a request or an event is one too many, by a rate or under overload.

use hotframe_protocol::{Frame, Status};

use crate::routes::ROUTABLE;
use crate::turn::Turn;
use crate::{Handlers, builtin};

impl<H: Handlers> Turn<'_, H> {
    /// Why a request or an event is one too many, if it is.
    #[inline]
    pub fn weigh(&mut self, frame: &Frame<'_>) -> Option<Status> {
        if !self.desk.is_weighing {
            return None;
        }
        self.weigh_by_limits(frame.command.number())
    }

    /// Takes it off the connection's rate, and under overload off its allowance. A farewell is
    /// never too much; the protocol's other commands are never shed, for a client must stay known.
    #[inline(never)]
    fn weigh_by_limits(&mut self, number: u16) -> Option<Status> {
        if self.is_barred(number) {
            self.desk.counters.barred += 1;
            return Some(Status::Unauthenticated);
        }
        let (desk, connection) = (&mut *self.desk, &mut *self.connection);
        let is_raw = connection.profile.is_raw();
        if let Some(rate) = desk.limits.request_rate
            && (is_raw || number != builtin::BYE)
            && !connection.bucket.take(rate, self.now)
        {
            desk.counters.over_rate += 1;
            return Some(Status::TooManyRequests);
        }
        let burden = connection.tokens.saturating_add(connection.sync_errors);
        let is_shed = (is_raw || ROUTABLE.contains(&number))
            && desk.closing_since.is_none()
            && desk.overload.sheds(self.id, burden, self.now);
        desk.counters.shed += u64::from(is_shed);
        is_shed.then_some(Status::Overloaded)
    }
}
