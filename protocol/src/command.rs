//! The command word: two bits of kind, fourteen bits of number.

use core::fmt;

/// What a frame is to its receiver; the two top bits of the command word.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, PartialOrd, Ord)]
pub enum Kind {
    /// The other side owes exactly one reply or error.
    Request,
    /// One-way: nothing is sent back, ever.
    Event,
    /// Success: answers the request with the same address and number.
    Reply,
    /// Failure: like a reply, its data is a status code and a text.
    Error,
}

impl Kind {
    const SHIFT: u32 = 14;

    const fn bits(self) -> u16 {
        let bits = match self {
            Self::Request => 0,
            Self::Event => 1,
            Self::Reply => 2,
            Self::Error => 3,
        };
        bits << Self::SHIFT
    }
}

/// The whole command word of a frame: a [`Kind`] and a number of 14 bits.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, PartialOrd, Ord)]
pub struct Command(u16);

impl Command {
    const NUMBER_MASK: u16 = (1 << Kind::SHIFT) - 1;

    /// The command of `kind` and `number`, of which only the lower 14 bits are taken.
    #[must_use]
    pub const fn new(kind: Kind, number: u16) -> Self {
        Self(kind.bits() | number & Self::NUMBER_MASK)
    }

    /// The command as it stands on the wire; every word is one.
    #[must_use]
    pub const fn from_word(word: u16) -> Self {
        Self(word)
    }

    /// The command as it goes on the wire.
    #[must_use]
    pub const fn word(self) -> u16 {
        self.0
    }

    /// What the frame is to its receiver.
    #[must_use]
    pub const fn kind(self) -> Kind {
        match self.0 >> Kind::SHIFT {
            0 => Kind::Request,
            1 => Kind::Event,
            2 => Kind::Reply,
            _ => Kind::Error,
        }
    }

    /// The number that is routed, 0 to `3FFF`.
    #[must_use]
    pub const fn number(self) -> u16 {
        self.0 & Self::NUMBER_MASK
    }

    /// The same number as another kind, for instance the reply to a request.
    #[must_use]
    pub const fn with_kind(self, kind: Kind) -> Self {
        Self::new(kind, self.0)
    }
}

impl fmt::Display for Command {
    /// Writes the whole word, for instance `0x8100`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:#06x}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_splits_into_its_kind_and_number_and_back() {
        for word in 0..=u16::MAX {
            let command = Command::from_word(word);
            assert_eq!(command.word(), word);
            assert_eq!(Command::new(command.kind(), command.number()), command);
        }
    }

    #[test]
    fn the_top_bits_say_the_kind() {
        let kinds = [0x0100, 0x4100, 0x8100, 0xC100].map(|word| Command::from_word(word).kind());
        assert_eq!(kinds, [Kind::Request, Kind::Event, Kind::Reply, Kind::Error]);
    }

    #[test]
    fn a_number_of_more_than_14_bits_is_cut() {
        assert_eq!(Command::new(Kind::Event, 0xFFFF).word(), 0x7FFF);
    }

    #[test]
    fn with_kind_keeps_the_number() {
        let reply = Command::from_word(0x0100).with_kind(Kind::Reply);
        assert_eq!(reply.word(), 0x8100);
        assert_eq!(reply.with_kind(Kind::Error).word(), 0xC100);
    }
}
