//! Owns the check of the dynamic section: the tables that the loader follows without looking.
use std::collections::BTreeSet;

use object::LittleEndian as Le;
use object::elf::{self, DynamicTag};

use super::image::Image;
use crate::plugins::defect::{Defect, Fault};

/// Entries of a dynamic section beyond which it is not believed.
const MAX_ENTRIES: usize = 1024;

/// The dynamic section, with the string table that goes with it.
pub(super) struct Dynamic<'a> {
    entries: Vec<(DynamicTag, u64)>,
    strings: &'a [u8],
}

impl<'a> Dynamic<'a> {
    /// Checks that the section ends, and that what it points at is in the file.
    pub fn read(image: &Image<'a>) -> Result<Self, Fault> {
        let entries = entries(image).ok_or_else(|| damaged("its dynamic section is unusable"))?;
        let value = |tag| entries.iter().find(|(t, _)| *t == tag).map(|(_, v)| *v);
        let strings = value(elf::DT_STRTAB)
            .zip(value(elf::DT_STRSZ))
            .and_then(|(at, len)| image.at(at, len))
            .filter(|s| s.first() == Some(&0) && s.last() == Some(&0))
            .ok_or_else(|| damaged("its table of strings is unusable"))?;
        let dynamic = Self { entries, strings };
        dynamic.check_tags()?;
        dynamic.check_pointers(image)?;
        dynamic.check_strings()?;
        Ok(dynamic)
    }

    /// Tags and values, in the order of the section.
    pub fn entries(&self) -> &[(DynamicTag, u64)] {
        &self.entries
    }

    /// The value of `tag`, if it is there.
    pub fn value(&self, tag: DynamicTag) -> Option<u64> {
        self.entries.iter().find(|(t, _)| *t == tag).map(|(_, value)| *value)
    }

    /// The string at `offset` of the string table; nothing if it is empty or outside.
    pub fn string(&self, offset: u64) -> Option<&'a [u8]> {
        let rest = self.strings.get(usize::try_from(offset).ok()?..)?;
        rest.split(|byte| *byte == 0).next().filter(|s| !s.is_empty())
    }

    /// The libraries that the loader will bring along.
    pub fn needed(&self) -> Vec<String> {
        let needed = self.entries.iter().filter(|(tag, _)| *tag == elf::DT_NEEDED);
        needed
            .filter_map(|(_, offset)| self.string(*offset))
            .map(|name| String::from_utf8_lossy(name).into_owned())
            .collect()
    }

    /// Nothing is there twice but the names of libraries: of two, the loader takes the last.
    fn check_tags(&self) -> Result<(), Fault> {
        let mut seen = BTreeSet::new();
        let mut once = self.entries.iter().filter(|(tag, _)| *tag != elf::DT_NEEDED);
        match once.all(|(tag, _)| seen.insert(tag.0)) {
            true => Ok(()),
            false => Err(damaged("its dynamic section says something twice")),
        }
    }

    /// Functions run by the loader lie in code, and not in a hole of it.
    fn check_pointers(&self, image: &Image<'_>) -> Result<(), Fault> {
        for tag in [elf::DT_INIT, elf::DT_FINI] {
            if let Some(at) = self.value(tag)
                && !is_code(image, at)
            {
                return Err(damaged("its start or end function is missing"));
            }
        }
        let arrays = [
            (elf::DT_INIT_ARRAY, elf::DT_INIT_ARRAYSZ),
            (elf::DT_FINI_ARRAY, elf::DT_FINI_ARRAYSZ),
        ];
        for (at, size) in arrays {
            let (at, size) = (self.value(at), self.value(size).unwrap_or(0));
            let is_sound = at.is_none_or(|at| size == 0 || image.at(at, size).is_some());
            if !is_sound || size % 8 != 0 {
                return Err(damaged("its list of start or end functions is outside the file"));
            }
        }
        Ok(())
    }

    fn check_strings(&self) -> Result<(), Fault> {
        let named = [elf::DT_NEEDED, elf::DT_SONAME, elf::DT_RPATH, elf::DT_RUNPATH];
        let mut named = self.entries.iter().filter(|(tag, _)| named.contains(tag));
        match named.any(|(_, offset)| self.string(*offset).is_none()) {
            true => Err(damaged("the name of a library that it needs is missing")),
            false => Ok(()),
        }
    }
}

/// Whether `at` lies in machine code whose next 16 bytes are not all zero.
pub(super) fn is_code(image: &Image<'_>, at: u64) -> bool {
    let is_written = image.from(at).is_some_and(|code| code.iter().take(16).any(|b| *b != 0));
    is_written && image.maps(at, 1, elf::PF_X)
}

/// A fault of the file's contents.
pub(super) fn damaged(message: &str) -> Fault {
    Defect::Damaged.because(message)
}

/// Everything up to the terminator, which must be there.
fn entries(image: &Image<'_>) -> Option<Vec<(DynamicTag, u64)>> {
    let segment = image.only(elf::PT_DYNAMIC)?;
    let at = segment.p_vaddr.get(Le);
    let bytes = image.at(at, segment.p_filesz.get(Le))?;
    let (table, _) =
        object::pod::slice_from_bytes::<elf::Dyn64<Le>>(bytes, bytes.len() / 16).ok()?;
    let end = table.iter().position(|entry| entry.d_tag.get(Le) == elf::DT_NULL)?;
    let entries = table.get(..end.min(MAX_ENTRIES))?;
    Some(entries.iter().map(|entry| (entry.d_tag.get(Le), entry.d_val.get(Le))).collect())
}
