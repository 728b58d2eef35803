//! Faults: what the network between a client and the server does to one direction of a connection.

use std::time::Duration;

use crate::rng::Rng;

/// What happens to the bytes of one direction. By default nothing does.
#[derive(Clone, Debug, Default)]
pub struct Faults {
    /// The longest piece that is passed on at once; 0: as it came.
    pub pieces: usize,
    /// Fewer bytes are held back, as long as more come.
    pub hold: usize,
    /// The longest wait before a piece.
    pub delay: Duration,
    /// Behind so many bytes nothing is passed on for this long.
    pub stall: Option<(usize, Duration)>,
    /// Bytes that arrive changed: at which place, and by which bits.
    pub corrupt: Vec<(usize, u8)>,
    /// How this direction ends before its time, behind so many bytes.
    pub end: Option<(usize, End)>,
}

/// How a direction ends before its time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// The connection is reset, both ways.
    Reset,
    /// Nothing more arrives, in good order.
    HalfClose,
}

impl Faults {
    /// Draws the faults of a direction in which about `len` bytes will pass. Every second one only
    /// comes late, in other pieces than it was sent in.
    #[must_use]
    pub fn draw(chance: &mut Rng, len: usize) -> Self {
        let mut faults = Self::default();
        match chance.below(5) {
            0 => faults.pieces = chance.within(1..=3),
            1 => faults.pieces = chance.within(4..=40),
            2 => faults.hold = chance.within(20..=600),
            3 => faults.delay = millis(chance.within(1..=4)),
            _ => {}
        }
        if chance.chance(10) {
            faults.stall = Some((chance.below(len), millis(chance.within(20..=200))));
        }
        match chance.below(10) {
            0..=2 => {
                let times = chance.within(1..=3);
                let places = (0..times).map(|_| (chance.below(len), 1 << chance.below(8)));
                faults.corrupt = places.collect();
            }
            3 => faults.end = Some((chance.below(len), End::Reset)),
            4 => faults.end = Some((chance.below(len), End::HalfClose)),
            _ => {}
        }
        faults
    }

    /// Whether what arrives may be something else than what was sent.
    #[must_use]
    pub fn touch(&self) -> bool {
        !self.corrupt.is_empty() || self.end.is_some()
    }

    /// Changes what is to be changed of `bytes`, the first of which is at `from`.
    pub(crate) fn spoil(&self, from: usize, bytes: &mut [u8]) {
        for (place, bits) in &self.corrupt {
            let at = place.checked_sub(from);
            if let Some(byte) = at.and_then(|at| bytes.get_mut(at)) {
                *byte ^= bits;
            }
        }
    }
}

fn millis(count: usize) -> Duration {
    Duration::from_millis(count as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_spoilt_is_where_it_was_drawn_whatever_the_pieces() {
        let faults = Faults { corrupt: vec![(0, 1), (5, 0x80), (9, 2)], ..Faults::default() };
        for piece in 1..=10 {
            let mut bytes = [0_u8; 10];
            for (index, part) in bytes.chunks_mut(piece).enumerate() {
                faults.spoil(index * piece, part);
            }
            assert_eq!(bytes, [1, 0, 0, 0, 0, 0x80, 0, 0, 0, 2], "in pieces of {piece}");
        }
    }

    #[test]
    fn every_fault_is_drawn_and_none_is_too() {
        let mut chance = Rng::new(1);
        let drawn: Vec<_> = (0..500).map(|_| Faults::draw(&mut chance, 1000)).collect();
        let some = |is: fn(&Faults) -> bool| assert!(drawn.iter().filter(|it| is(it)).count() > 20);
        some(|faults| (1..=3).contains(&faults.pieces));
        some(|faults| faults.hold > 0);
        some(|faults| !faults.delay.is_zero());
        some(|faults| faults.stall.is_some());
        some(|faults| !faults.corrupt.is_empty());
        some(|faults| matches!(faults.end, Some((_, End::Reset))));
        some(|faults| matches!(faults.end, Some((_, End::HalfClose))));
        some(|faults| !faults.touch());
    }
}
