//! Deadlines: a heap that is looked at only when an entry comes up.

use alloc::collections::BinaryHeap;
use core::cmp::Reverse;

use crate::ids::Id;
use crate::{ConnectionId, GenerationId, Moment, Token};

/// Whose deadline.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(crate) enum Owner {
    /// Its real deadline stands in the connection and may be later than the entry.
    Connection(ConnectionId),
    /// Of a deferred request.
    Token(Token),
    /// Of a request of ours.
    Question(Id),
    /// Of a draining generation.
    Generation(GenerationId),
    /// Of the session that is offline the longest.
    Sessions,
    /// The end of the shutdown's grace.
    Shutdown,
    /// More is buffered than is allowed.
    Buffers,
}

/// Entries by time. An entry whose owner is gone, or has another one, is void: it is passed
/// over when it comes up, and all are swept out when they are the greater part.
pub(crate) struct Deadlines {
    /// Those of connections, apart because they are the many: an entry without a kind takes 16
    /// bytes instead of 24.
    connections: BinaryHeap<Reverse<(Moment, ConnectionId)>>,
    /// All others.
    others: BinaryHeap<Reverse<(Moment, Owner)>>,
    /// How many are void, about.
    void: usize,
}

/// So many void entries are not worth a sweep.
const VOID_KEPT: usize = 64;

impl Deadlines {
    pub const fn new() -> Self {
        Self { connections: BinaryHeap::new(), others: BinaryHeap::new(), void: 0 }
    }

    pub fn push(&mut self, when: Moment, owner: Owner) {
        match owner {
            _ if !when.comes() => {}
            Owner::Connection(id) => self.connections.push(Reverse((when, id))),
            owner => self.others.push(Reverse((when, owner))),
        }
    }

    /// The earliest entry.
    pub fn next(&self) -> Option<Moment> {
        let connection = self.connections.peek().map(|Reverse((when, _))| *when);
        let other = self.others.peek().map(|Reverse((when, _))| *when);
        connection.into_iter().chain(other).min()
    }

    /// Takes the earliest entry if it is due by `now`.
    pub fn pop(&mut self, now: Moment) -> Option<(Moment, Owner)> {
        let next = self.next().filter(|next| *next <= now)?;
        if self.connections.peek().is_some_and(|Reverse((when, _))| *when == next) {
            let Reverse((when, id)) = self.connections.pop()?;
            return Some((when, Owner::Connection(id)));
        }
        self.others.pop().map(|Reverse(entry)| entry)
    }

    /// The entry for `when`, if that comes at all, has lost its meaning.
    pub fn void(&mut self, when: Moment) {
        if when.comes() {
            self.void += 1;
        }
    }

    /// A void entry came up.
    pub fn passed_over(&mut self) {
        self.void = self.void.saturating_sub(1);
    }

    /// Whether a sweep is worth its while.
    #[inline]
    pub fn is_cluttered(&self) -> bool {
        self.void > VOID_KEPT && self.void > (self.connections.len() + self.others.len()) / 2
    }

    /// Keeps the entries that `is_good` knows.
    pub fn sweep(&mut self, mut is_good: impl FnMut(Moment, Owner) -> bool) {
        self.connections.retain(|Reverse((when, id))| is_good(*when, Owner::Connection(*id)));
        self.others.retain(|Reverse((when, owner))| is_good(*when, *owner));
        self.void = 0;
    }

    /// Every entry, void ones included, in no order.
    pub fn iter(&self) -> impl Iterator<Item = (Moment, Owner)> {
        let of_connection = |Reverse((when, id)): &Reverse<_>| (*when, Owner::Connection(*id));
        let others = self.others.iter().map(|Reverse(entry)| *entry);
        self.connections.iter().map(of_connection).chain(others)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(serial: u64) -> Owner {
        Owner::Token(Token::from_bits(serial << 32).unwrap())
    }

    #[test]
    fn entries_come_up_in_time_and_not_before() {
        let mut deadlines = Deadlines::new();
        let at = Moment::from_nanos;
        let connection = Owner::Connection(ConnectionId::from_bits(1 << 32).unwrap());
        deadlines.push(at(15), connection);
        deadlines.push(at(20), token(1));
        deadlines.push(at(10), Owner::Shutdown);
        deadlines.push(Moment::NEVER, token(2));
        assert_eq!(deadlines.next(), Some(at(10)));
        assert_eq!(deadlines.pop(at(9)), None);
        assert_eq!(deadlines.pop(at(30)), Some((at(10), Owner::Shutdown)));
        assert_eq!(deadlines.pop(at(30)), Some((at(15), connection)));
        assert_eq!(deadlines.pop(at(30)), Some((at(20), token(1))));
        assert_eq!(deadlines.pop(at(30)), None);
    }

    #[test]
    fn void_entries_never_become_the_greater_part_for_long() {
        let mut deadlines = Deadlines::new();
        for serial in 1..=200 {
            deadlines.push(Moment::from_nanos(serial), token(serial));
        }
        for serial in 1..=100 {
            assert!(!deadlines.is_cluttered());
            deadlines.void(Moment::from_nanos(serial));
        }
        deadlines.void(Moment::from_nanos(101));
        assert!(deadlines.is_cluttered());
        deadlines.sweep(|when, _| when > Moment::from_nanos(101));
        assert_eq!(deadlines.iter().count(), 99);
        assert!(!deadlines.is_cluttered());
    }
}
