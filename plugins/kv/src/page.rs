//! Pairs of a stretch of keys, one behind the other in one block: so that a million of them are
//! some thousand allocations, which are copied, saved and given back at once.
//!
//! A record is the length of the key, the length of the value, key and value; records stand in the
//! order of their keys. In saved state the length 255 says that the key is gone, and no value
//! follows.

/// Bytes above which a page is split.
const SPLIT: usize = 4096;
/// The length of a value that stands for none.
const GONE: u8 = u8::MAX;
/// Bytes before the key.
const HEAD: usize = 2;

/// The records of a stretch of keys.
#[derive(Debug, Default)]
pub struct Page {
    records: Vec<u8>,
}

/// Lengths of key and value, as a record's head says; the value `None` where the key is gone.
/// `None` for what no record begins with.
pub fn lengths([key, value]: [u8; HEAD]) -> Option<(usize, Option<usize>)> {
    let value = (value != GONE).then_some(usize::from(value));
    (key != 0).then_some((usize::from(key), value))
}

/// Bytes that a pair takes.
pub fn size_of(key: &[u8], value: &[u8]) -> usize {
    HEAD + key.len() + value.len()
}

/// The record that says that a key is gone.
pub fn gone(key: &[u8]) -> Vec<u8> {
    [&[len_of(key), GONE][..], key].concat()
}

/// The record of a pair.
pub fn record(key: &[u8], value: &[u8]) -> Vec<u8> {
    [&[len_of(key), len_of(value)][..], key, value].concat()
}

fn len_of(field: &[u8]) -> u8 {
    u8::try_from(field.len()).expect("a key and a value fit into a frame")
}

impl Page {
    /// The value of a key.
    pub fn find(&self, key: &[u8]) -> Option<&[u8]> {
        self.seek(key).ok().map(|(_, value)| value)
    }

    /// Every pair, in order.
    pub fn pairs(&self) -> impl Iterator<Item = (&[u8], &[u8])> {
        Pairs { rest: &self.records }
    }

    /// The records of all keys behind `key`.
    pub fn after(&self, key: &[u8]) -> &[u8] {
        let at = match self.seek(key) {
            Ok((at, value)) => at + size_of(key, value),
            Err(at) => at,
        };
        &self.records[at..]
    }

    /// The greatest key.
    pub fn last(&self) -> Option<&[u8]> {
        self.pairs().last().map(|(key, _)| key)
    }

    /// Sets a key; the size of the value that it had.
    pub fn put(&mut self, key: &[u8], value: &[u8]) -> Option<usize> {
        match self.seek(key) {
            Ok((at, old)) => {
                let old = old.len();
                let end = at + HEAD + key.len() + old;
                self.records.splice(at..end, record(key, value));
                Some(old)
            }
            Err(at) => {
                self.records.splice(at..at, record(key, value));
                None
            }
        }
    }

    /// Adds a key that is greater than all that are there; false if the page is full.
    pub fn push(&mut self, key: &[u8], value: &[u8]) -> bool {
        let fits = self.records.len() + size_of(key, value) <= SPLIT;
        if fits {
            self.records.extend_from_slice(&[len_of(key), len_of(value)]);
            self.records.extend_from_slice(key);
            self.records.extend_from_slice(value);
        }
        fits
    }

    /// Removes a key; the size of the value that it had.
    pub fn remove(&mut self, key: &[u8]) -> Option<usize> {
        let (at, value) = self.seek(key).ok()?;
        let old = value.len();
        self.records.drain(at..at + HEAD + key.len() + old);
        Some(old)
    }

    /// The upper half, with its first key, if the page has grown too large.
    pub fn split(&mut self) -> Option<(Box<[u8]>, Self)> {
        if self.records.len() <= SPLIT {
            return None;
        }
        let (mut at, mut first) = (0, Box::default());
        for (key, value) in self.pairs() {
            if at >= self.records.len() / 2 {
                first = key.into();
                break;
            }
            at += size_of(key, value);
        }
        let upper = self.records.split_off(at);
        Some((first, Self { records: upper }))
    }

    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        self.records.is_empty()
    }

    /// Where the record of a key stands and its value, or where it would stand.
    fn seek(&self, wanted: &[u8]) -> Result<(usize, &[u8]), usize> {
        let mut at = 0;
        for (key, value) in self.pairs() {
            if key >= wanted {
                return if key == wanted { Ok((at, value)) } else { Err(at) };
            }
            at += size_of(key, value);
        }
        Err(at)
    }
}

struct Pairs<'a> {
    rest: &'a [u8],
}

impl<'a> Iterator for Pairs<'a> {
    type Item = (&'a [u8], &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        let (head, rest) = self.rest.split_first_chunk::<HEAD>()?;
        let (key_len, value_len) = lengths(*head)?;
        let (key, rest) = rest.split_at_checked(key_len)?;
        let (value, rest) = rest.split_at_checked(value_len?)?;
        self.rest = rest;
        Some((key, value))
    }
}
