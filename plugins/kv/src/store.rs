//! All keys and values, in order, and how they are saved slice by slice while they change.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound::{Excluded, Included, Unbounded};

use super::page::{self, Page};

/// Keys and values. Every page holds the keys from its own up to the next page's; the first one's
/// is empty, and is always there once something is.
#[derive(Debug, Default)]
pub struct Store {
    pages: BTreeMap<Box<[u8]>, Page>,
    keys: u64,
    bytes: u64,
    saving: Option<Saving>,
}

/// Where a save is that is not finished.
#[derive(Debug, Default)]
struct Saving {
    /// Every key up to this one was saved.
    up_to: Box<[u8]>,
    /// Those of them that have changed since.
    changed: BTreeSet<Box<[u8]>>,
}

/// There is no room for it.
#[derive(Debug, PartialEq, Eq)]
pub struct Full;

impl Store {
    /// How many keys there are.
    pub fn len(&self) -> u64 {
        self.keys
    }

    /// How many bytes they and their values take.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// The value of a key.
    pub fn find(&self, key: &[u8]) -> Option<&[u8]> {
        let (_, page) = self.pages.range::<[u8], _>((Unbounded, Included(key))).next_back()?;
        page.find(key)
    }

    /// Sets a key if all then take at most `most` bytes; whether it is new. A value that is
    /// replaced by no longer one is always set.
    pub fn put_within(&mut self, key: &[u8], value: &[u8], most: u64) -> Result<bool, Full> {
        let old = self.find(key).map(<[u8]>::len);
        let grows = match old {
            Some(old) => value.len().saturating_sub(old),
            None => page::size_of(key, value),
        };
        if grows > 0 && self.bytes + number(grows) > most {
            return Err(Full);
        }
        self.put(key, value);
        Ok(old.is_none())
    }

    /// Sets a key.
    pub fn put(&mut self, key: &[u8], value: &[u8]) {
        self.note(key);
        let page = self.page(key);
        let old = page.put(key, value);
        if let Some((first, upper)) = page.split() {
            self.pages.insert(first, upper);
        }
        match old {
            Some(old) => self.bytes = self.bytes - number(old) + number(value.len()),
            None => self.count(key, value),
        }
    }

    /// Sets a key that is greater than all others.
    pub fn append(&mut self, key: &[u8], value: &[u8]) {
        let pushed =
            self.pages.last_entry().is_some_and(|mut last| last.get_mut().push(key, value));
        if pushed {
            self.count(key, value);
        } else if self.pages.is_empty() {
            self.put(key, value);
        } else {
            let mut page = Page::default();
            page.put(key, value);
            self.pages.insert(key.into(), page);
            self.count(key, value);
        }
    }

    /// Removes a key; whether it was there.
    pub fn remove(&mut self, key: &[u8]) -> bool {
        self.note(key);
        let page = self.page(key);
        let Some(old) = page.remove(key) else {
            return false;
        };
        if page.is_empty() {
            let range = self.pages.range::<[u8], _>((Unbounded, Included(key)));
            let first = range.last().map(|(first, _)| first.clone());
            if let Some(first) = first.filter(|first| !first.is_empty()) {
                self.pages.remove(&first);
            }
        }
        self.keys -= 1;
        self.bytes -= number(page::size_of(key, &[]) + old);
        true
    }

    /// Hands over the keys with this prefix, in order, from the first behind `after` on, until
    /// `take` says that it has enough.
    pub fn each_after(&self, prefix: &[u8], after: &[u8], mut take: impl FnMut(&[u8]) -> bool) {
        let from = prefix.max(after);
        let first = self.pages.range::<[u8], _>((Unbounded, Included(from))).next_back();
        let others = self.pages.range::<[u8], _>((Excluded(from), Unbounded));
        let keys = first.into_iter().chain(others).flat_map(|(_, page)| page.pairs());
        for (key, _) in keys.filter(|(key, _)| *key >= from && (*key > after || after.is_empty())) {
            if !key.starts_with(prefix) || !take(key) {
                return;
            }
        }
    }

    /// Saves a part: what has changed of what is saved already, then what follows it, page by
    /// page, until `write` says that it has enough. True if all is saved, and nothing has changed
    /// since.
    pub fn save_some<E>(
        &mut self,
        mut write: impl FnMut(&[u8]) -> Result<bool, E>,
    ) -> Result<bool, E> {
        let Saving { up_to, changed } = self.saving.take().unwrap_or_default();
        for key in changed {
            let record =
                self.find(&key).map_or_else(|| page::gone(&key), |value| page::record(&key, value));
            write(&record)?;
        }
        let first = self.pages.range::<[u8], _>((Unbounded, Included(&up_to[..]))).next_back();
        let others = self.pages.range::<[u8], _>((Excluded(&up_to[..]), Unbounded));
        for (_, page) in first.into_iter().chain(others) {
            let records = page.after(&up_to);
            if records.is_empty() {
                continue;
            }
            if write(records)? {
                let up_to = page.last().unwrap_or_default().into();
                self.saving = Some(Saving { up_to, changed: BTreeSet::new() });
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// The save that was begun is not wanted any more.
    pub fn forget_save(&mut self) {
        self.saving = None;
    }

    /// A key is about to change.
    fn note(&mut self, key: &[u8]) {
        if let Some(saving) = &mut self.saving
            && *key <= *saving.up_to
        {
            saving.changed.insert(key.into());
        }
    }

    /// The page that a key belongs to.
    fn page(&mut self, key: &[u8]) -> &mut Page {
        if self.pages.is_empty() {
            self.pages.insert(Box::default(), Page::default());
        }
        let mut pages = self.pages.range_mut::<[u8], _>((Unbounded, Included(key)));
        pages.next_back().map(|(_, page)| page).expect("the first page is every key's")
    }

    fn count(&mut self, key: &[u8], value: &[u8]) {
        self.keys += 1;
        self.bytes += number(page::size_of(key, value));
    }
}

fn number(len: usize) -> u64 {
    len as u64
}
