//! A set of device addresses: owns its 256 bits.

use core::fmt;

/// A set of device addresses, 0 to 255.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Addresses([u64; 4]);

impl Addresses {
    /// Every address.
    pub const ALL: Self = Self([u64::MAX; 4]);
    /// No address.
    pub const NONE: Self = Self([0; 4]);

    /// Puts `address` into the set.
    pub fn insert(&mut self, address: u8) {
        self.0[usize::from(address / 64)] |= 1 << (address % 64);
    }

    /// Whether `address` is in the set.
    #[must_use]
    pub const fn contains(&self, address: u8) -> bool {
        self.0[(address / 64) as usize] & (1 << (address % 64)) != 0
    }

    /// The addresses of the set, ascending.
    pub fn iter(&self) -> impl Iterator<Item = u8> + '_ {
        (0..=u8::MAX).filter(|address| self.contains(*address))
    }

    /// The set as bits: address `a` is bit `a % 64` of word `a / 64`.
    #[must_use]
    pub const fn words(&self) -> [u64; 4] {
        self.0
    }
}

impl fmt::Debug for Addresses {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if *self == Self::ALL {
            return f.write_str("ALL");
        }
        f.debug_set().entries(self.iter()).finish()
    }
}
