//! The cut: owns into what pieces writes are cut on purpose.

use super::dice::Dice;

/// How writes are cut on purpose.
#[derive(Clone, Copy, Debug)]
pub enum Cut {
    /// Not at all.
    Whole,
    /// At random places.
    Anywhere,
    /// To at most so many bytes.
    To(usize),
}

impl Cut {
    /// Whether less than all may be written at a time.
    pub fn cuts(&self) -> bool {
        !matches!(self, Self::Whole)
    }

    /// How many of the owed bytes, which are not none, to write next.
    pub fn len(&self, owed: usize, dice: &mut Dice) -> usize {
        match self {
            Self::Whole => owed,
            Self::Anywhere => 1 + dice.below(owed),
            Self::To(most) => owed.min(*most),
        }
    }
}
