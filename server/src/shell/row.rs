//! A row of turns: owns the loop's read buffer, and what was read into it for each of some
//! connections that have their turns together.

use std::ops::Range;

use hotframe_core::{ConnectionId, MAX_CARRY};

use super::turn::Intake;

/// No more is read for a row than fits into the processor's nearest cache, but for its last turn.
const ROOM: usize = 16 * 1024;

/// The turns of a row.
#[derive(Debug)]
pub(super) struct Row {
    buffer: Box<[u8]>,
    filled: usize,
    /// In the order in which they were read.
    pub seats: Vec<Seat>,
}

/// One connection of a row.
#[derive(Clone, Copy, Debug)]
pub(super) struct Seat {
    pub id: ConnectionId,
    pub intake: Intake,
    start: usize,
}

impl Default for Row {
    fn default() -> Self {
        let buffer = vec![0; ROOM + MAX_CARRY].into_boxed_slice();
        Self { buffer, filled: 0, seats: Vec::new() }
    }
}

impl Row {
    /// The room for what the next connection hands in.
    pub fn room(&mut self) -> &mut [u8] {
        &mut self.buffer[self.filled..]
    }

    /// A connection handed this in, at the front of the room.
    pub fn seat(&mut self, id: ConnectionId, intake: Intake) {
        self.seats.push(Seat { id, intake, start: self.filled });
        self.filled += intake.len;
    }

    /// Whether nobody else is to be seated where there are `most` seats.
    pub fn is_full(&self, most: usize) -> bool {
        self.seats.len() >= most || self.filled >= ROOM
    }

    /// What a connection handed in.
    pub fn bytes(&self, seat: &Seat) -> &[u8] {
        &self.buffer[seat.span()]
    }

    /// Everybody has had a turn.
    pub fn clear(&mut self) {
        self.seats.clear();
        self.filled = 0;
    }
}

impl Seat {
    const fn span(&self) -> Range<usize> {
        self.start..self.start + self.intake.len
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn intake(len: usize) -> Intake {
        let mut intake = Intake::default();
        intake.len = len;
        intake
    }

    #[test]
    fn what_each_handed_in_stays_until_the_row_is_over() {
        let id = |slot| ConnectionId::from_bits(1 << 32 | slot).unwrap();
        let mut row = Row::default();
        for (slot, text) in [b"first".as_slice(), b"", b"third"].into_iter().enumerate() {
            row.room()[..text.len()].copy_from_slice(text);
            row.seat(id(slot as u64), intake(text.len()));
        }
        let bytes: Vec<_> = row.seats.iter().map(|seat| row.bytes(seat)).collect();
        assert_eq!(bytes, [b"first".as_slice(), b"", b"third"]);
        assert!(row.is_full(3) && !row.is_full(4));
        row.clear();
        assert!(!row.is_full(1) && row.room().len() == ROOM + MAX_CARRY);
    }

    #[test]
    fn there_is_room_for_the_longest_turn_until_the_row_is_full() {
        let mut row = Row::default();
        while !row.is_full(usize::MAX) {
            assert!(row.room().len() >= MAX_CARRY);
            let id = ConnectionId::from_bits(1 << 32).unwrap();
            row.seat(id, intake(5000));
        }
        assert_eq!(row.seats.len(), 4);
    }
}
