//! The budget of a turn: owns how many bytes one may read, so that slow handlers do not make it
//! long.
//!
//! A turn answers what it has read, and nobody looks at a clock meanwhile. What handlers take of
//! time is therefore learnt from whole rounds: where a turn took too long on average, the next
//! ones read less, and where it did not, more again.

use std::time::Duration;

use hotframe_core::READ_ROOM;
use hotframe_protocol::MAX_FRAME;

/// How long a turn may take.
const LONG: Duration = Duration::from_millis(2);

/// One frame of every size is read in one go.
const LEAST: usize = MAX_FRAME;

/// How many bytes a turn may read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget {
    room: usize,
}

impl Default for Budget {
    fn default() -> Self {
        Self { room: READ_ROOM }
    }
}

impl Budget {
    /// Bytes that a turn may read, from the longest frame to [`READ_ROOM`].
    #[must_use]
    pub const fn room(self) -> usize {
        self.room
    }

    /// A round with so many turns took this long.
    pub fn handle_round(&mut self, took: Duration, turns: u32) {
        if took <= LONG && self.room == READ_ROOM {
            return;
        }
        let turn = took / turns.max(1);
        self.room = if turn > LONG {
            // Straight to what fits: by halves, a hog would hold the loop up ten times over.
            let fits = self.room as u128 * LONG.as_nanos() / turn.as_nanos();
            usize::try_from(fits).unwrap_or(LEAST).max(LEAST)
        } else if turn < LONG / 4 {
            (self.room * 2).min(READ_ROOM)
        } else {
            self.room
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: Duration = Duration::from_millis(1);

    #[test]
    fn long_turns_read_less_at_once_and_short_ones_more_again() {
        let mut budget = Budget::default();
        budget.handle_round(100 * MS, 100);
        assert_eq!(budget.room(), READ_ROOM, "many turns, none of them long");
        budget.handle_round(16 * MS, 2);
        assert_eq!(budget.room(), READ_ROOM / 4);
        budget.handle_round(MS, 1);
        assert_eq!(budget.room(), READ_ROOM / 4, "as long as it may be");
        budget.handle_round(3600 * 1000 * MS, 1);
        assert_eq!(budget.room(), LEAST);
        for _ in 0..20 {
            budget.handle_round(MS / 100, 1);
        }
        assert_eq!(budget, Budget::default());
    }

    #[test]
    fn a_round_without_a_turn_counts_as_one() {
        let mut budget = Budget::default();
        budget.handle_round(4 * MS, 0);
        assert_eq!(budget.room(), READ_ROOM / 2);
    }
}
