//! Owns the changes to a private copy that let it be unmapped: what its linker has asked the
//! dynamic loader to keep for ever is asked for no more. The user's file is never touched.
use std::fmt;

use object::LittleEndian as Le;
use object::elf;

use super::dynamic::{Dynamic, damaged};
use super::image::Image;
use super::sections::Sections;
use super::symbols::{Symbol, Symbols};
use crate::plugins::defect::Fault;

/// What was changed in a copy.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Normalised {
    /// The request never to be unmapped was taken out.
    pub no_delete: bool,
    /// So many symbols that would be one in the whole process were made the library's own.
    pub unique_symbols: usize,
}

/// Bytes of one entry of the dynamic section, and where its value lies in it.
const ENTRY: usize = 16;
const VALUE: usize = 8;
/// Where a symbol's binding and type lie in it.
const INFO: usize = 4;

/// Changes the bytes of a copy that has passed the preflight.
///
/// # Errors
/// It would not have passed. Nothing was changed then.
pub fn normalise(bytes: &mut [u8]) -> Result<Normalised, Fault> {
    let (patches, normalised) = plan(bytes)?;
    for (at, byte) in patches {
        if let Some(place) = bytes.get_mut(at) {
            *place = byte;
        }
    }
    Ok(normalised)
}

/// The bytes to be written, each with its place in the file.
fn plan(bytes: &[u8]) -> Result<(Vec<(usize, u8)>, Normalised), Fault> {
    let image = Image::read(bytes)?;
    let sections = Sections::read(&image)?;
    let dynamic = Dynamic::read(&image)?;
    let symbols = Symbols::read(&image, &sections, &dynamic)?;
    let unplaced = || damaged("its tables are not where its headers say");
    let mut patches = Vec::new();
    let flags = no_delete_flags(&image, &dynamic).ok_or_else(unplaced)?;
    let no_delete = !flags.is_empty();
    patches.extend(flags);
    let unique = unique_symbols(&image, &dynamic, &symbols).ok_or_else(unplaced)?;
    let unique_symbols = unique.len();
    patches.extend(unique);
    Ok((patches, Normalised { no_delete, unique_symbols }))
}

fn no_delete_flags(image: &Image<'_>, dynamic: &Dynamic<'_>) -> Option<Vec<(usize, u8)>> {
    let start = image.only(elf::PT_DYNAMIC)?.p_vaddr.get(Le);
    let start = image.place_of(start)?;
    let asked =
        dynamic.entries().iter().enumerate().filter(|(_, (tag, flags))| {
            *tag == elf::DT_FLAGS_1 && *flags & elf::DF_1_NODELETE.0 != 0
        });
    // The flag lies in the lowest byte.
    let patch = |(index, (_, flags)): (usize, &(_, u64))| {
        let [low, ..] = (flags & !elf::DF_1_NODELETE.0).to_le_bytes();
        (start + index * ENTRY + VALUE, low)
    };
    Some(asked.map(patch).collect())
}

fn unique_symbols(
    image: &Image<'_>,
    dynamic: &Dynamic<'_>,
    symbols: &Symbols<'_>,
) -> Option<Vec<(usize, u8)>> {
    let start = image.place_of(dynamic.value(elf::DT_SYMTAB)?)?;
    let unique = symbols.table.iter().enumerate();
    let unique = unique.filter(|(_, symbol)| symbol.st_bind() == elf::STB_GNU_UNIQUE);
    let patch = |(index, symbol): (usize, &Symbol)| {
        let info = elf::STB_GLOBAL.0 << 4 | symbol.st_type().0;
        (start + index * size_of::<Symbol>() + INFO, info)
    };
    Some(unique.map(patch).collect())
}

impl fmt::Display for Normalised {
    /// Nothing if nothing was changed.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { no_delete, unique_symbols } = *self;
        let flag = if no_delete { "-z nodelete was cleared" } else { "" };
        let and = if no_delete && unique_symbols > 0 { " and " } else { "" };
        match unique_symbols {
            0 if !no_delete => Ok(()),
            0 => write!(f, ", in its private copy {flag}"),
            count => {
                write!(f, ", in its private copy {flag}{and}unique symbols made its own: {count}")
            }
        }
    }
}
