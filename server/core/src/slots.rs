//! Slots: a slab whose keys carry the serial of the tenant.

use core::num::NonZeroU32;

use slab::Slab;

use crate::ids::Id;

/// One tenant and its serial.
struct Tenant<T> {
    serial: NonZeroU32,
    value: T,
}

/// Values by [`Id`]. A freed slot is used again, its next tenant has another serial.
pub(crate) struct Slots<T> {
    tenants: Slab<Tenant<T>>,
    next: NonZeroU32,
}

impl<T> Slots<T> {
    /// The most tenants at a time: the slots above are the shell's to use as it likes.
    pub const MOST: usize = u32::MAX as usize - 1024;

    pub const fn new() -> Self {
        Self { tenants: Slab::new(), next: NonZeroU32::MIN }
    }

    pub fn len(&self) -> usize {
        self.tenants.len()
    }

    /// Lets `value` in; `None` if [`MOST`](Self::MOST) are in.
    pub fn insert(&mut self, value: T) -> Option<Id> {
        let id = self.reserve()?;
        self.fill(id, value);
        Some(id)
    }

    /// The id of a tenant who may come, or not; no other gets it. `None` if
    /// [`MOST`](Self::MOST) are in.
    pub fn reserve(&mut self) -> Option<Id> {
        let slot = self.tenants.vacant_key();
        if slot >= Self::MOST {
            return None;
        }
        let serial = self.next;
        self.next = serial.checked_add(1).unwrap_or(NonZeroU32::MIN);
        Some(id_of(slot, serial))
    }

    /// The tenant comes whose id was the last that was reserved; none has come since.
    pub fn fill(&mut self, id: Id, value: T) {
        self.grow_gently();
        let slot = self.tenants.insert(Tenant { serial: id.serial(), value });
        debug_assert_eq!(slot, id.slot() as usize, "nobody came in between");
    }

    /// Grows by a quarter: doubling would leave up to half of the memory unused.
    fn grow_gently(&mut self) {
        let len = self.tenants.len();
        if len == self.tenants.capacity() {
            self.tenants.reserve_exact((len / 4).max(16));
        }
    }

    #[inline]
    pub fn at(&self, id: Id) -> Option<&T> {
        match self.tenants.get(id.slot() as usize) {
            Some(tenant) if Id::new(id.slot(), tenant.serial) == id => Some(&tenant.value),
            _ => None,
        }
    }

    #[inline]
    pub fn at_mut(&mut self, id: Id) -> Option<&mut T> {
        match self.tenants.get_mut(id.slot() as usize) {
            Some(tenant) if Id::new(id.slot(), tenant.serial) == id => Some(&mut tenant.value),
            _ => None,
        }
    }

    pub fn remove(&mut self, id: Id) -> Option<T> {
        self.at(id)?;
        Some(self.tenants.remove(id.slot() as usize).value)
    }

    /// Every tenant, by slot.
    pub fn iter(&self) -> impl Iterator<Item = (Id, &T)> {
        self.tenants.iter().map(|(slot, tenant)| (id_of(slot, tenant.serial), &tenant.value))
    }
}

fn id_of(slot: usize, serial: NonZeroU32) -> Id {
    Id::new(u32::try_from(slot).expect("slots stay below MOST, which is a u32"), serial)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stale_id_is_gone_though_its_slot_is_used_again() {
        let mut slots = Slots::new();
        let first = slots.insert('a').unwrap();
        assert_eq!(slots.remove(first), Some('a'));
        let second = slots.insert('b').unwrap();
        assert_eq!(first.slot(), second.slot());
        assert_eq!(slots.at(first), None);
        assert_eq!(slots.at_mut(first), None);
        assert_eq!(slots.remove(first), None);
        assert_eq!(slots.at(second), Some(&'b'));
        assert_ne!(slots.reserve(), slots.reserve(), "none is given twice");
        assert_eq!(slots.iter().collect::<alloc::vec::Vec<_>>(), [(second, &'b')]);
    }
}
