//! The audit of a connection: what the server has to answer to the bytes that reached it, by a
//! decoder as plain as the protocol's text, beside what it did answer.

use hotframe_protocol::{Command, Kind};

use crate::books::Books;
use crate::proxy::Passage;
use crate::pump::Ended;
use crate::reference::{Item, decode};
use crate::wire::Owned;

/// BAD_CRC, the answer to lost synchronisation.
const BAD_CRC: u16 = 1010;
/// SHUTTING_DOWN.
const SHUTTING_DOWN: u16 = 2006;

/// What is known about a connection beside its bytes.
#[derive(Clone, Copy, Debug)]
pub struct Circumstances<'a> {
    /// Commands that lead to `stamp.c`, and whether handlers may take turns there.
    pub stamped: &'a [(u16, bool)],
    /// What became of the server meanwhile.
    pub fate: Fate,
}

/// What became of a server while somebody was connected to it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Fate {
    /// It served.
    #[default]
    Serving,
    /// It was asked to stop: it may end the connection early, and all that it has taken is
    /// answered.
    Stopping,
    /// It was killed: what was under way nobody can know, as behind a reset.
    Killed,
}

/// What came of one connection, or of many.
#[derive(Clone, Debug, Default)]
pub struct Audit {
    /// Connections.
    pub connections: u64,
    /// Good frames that reached the server whole, and were taken for certain.
    pub taken: u64,
    /// Good frames of connections that were reset, of which nobody can know whether the server saw
    /// them first.
    pub unknown: u64,
    /// Requests among `taken` that were answered by a handler; by whom stands in `books`.
    pub answered: u64,
    /// Requests among `taken` that were answered with an error.
    pub refused: u64,
    /// Good frames that the server did not read any more, because it was stopping.
    pub unread: u64,
    /// Episodes of lost synchronisation that were answered.
    pub lost_sync: u64,
    /// Bytes of no frame.
    pub skipped: u64,
    /// Connections that were: of these `skipped` says nothing, and `lost_sync` not all.
    pub cut_short: u64,
    /// Who answered.
    pub books: Vec<Books>,
}

impl Audit {
    /// Compares the answers that came with those that are owed.
    ///
    /// # Errors
    /// What is wrong with the first answer that is not the one that is owed.
    pub fn of(passage: &Passage, circumstances: Circumstances<'_>) -> Result<Self, String> {
        let (there, back) = (&passage.there, &passage.back);
        let reset =
            [there.ended, back.ended].contains(&Ended::Reset) || circumstances.fate == Fate::Killed;
        // Where the connection was reset the server may have seen its end before that.
        let owed = decode(&there.arrived, true);
        let came = replies(&back.sent, reset)?;
        let mut audit = Self { connections: 1, cut_short: u64::from(reset), ..Self::default() };
        audit.books = circumstances.stamped.iter().map(|&(_, turns)| Books::new(turns)).collect();
        let mut came = came.iter();
        let mut items = owed.items.iter();
        for item in items.by_ref() {
            if owes(item) {
                let Some(reply) = came.next() else {
                    audit.break_off(item, reset, circumstances)?;
                    break;
                };
                audit.enter(item, reply, circumstances)?;
            } else {
                audit.taken += 1;
            }
        }
        if let Some(reply) = came.next() {
            return Err(format!("nobody asked for {reply:?}"));
        }
        let rest = items.filter(|item| matches!(item, Item::Frame { .. })).count() as u64;
        *(if reset { &mut audit.unknown } else { &mut audit.unread }) += rest;
        if audit.cut_short == 0 {
            audit.skipped = skipped(&owed.items, owed.consumed);
        }
        Ok(audit)
    }

    /// The answer to `item` did not come.
    fn break_off(
        &mut self,
        item: &Item,
        reset: bool,
        circumstances: Circumstances<'_>,
    ) -> Result<(), String> {
        if !reset && circumstances.fate == Fate::Serving {
            return Err(format!("{item:?} was never answered"));
        }
        self.cut_short = 1;
        if matches!(item, Item::Frame { .. }) {
            *(if reset { &mut self.unknown } else { &mut self.unread }) += 1;
        }
        Ok(())
    }

    /// Enters the answer to an item that owes one.
    fn enter(
        &mut self,
        item: &Item,
        reply: &Owned,
        circumstances: Circumstances<'_>,
    ) -> Result<(), String> {
        let Item::Frame { address, word, data, .. } = item else {
            self.lost_sync += 1;
            let fits = reply.address == 0 && reply.error_code() == Some(BAD_CRC);
            return fits.then_some(()).ok_or_else(|| format!("{item:?} got {reply:?}"));
        };
        self.taken += 1;
        let asked = Command::from_word(*word);
        if (reply.address, reply.command.number()) != (*address, asked.number()) {
            return Err(format!("{item:?} got {reply:?}"));
        }
        let stamped = circumstances.stamped.iter();
        let stamped =
            stamped.zip(&mut self.books).find(|((number, _), _)| *number == asked.number());
        let is_refused = reply.command.kind() == Kind::Error;
        match stamped {
            Some((_, books)) if !(is_refused && circumstances.allow(reply)) => {
                books.enter(data, reply).map_err(|wrong| format!("{item:?}: {wrong:?}"))?;
                self.answered += 1;
            }
            // It leads nowhere, or to the protocol itself.
            _ => self.refused += 1,
        }
        Ok(())
    }

    /// Adds another audit of the same commands.
    pub fn add(&mut self, other: Self) {
        self.connections += other.connections;
        self.taken += other.taken;
        self.unknown += other.unknown;
        self.answered += other.answered;
        self.refused += other.refused;
        self.unread += other.unread;
        self.lost_sync += other.lost_sync;
        self.skipped += other.skipped;
        self.cut_short += other.cut_short;
        self.books.resize_with(other.books.len().max(self.books.len()), Books::default);
        for (books, more) in self.books.iter_mut().zip(other.books) {
            books.add(more);
        }
    }
}

impl Circumstances<'_> {
    fn allow(self, refusal: &Owned) -> bool {
        self.fate == Fate::Stopping && refusal.error_code() == Some(SHUTTING_DOWN)
    }
}

/// Whether something has to come back for an item.
fn owes(item: &Item) -> bool {
    match item {
        Item::Frame { word, .. } => Command::from_word(*word).kind() == Kind::Request,
        Item::Lost { .. } => true,
    }
}

/// The frames that the server sent; nothing else may be there, but for an end that a reset cut.
fn replies(bytes: &[u8], reset: bool) -> Result<Vec<Owned>, String> {
    let came = decode(bytes, !reset);
    let frame = |item: &Item| match item {
        Item::Frame { address, word, data, .. } => {
            let command = Command::from_word(*word);
            Ok(Owned { address: *address, command, data: data.clone() })
        }
        Item::Lost { offset } => Err(format!("the server sent what is no frame, at {offset}")),
    };
    came.items.iter().map(frame).collect()
}

/// How many of `consumed` bytes belong to no frame.
fn skipped(items: &[Item], consumed: usize) -> u64 {
    let framed = items.iter().map(|item| match item {
        Item::Frame { data, .. } => 8 + data.len(),
        Item::Lost { .. } => 0,
    });
    (consumed - framed.sum::<usize>()) as u64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pump::Passed;
    use crate::wire::{frame, request};

    const COMMAND: u16 = 0x0200;

    fn audit(there: &[u8], back: &[u8], ended: Ended, fate: Fate) -> Result<Audit, String> {
        let passed = |bytes: &[u8]| Passed { sent: bytes.into(), arrived: bytes.into(), ended };
        let passage = Passage { there: passed(there), back: passed(back) };
        Audit::of(&passage, Circumstances { stamped: &[(COMMAND, false)], fate })
    }

    fn reply(data: &[u8]) -> Vec<u8> {
        let stamp = [0, 1, 0, 0, 0, 0, 0, 0, 0, 9];
        frame(1, Command::new(Kind::Reply, COMMAND), &[&stamp, data].concat())
    }

    fn bad_crc() -> Vec<u8> {
        frame(0, Command::new(Kind::Error, 0), &BAD_CRC.to_be_bytes())
    }

    #[test]
    fn what_is_owed_is_what_reached_the_server() {
        let there = [&request(COMMAND, b"a")[..], b"junk", &request(COMMAND, b"b")].concat();
        let back = [reply(b"a"), bad_crc(), reply(b"b")];
        let audit = audit(&there, &back.concat(), Ended::Whole, Fate::Serving).unwrap();
        assert_eq!((audit.taken, audit.answered, audit.refused), (2, 2, 0));
        assert_eq!((audit.lost_sync, audit.skipped, audit.cut_short), (1, 4, 0));
    }

    #[test]
    fn a_lost_a_doubled_and_a_swapped_answer_are_noticed() {
        let there = [request(COMMAND, b"a"), request(COMMAND, b"b")].concat();
        for back in ["a", "", "aab", "abb", "ba", "abc"] {
            let back: Vec<_> = back.bytes().flat_map(|byte| reply(&[byte])).collect();
            assert!(audit(&there, &back, Ended::Whole, Fate::Serving).is_err());
        }
        let garbled = [&reply(b"a")[..], b"x", &reply(b"b")].concat();
        assert!(audit(&there, &garbled, Ended::Whole, Fate::Serving).is_err());
        assert!(audit(&there, &garbled, Ended::Reset, Fate::Serving).is_err());
    }

    #[test]
    fn a_reset_hides_and_a_stop_leaves_unread() {
        let there = [request(COMMAND, b"a"), request(COMMAND, b"b")].concat();
        let cut = [&reply(b"a")[..], &reply(b"b")[..5]].concat();
        let reset = audit(&there, &cut, Ended::Reset, Fate::Serving).unwrap();
        assert_eq!((reset.taken, reset.unknown, reset.unread), (1, 1, 0));
        let stopped = audit(&there, &reply(b"a"), Ended::Refused, Fate::Stopping).unwrap();
        assert_eq!((stopped.taken, stopped.unknown, stopped.unread), (1, 0, 1));
        assert!(audit(&there, &reply(b"a"), Ended::Refused, Fate::Serving).is_err());
        let killed = audit(&there, &cut, Ended::Refused, Fate::Killed).unwrap();
        assert_eq!((killed.taken, killed.unknown, killed.unread), (1, 1, 0));
        assert!(audit(&there, &reply(b"b"), Ended::Refused, Fate::Killed).is_err());
    }
}
