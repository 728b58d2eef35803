//! Owns the check of symbol versions: the loader takes the number of a symbol's version for a place
//! in a list, and looks there without asking how long that is.
use std::collections::BTreeSet;

use object::elf::{self, DynamicTag};

use super::dynamic::{Dynamic, damaged};
use super::image::Image;
use crate::plugins::defect::Fault;

/// Bit 15 of a symbol's version hides the symbol, and is no part of the number.
const NUMBER: u16 = 0x7fff;
/// The numbers that need no list: local and global.
const LISTLESS: u16 = 1;
/// More libraries or versions than these are not believed.
const MOST: u64 = 4096;

/// One kind of list: its tags, and where in an entry things lie. Entries are linked by offsets.
struct Kind {
    first: DynamicTag,
    count: DynamicTag,
    len: u64,
    /// Offset and place of the link to the first part, and to the next entry.
    part: usize,
    next: usize,
}

const NEEDED: Kind =
    Kind { first: elf::DT_VERNEED, count: elf::DT_VERNEEDNUM, len: 16, part: 8, next: 12 };
const DEFINED: Kind =
    Kind { first: elf::DT_VERDEF, count: elf::DT_VERDEFNUM, len: 20, part: 12, next: 16 };

/// Checks the lists, and that the version of each of `symbols` is in one of them.
pub(super) fn check(image: &Image<'_>, dynamic: &Dynamic<'_>, symbols: usize) -> Result<(), Fault> {
    let unusable = || damaged("its lists of symbol versions are unusable");
    let mut known = BTreeSet::new();
    needed(image, dynamic, &mut known).ok_or_else(unusable)?;
    defined(image, dynamic, &mut known).ok_or_else(unusable)?;
    let Some(at) = dynamic.value(elf::DT_VERSYM) else {
        return Ok(());
    };
    let len = u64::try_from(symbols).unwrap_or(u64::MAX).saturating_mul(2);
    let table = image.at(at, len).ok_or_else(unusable)?;
    let numbers = table.as_chunks::<2>().0.iter().map(|it| u16::from_le_bytes(*it) & NUMBER);
    let mut strangers = numbers.filter(|number| *number > LISTLESS && !known.contains(number));
    match (strangers.next(), known.is_empty()) {
        (None, false) => Ok(()),
        (Some(number), _) => Err(damaged(&format!("a symbol has version {number}, which is none"))),
        (None, true) => Err(unusable()),
    }
}

/// Versions of other libraries: each entry is a library, its parts the versions.
fn needed(image: &Image<'_>, dynamic: &Dynamic<'_>, known: &mut BTreeSet<u16>) -> Option<()> {
    each(image, dynamic, &NEEDED, |entry, at| {
        let library = u64::from(long(entry, 4)?);
        dynamic.string(library)?;
        let mut part = at.checked_add(u64::from(long(entry, NEEDED.part)?))?;
        for _ in 0..short(entry, 2)? {
            let bytes = image.at(part, 16)?;
            dynamic.string(u64::from(long(bytes, 8)?))?;
            known.insert(short(bytes, 6)? & NUMBER);
            part = part.checked_add(u64::from(long(bytes, 12)?))?;
        }
        Some(())
    })
}

/// Versions of its own: each entry is one, its first part the name.
fn defined(image: &Image<'_>, dynamic: &Dynamic<'_>, known: &mut BTreeSet<u16>) -> Option<()> {
    each(image, dynamic, &DEFINED, |entry, at| {
        let part = at.checked_add(u64::from(long(entry, DEFINED.part)?))?;
        dynamic.string(u64::from(long(image.at(part, 8)?, 0)?))?;
        known.insert(short(entry, 4)? & NUMBER);
        Some(())
    })
}

/// Follows a list by its links, as the loader does, which stops where there is none.
fn each(
    image: &Image<'_>,
    dynamic: &Dynamic<'_>,
    kind: &Kind,
    mut read: impl FnMut(&[u8], u64) -> Option<()>,
) -> Option<()> {
    let Some(mut at) = dynamic.value(kind.first) else {
        return Some(());
    };
    let count = dynamic.value(kind.count)?;
    for _ in 0..count.min(MOST) {
        let entry = image.at(at, kind.len)?;
        (short(entry, 0)? == 1).then_some(())?;
        read(entry, at)?;
        match u64::from(long(entry, kind.next)?) {
            0 => return Some(()),
            next => at = at.checked_add(next)?,
        }
    }
    // The loader goes on as long as there is a link.
    None
}

fn short(bytes: &[u8], at: usize) -> Option<u16> {
    bytes.get(at..)?.first_chunk().map(|it| u16::from_le_bytes(*it))
}

fn long(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..)?.first_chunk().map(|it| u32::from_le_bytes(*it))
}
