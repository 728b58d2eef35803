//! Owns the check of the relocation tables: where the loader writes, and what it makes of it.
use object::LittleEndian as Le;
use object::elf::{self, DynamicTag};

use super::dynamic::{Dynamic, damaged};
use super::image::Image;
use crate::plugins::defect::Fault;

type Relocation = elf::Rela64<Le>;

/// Bytes that one relocation may write at the most.
const WIDTH: u64 = 8;

/// Checks both tables: those applied at once and those of the linkage table.
pub(super) fn check(image: &Image<'_>, dynamic: &Dynamic<'_>, symbols: usize) -> Result<(), Fault> {
    if dynamic.value(elf::DT_REL).is_some() {
        return Err(damaged("it has relocations of a kind that this machine does not use"));
    }
    let tables = [(elf::DT_RELA, elf::DT_RELASZ), (elf::DT_JMPREL, elf::DT_PLTRELSZ)];
    for (at, size) in tables {
        let table = table(image, dynamic, at, size)
            .ok_or_else(|| damaged("its table of relocations is outside the file"))?;
        if has_gap(table) {
            return Err(damaged("a part of its table of relocations is zero"));
        }
        if !table.iter().all(|entry| is_sound(image, dynamic, symbols, entry)) {
            return Err(damaged("a relocation points outside the library"));
        }
    }
    check_count(image, dynamic)?;
    check_relative(image, dynamic)
}

/// As many relocations as are said to be relative are: the loader does not look at their kinds.
fn check_count(image: &Image<'_>, dynamic: &Dynamic<'_>) -> Result<(), Fault> {
    let count = dynamic.value(elf::DT_RELACOUNT).unwrap_or(0);
    let table = table(image, dynamic, elf::DT_RELA, elf::DT_RELASZ).unwrap_or_default();
    let said = usize::try_from(count).ok().and_then(|count| table.get(..count));
    let kind = |r: &Relocation| r.r_info.get(Le);
    let is_sound = said.is_some_and(|said| {
        said.iter().all(|r| kind(r) >> 32 == 0 && Some(kind(r)) == said.first().map(kind))
    });
    match is_sound {
        true => Ok(()),
        false => Err(damaged("its number of relative relocations is wrong")),
    }
}

/// The packed table of relative relocations, where there is one.
fn check_relative(image: &Image<'_>, dynamic: &Dynamic<'_>) -> Result<(), Fault> {
    let Some(at) = dynamic.value(elf::DT_RELR) else {
        return Ok(());
    };
    let size = dynamic.value(elf::DT_RELRSZ).unwrap_or(0);
    let Some(table) = image.at(at, size) else {
        return Err(damaged("its packed relocations are outside the file"));
    };
    let mut words = table.as_chunks::<8>().0.iter().map(|word| u64::from_le_bytes(*word));
    let mut next = 0_u64;
    let is_sound = words.all(|word| relative_is_sound(image, word, &mut next));
    match is_sound {
        true => Ok(()),
        false => Err(damaged("a packed relocation points outside the library")),
    }
}

/// An even word is an address; an odd one is a bit map of the 63 words from `next` on.
fn relative_is_sound(image: &Image<'_>, word: u64, next: &mut u64) -> bool {
    let map = word >> 1;
    let (at, reach) = match word & 1 {
        0 => (word, 1),
        _ => (*next, u64::from(64 - map.leading_zeros())),
    };
    *next = at.saturating_add(if word & 1 == 0 { WIDTH } else { 63 * WIDTH });
    reach == 0 || image.maps(at, reach * WIDTH, elf::PF_W)
}

fn table<'a>(
    image: &Image<'a>,
    dynamic: &Dynamic<'_>,
    at: DynamicTag,
    size: DynamicTag,
) -> Option<&'a [Relocation]> {
    let size = dynamic.value(size).unwrap_or(0);
    let Some(at) = dynamic.value(at).filter(|_| size > 0) else {
        return Some(&[]);
    };
    let bytes = image.at(at, size)?;
    let count = bytes.len() / size_of::<Relocation>();
    Some(object::pod::slice_from_bytes(bytes, count).ok()?.0)
}

/// Linkers leave single empty entries at most; two in a row are a hole in the file.
fn has_gap(table: &[Relocation]) -> bool {
    let is_empty = |r: &Relocation| r.r_offset.get(Le) == 0 && r.r_info.get(Le) == 0;
    table.windows(2).any(|pair| pair.iter().all(is_empty))
}

fn is_sound(image: &Image<'_>, dynamic: &Dynamic<'_>, symbols: usize, r: &Relocation) -> bool {
    let info = r.r_info.get(Le);
    if info == 0 {
        return true;
    }
    let symbol = info >> 32;
    // With text relocations the loader makes every segment writable first.
    let flags = if has_text_relocations(dynamic) { elf::PF_R } else { elf::PF_W };
    image.maps(r.r_offset.get(Le), WIDTH, flags)
        && usize::try_from(symbol).is_ok_and(|symbol| symbol < symbols.max(1))
}

/// Whether the loader has to write into machine code.
pub(super) fn has_text_relocations(dynamic: &Dynamic<'_>) -> bool {
    let flags = dynamic.value(elf::DT_FLAGS).unwrap_or(0);
    dynamic.value(elf::DT_TEXTREL).is_some() || flags & elf::DF_TEXTREL.0 != 0
}
