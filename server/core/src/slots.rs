//! Slots: tenants by keys that carry the serial of the tenant.

use alloc::vec::Vec;
use core::num::NonZeroU32;

use crate::ids::Id;

/// The slots that come into being together. They never move: growing copies nothing, and leaves no
/// old copy behind for which the allocator has no use.
const CHUNK: usize = 64;

/// One slot.
enum Slot<T> {
    /// Nobody is in. The slot that was freed before this one.
    Free(Option<NonZeroU32>),
    /// A tenant and its serial.
    Taken(NonZeroU32, T),
}

/// Values by [`Id`]. A freed slot is used again, its next tenant has another serial.
pub(crate) struct Slots<T> {
    /// All full but the last: a slot is found by division.
    chunks: Vec<Vec<Slot<T>>>,
    /// The slot that was freed last, plus 1.
    free: Option<NonZeroU32>,
    len: usize,
    next: NonZeroU32,
}

impl<T> Slots<T> {
    /// The most tenants at a time: the slots above are the shell's to use as it likes.
    pub const MOST: usize = u32::MAX as usize - 1024;

    pub const fn new() -> Self {
        Self { chunks: Vec::new(), free: None, len: 0, next: NonZeroU32::MIN }
    }

    pub const fn len(&self) -> usize {
        self.len
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
        let slot = match self.free {
            Some(free) => free.get() - 1,
            None => u32::try_from(self.extent()).ok().filter(|_| self.extent() < Self::MOST)?,
        };
        let serial = self.next;
        self.next = serial.checked_add(1).unwrap_or(NonZeroU32::MIN);
        Some(Id::new(slot, serial))
    }

    /// The tenant comes whose id was the last that was reserved; none has come since.
    pub fn fill(&mut self, id: Id, value: T) {
        let taken = Slot::Taken(id.serial(), value);
        match self.slot_mut(id.slot()) {
            Some(slot) => {
                if let Slot::Free(before) = core::mem::replace(slot, taken) {
                    self.free = before;
                }
            }
            None => self.push(taken),
        }
        self.len += 1;
    }

    #[inline]
    pub fn at(&self, id: Id) -> Option<&T> {
        let (chunk, place) = place_of(id.slot());
        match self.chunks.get(chunk)?.get(place)? {
            Slot::Taken(serial, value) if Id::new(id.slot(), *serial) == id => Some(value),
            _ => None,
        }
    }

    #[inline]
    pub fn at_mut(&mut self, id: Id) -> Option<&mut T> {
        match self.slot_mut(id.slot())? {
            Slot::Taken(serial, value) if Id::new(id.slot(), *serial) == id => Some(value),
            _ => None,
        }
    }

    pub fn remove(&mut self, id: Id) -> Option<T> {
        self.at(id)?;
        let free = core::mem::replace(&mut self.free, NonZeroU32::new(id.slot() + 1));
        let slot = core::mem::replace(self.slot_mut(id.slot())?, Slot::Free(free));
        self.len -= 1;
        match slot {
            Slot::Taken(_, value) => Some(value),
            Slot::Free(_) => None,
        }
    }

    /// Every tenant, by slot.
    pub fn iter(&self) -> impl Iterator<Item = (Id, &T)> {
        let slots = (0..).zip(self.chunks.iter().flatten());
        slots.filter_map(|(index, slot)| match slot {
            Slot::Taken(serial, value) => Some((Id::new(index, *serial), value)),
            Slot::Free(_) => None,
        })
    }

    #[inline]
    fn slot_mut(&mut self, slot: u32) -> Option<&mut Slot<T>> {
        let (chunk, place) = place_of(slot);
        self.chunks.get_mut(chunk)?.get_mut(place)
    }

    /// The slots that ever had a tenant.
    fn extent(&self) -> usize {
        self.chunks.last().map_or(0, |last| (self.chunks.len() - 1) * CHUNK + last.len())
    }

    fn push(&mut self, slot: Slot<T>) {
        match self.chunks.last_mut().filter(|last| last.len() < CHUNK) {
            Some(last) => last.push(slot),
            None => {
                let mut chunk = Vec::with_capacity(CHUNK);
                chunk.push(slot);
                self.chunks.push(chunk);
            }
        }
    }
}

/// The chunk that a slot is in, and its place there.
#[inline]
const fn place_of(slot: u32) -> (usize, usize) {
    (slot as usize / CHUNK, slot as usize % CHUNK)
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
        assert_eq!(slots.iter().collect::<Vec<_>>(), [(second, &'b')]);
    }

    #[test]
    fn tenants_come_and_go_over_many_chunks() {
        let mut slots = Slots::new();
        let ids: Vec<Id> = (0..300).map(|value| slots.insert(value).unwrap()).collect();
        for (value, id) in (0..).zip(&ids) {
            assert_eq!(slots.at(*id), Some(&value));
            if value % 3 == 0 {
                assert_eq!(slots.remove(*id), Some(value));
            }
        }
        assert_eq!((slots.len(), slots.iter().count()), (200, 200));
        let again: Vec<Id> = (0..101).map(|_| slots.insert(0).unwrap()).collect();
        assert_eq!(slots.extent(), 301, "what was freed is used first");
        assert!(ids.iter().step_by(3).all(|id| slots.at(*id).is_none()));
        assert!(again.iter().all(|id| slots.at(*id) == Some(&0)));
        assert_eq!(slots.len(), 301);
    }
}
