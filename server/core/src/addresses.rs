//! A set of device addresses.

use core::fmt;

/// Any of the 256 addresses; every one of them by default.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct AddressSet([u64; 4]);

impl AddressSet {
    /// Every address.
    pub const ALL: Self = Self([u64::MAX; 4]);

    /// No address.
    pub const NONE: Self = Self([0; 4]);

    /// Puts `address` in.
    pub const fn insert(&mut self, address: u8) {
        self.0[address as usize / 64] |= 1 << (address % 64);
    }

    /// Whether `address` is in.
    #[inline]
    #[must_use]
    pub const fn contains(&self, address: u8) -> bool {
        self.0[address as usize / 64] >> (address % 64) & 1 == 1
    }
}

impl Default for AddressSet {
    fn default() -> Self {
        Self::ALL
    }
}

impl Extend<u8> for AddressSet {
    fn extend<I: IntoIterator<Item = u8>>(&mut self, addresses: I) {
        for address in addresses {
            self.insert(address);
        }
    }
}

impl FromIterator<u8> for AddressSet {
    fn from_iter<I: IntoIterator<Item = u8>>(addresses: I) -> Self {
        let mut set = Self::NONE;
        set.extend(addresses);
        set
    }
}

impl fmt::Debug for AddressSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if *self == Self::ALL {
            return f.write_str("ALL");
        }
        f.debug_set().entries((0..=u8::MAX).filter(|&address| self.contains(address))).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_put_in_is_in_and_nothing_else() {
        let set: AddressSet = [0, 63, 64, 255].into_iter().collect();
        let found: alloc::vec::Vec<u8> = (0..=u8::MAX).filter(|&a| set.contains(a)).collect();
        assert_eq!(found, [0, 63, 64, 255]);
        assert!((0..=u8::MAX).all(|address| AddressSet::default().contains(address)));
    }
}
