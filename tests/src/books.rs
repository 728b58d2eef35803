//! Whether a reply is the one that is owed: pure, so that it can be shown to notice.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use hotframe_protocol::Kind;

use crate::fixture::Stamp;
use crate::wire::Owned;

/// What was counted; of one connection, or the sum of all.
#[derive(Clone, Debug, Default)]
pub struct Books {
    /// Requests sent; each has been answered, or the ledger would have panicked.
    pub requests: u64,
    /// Replies by who made them.
    pub stamps: BTreeMap<Stamp, u64>,
    /// The longest that a burst waited for its last reply.
    pub longest: Duration,
    /// Who made the last reply.
    last: Option<Stamp>,
    /// Whether one who has answered before may answer again after another has.
    returns: bool,
}

/// A reply that is not the one that is owed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wrong {
    /// An error frame, with its code.
    Failed(Option<u16>),
    /// No stamp before the nonce.
    Unstamped,
    /// Other data: the reply was lost, doubled, out of order, or is for somebody else.
    Nonce(Vec<u8>),
    /// One whose place another had taken answered once more.
    Returned(Stamp),
}

impl Books {
    /// Empty books. `returns`: whether handlers may take turns; after a reload they may not.
    #[must_use]
    pub fn new(returns: bool) -> Self {
        Self { returns, ..Self::default() }
    }

    /// Enters the reply to the oldest request without one, which had this data. Returns who made it
    /// if it is their first.
    ///
    /// # Errors
    /// Why it is not the reply that is owed.
    pub fn enter(&mut self, asked: &[u8], reply: &Owned) -> Result<Option<Stamp>, Wrong> {
        if reply.command.kind() != Kind::Reply {
            return Err(Wrong::Failed(reply.error_code()));
        }
        let (stamp, echo) = Stamp::split(&reply.data).ok_or(Wrong::Unstamped)?;
        if echo != asked {
            return Err(Wrong::Nonce(echo.to_vec()));
        }
        let is_new = !self.stamps.contains_key(&stamp);
        if !is_new && self.last != Some(stamp) && !self.returns {
            return Err(Wrong::Returned(stamp));
        }
        self.last = Some(stamp);
        *self.stamps.entry(stamp).or_default() += 1;
        Ok(is_new.then_some(stamp))
    }

    /// Adds the books of another connection.
    pub fn add(&mut self, other: Self) {
        self.requests += other.requests;
        self.longest = self.longest.max(other.longest);
        for (stamp, count) in other.stamps {
            *self.stamps.entry(stamp).or_default() += count;
        }
    }

    /// The versions that answered.
    #[must_use]
    pub fn versions(&self) -> BTreeSet<u16> {
        self.stamps.keys().map(|stamp| stamp.version).collect()
    }
}

#[cfg(test)]
mod tests {
    use hotframe_protocol::Command;

    use super::*;

    fn asked(nonce: u64) -> [u8; 8] {
        nonce.to_be_bytes()
    }

    const OLD: Stamp = Stamp { version: 1, instance: 7 };
    const NEW: Stamp = Stamp { version: 2, instance: 8 };

    fn reply(stamp: Stamp, nonce: u64) -> Owned {
        let version = stamp.version.to_be_bytes();
        let data = [&version[..], &stamp.instance.to_be_bytes(), &nonce.to_be_bytes()];
        let command = Command::new(Kind::Reply, 0x0200);
        let data = data.concat();
        Owned { address: 1, command, data }
    }

    #[test]
    fn good_replies_are_counted_by_who_made_them() {
        let mut books = Books::new(false);
        assert_eq!(books.enter(&asked(1), &reply(OLD, 1)), Ok(Some(OLD)));
        assert_eq!(books.enter(&asked(2), &reply(OLD, 2)), Ok(None));
        assert_eq!(books.enter(&asked(3), &reply(NEW, 3)), Ok(Some(NEW)));
        assert_eq!(books.stamps, BTreeMap::from([(OLD, 2), (NEW, 1)]));
        assert_eq!(books.versions(), BTreeSet::from([1, 2]));
    }

    #[test]
    fn a_lost_doubled_or_foreign_reply_is_noticed() {
        let mut books = Books::new(false);
        books.enter(&asked(1), &reply(OLD, 1)).unwrap();
        for wrong in [3, 1, 1 << 32 | 2] {
            let nonce = Err(Wrong::Nonce(u64::to_be_bytes(wrong).to_vec()));
            assert_eq!(books.enter(&asked(2), &reply(OLD, wrong)), nonce);
        }
    }

    #[test]
    fn an_old_version_that_answers_after_a_new_one_is_noticed() {
        for returns in [false, true] {
            let mut books = Books::new(returns);
            books.enter(&asked(1), &reply(OLD, 1)).unwrap();
            books.enter(&asked(2), &reply(NEW, 2)).unwrap();
            let wanted = if returns { Ok(None) } else { Err(Wrong::Returned(OLD)) };
            assert_eq!(books.enter(&asked(3), &reply(OLD, 3)), wanted);
        }
    }

    #[test]
    fn an_error_and_a_bare_reply_are_noticed() {
        let mut books = Books::new(false);
        let mut error = reply(OLD, 1);
        error.command = error.command.with_kind(Kind::Error);
        error.data = vec![0x07, 0xD1];
        assert_eq!(books.enter(&asked(1), &error), Err(Wrong::Failed(Some(2001))));
        let mut bare = reply(OLD, 1);
        bare.data.truncate(Stamp::LEN - 1);
        assert_eq!(books.enter(&asked(1), &bare), Err(Wrong::Unstamped));
    }
}
