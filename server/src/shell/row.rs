//! A row of turns: owns the loop's read buffer, and what was read into it for each of some
//! connections that have their turns together.

use std::ops::Range;

use hotframe_core::{ConnectionId, MAX_CARRY};

use super::turn::Intake;

/// What was read is answered when it is so much: about as much as the processor's nearest cache
/// holds beside the replies.
const ROOM: usize = 16 * 1024;

/// The turns of a row.
#[derive(Debug)]
pub(super) struct Row {
    buffer: Box<[u8]>,
    filled: usize,
    seats: Vec<Seat>,
    /// How many were answered.
    answered: usize,
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
        Self { buffer, filled: 0, seats: Vec::new(), answered: 0 }
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

    /// Whether somebody has to be answered before the next one is read.
    pub const fn is_filled(&self) -> bool {
        self.filled >= ROOM
    }

    /// How many are seated.
    pub const fn len(&self) -> usize {
        self.seats.len()
    }

    /// The next one to be answered, in the order in which they were read. The room is free again
    /// behind the last.
    pub fn next_to_answer(&mut self) -> Option<Seat> {
        let seat = self.seats.get(self.answered).copied();
        match seat {
            Some(_) => self.answered += 1,
            None => self.filled = 0,
        }
        seat
    }

    /// What a connection handed in, until the next one is read.
    pub fn bytes(&self, seat: &Seat) -> &[u8] {
        &self.buffer[seat.span()]
    }

    /// All who are to be sent to. Nobody is seated any more.
    pub fn take(&mut self) -> Vec<Seat> {
        debug_assert_eq!(self.answered, self.seats.len(), "who is sent to was answered");
        self.answered = 0;
        std::mem::take(&mut self.seats)
    }

    /// Gives back the list of a row that is over, for the next one.
    pub fn give_back(&mut self, mut seats: Vec<Seat>) {
        seats.clear();
        self.seats = seats;
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

    fn id(slot: usize) -> ConnectionId {
        ConnectionId::from_bits(1 << 32 | slot as u64).unwrap()
    }

    #[test]
    fn what_each_handed_in_stays_until_it_is_answered() {
        let mut row = Row::default();
        let texts = [b"first".as_slice(), b"", b"third"];
        for (slot, text) in texts.into_iter().enumerate() {
            row.room()[..text.len()].copy_from_slice(text);
            row.seat(id(slot), intake(text.len()));
        }
        for text in texts {
            let seat = row.next_to_answer().unwrap();
            assert_eq!(row.bytes(&seat), text);
        }
        assert!(row.next_to_answer().is_none());
        row.seat(id(3), intake(7));
        assert_eq!(row.next_to_answer().map(|seat| (seat.id, seat.start)), Some((id(3), 0)));
        let seats = row.take();
        assert_eq!(seats.iter().map(|seat| seat.id).collect::<Vec<_>>(), [0, 1, 2, 3].map(id));
        row.give_back(seats);
        assert_eq!(row.len(), 0);
    }

    #[test]
    fn there_is_room_for_the_longest_turn_until_the_row_is_filled() {
        let mut row = Row::default();
        while !row.is_filled() {
            assert!(row.room().len() >= MAX_CARRY);
            row.seat(id(0), intake(5000));
        }
        assert_eq!(row.len(), 4);
        while row.next_to_answer().is_some() {}
        assert_eq!(row.room().len(), ROOM + MAX_CARRY);
    }
}
