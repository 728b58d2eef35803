//! Who asks a handler: for the first time, or once more.

use crate::life::{Life, Retrying, Running};
use crate::{ConnectionId, Moment};

/// Who asks. Made once a turn: what is handed to a function out of line has to lie in memory.
pub(crate) struct Asker {
    pub connection: ConnectionId,
    pub now: Moment,
    /// What a request has behind it that failed before.
    pub again: Option<Again>,
}

/// A request that failed before.
#[derive(Clone, Copy)]
pub(crate) struct Again {
    pub life: Life<Retrying>,
    /// The number of its frame.
    pub number: u64,
    /// When its bytes were handed in.
    pub since: Moment,
    /// When the time for all tries is over.
    pub until: Moment,
    /// Whether what becomes of it is to be told.
    pub is_wanted: bool,
}

impl Asker {
    /// When the time that its route gives it is over, which has a timeout of so many nanoseconds.
    pub fn until(&self, timeout: u64) -> Moment {
        self.again.map_or_else(|| self.now.after_nanos(timeout), |again| again.until)
    }

    /// Its life, now that a handler has it.
    pub fn running(&self) -> Life<Running> {
        self.again.map_or_else(|| Life::taken().run(), |again| again.life.run())
    }
}
