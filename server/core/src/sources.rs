//! Sources: own how many connections each of them has, and the bound on that.

use alloc::collections::BTreeMap;
use alloc::collections::btree_map::Entry;

/// Counts the connections of each source, while there is a bound on them. What a source is, the
/// shell knows.
#[derive(Debug)]
pub struct Sources<S> {
    most: Option<u32>,
    counts: BTreeMap<S, u32>,
    refused: u64,
}

impl<S> Default for Sources<S> {
    fn default() -> Self {
        Self { most: None, counts: BTreeMap::new(), refused: 0 }
    }
}

impl<S: Ord> Sources<S> {
    /// Puts a bound in force; `connected` are those who are there. Whoever is above it stays.
    pub fn set_most(&mut self, most: Option<u32>, connected: impl Iterator<Item = S>) {
        let counted = self.most.is_some();
        self.most = most;
        if most.is_none() {
            self.counts = BTreeMap::new();
        } else if !counted {
            connected.for_each(|source| *self.counts.entry(source).or_default() += 1);
        }
    }

    /// Counts one more connection in; false, and counted as refused, when it is one too many.
    pub fn admit(&mut self, source: S) -> bool {
        let Some(most) = self.most else {
            return true;
        };
        let count = self.counts.entry(source).or_default();
        let fits = *count < most;
        *count += u32::from(fits);
        self.refused += u64::from(!fits);
        fits
    }

    /// One of its connections is gone.
    pub fn leave(&mut self, source: S) {
        if let Entry::Occupied(mut entry) = self.counts.entry(source) {
            *entry.get_mut() -= 1;
            if *entry.get() == 0 {
                entry.remove();
            }
        }
    }

    /// Connections that were one too many, since the start.
    #[must_use]
    pub const fn refused(&self) -> u64 {
        self.refused
    }

    /// Sources that are remembered: none that has no connection.
    #[must_use]
    pub fn len(&self) -> usize {
        self.counts.len()
    }

    /// Whether none is.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.counts.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_source_has_as_many_as_the_bound_says() {
        let mut sources = Sources::default();
        assert!((0..9).all(|_| sources.admit("one")), "without a bound everybody comes in");
        sources.set_most(Some(3), ["one", "one"].into_iter());
        assert!(sources.admit("one") && !sources.admit("one") && sources.admit("other"));
        sources.leave("one");
        assert!(sources.admit("one") && !sources.admit("one"));
        assert_eq!(sources.refused(), 2);
        sources.set_most(Some(4), [].into_iter());
        assert!(sources.admit("one"), "a bound that moves does not count anew");
        sources.set_most(None, [].into_iter());
        assert!(sources.admit("one") && sources.is_empty());
        sources.leave("one");
    }

    #[test]
    fn who_has_left_takes_no_room() {
        let mut sources = Sources::default();
        sources.set_most(Some(1), [].into_iter());
        for user in 0..100 {
            assert!(sources.admit(user) && sources.len() == 1);
            sources.leave(user);
        }
        assert!(sources.is_empty());
    }
}
