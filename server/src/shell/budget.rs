//! The budget of a turn: owns how many bytes one may read, so that slow handlers do not make it
//! long, how many turns may pass until replies are sent, and for how long those who come second may
//! have theirs.
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

/// So many turns in a row at most: few enough that what they answered lies in the processor's
/// cache until it is sent.
const LONGEST_ROW: u16 = 8;

/// How long replies may wait for the end of their row.
const ROW: Duration = Duration::from_micros(64);

/// For so long connections that come second have their turns in a round, and one of them at least.
const SECONDS: Duration = Duration::from_micros(200);

/// The same while others ask for little: they wait for so long, and for a turn and the end of its
/// row.
const SECONDS_BESIDE_OTHERS: Duration = Duration::from_micros(32);

/// After so many rounds without anybody who asks for little nobody is waited for. It takes 33 ms at
/// least, so who asks some thirty times a second is not forgotten.
const REMEMBERED: u16 = 1024;

/// What a turn may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget {
    room: usize,
    row: u16,
    /// Rounds until whoever asked for little is forgotten.
    remembered: u16,
}

impl Default for Budget {
    fn default() -> Self {
        Self { room: READ_ROOM, row: 1, remembered: 0 }
    }
}

impl Budget {
    /// Bytes that a turn may read, from the longest frame to [`READ_ROOM`].
    #[must_use]
    pub const fn room(self) -> usize {
        self.room
    }

    /// Turns that may pass until what they answered is sent, at least 1.
    #[must_use]
    pub const fn row(self) -> usize {
        self.row as usize
    }

    /// How long those who come second may have their turns in a round, in which others have had
    /// theirs or not.
    pub fn seconds(&mut self, beside_others: bool) -> Duration {
        self.remembered =
            if beside_others { REMEMBERED } else { self.remembered.saturating_sub(1) };
        if self.remembered > 0 { SECONDS_BESIDE_OTHERS } else { SECONDS }
    }

    /// A round with so many turns took this long.
    pub fn handle_round(&mut self, took: Duration, turns: u32) {
        let turn = took / turns.max(1);
        let nanos = u32::try_from(turn.as_nanos()).unwrap_or(u32::MAX);
        let fit = ROW.subsec_nanos() / nanos.max(1);
        self.row = u16::try_from(fit).unwrap_or(LONGEST_ROW).clamp(1, LONGEST_ROW);
        if took <= LONG && self.room == READ_ROOM {
            return;
        }
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
        assert_eq!(budget.room(), READ_ROOM);
    }

    #[test]
    fn replies_wait_for_short_turns_only() {
        let mut budget = Budget::default();
        let mut row = |took, turns| {
            budget.handle_round(took, turns);
            budget.row()
        };
        assert_eq!(row(50 * ROW, 100), 2);
        assert_eq!(row(ROW, 100), 8);
        assert_eq!(row(2 * ROW, 1), 1);
        assert_eq!(row(Duration::ZERO, 1), 8);
    }

    #[test]
    fn who_asks_for_a_lot_has_less_time_while_others_ask_for_little() {
        let mut budget = Budget::default();
        assert_eq!(budget.seconds(false), SECONDS, "nobody else is there");
        assert_eq!(budget.seconds(true), SECONDS_BESIDE_OTHERS);
        let beside = (0..3000).take_while(|_| budget.seconds(false) < SECONDS).count();
        assert_eq!(beside, 1023, "they are remembered for a while");
        assert_eq!([true, false].map(|others| budget.seconds(others)), [SECONDS_BESIDE_OTHERS; 2]);
    }

    #[test]
    fn a_round_without_a_turn_counts_as_one() {
        let mut budget = Budget::default();
        budget.handle_round(4 * MS, 0);
        assert_eq!(budget.room(), READ_ROOM / 2);
    }
}
