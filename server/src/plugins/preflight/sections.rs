//! Owns the check of the section header table.
//!
//! The loader never reads it, but linkers write it last: a file that was cut short, or whose end
//! is still zero because a copy reserved the room first, shows it here.
use object::LittleEndian as Le;
use object::elf;
use object::read::elf::{FileHeader, SectionHeader};

use super::image::{Image, slice, truncated};
use crate::plugins::defect::{Defect, Fault};

/// One entry of the table.
pub(super) type Section = elf::SectionHeader64<Le>;

/// A page of zeros inside machine code is a hole in the file.
const HOLE: usize = 4096;

/// The checked table.
pub(super) struct Sections<'a> {
    image: &'a Image<'a>,
    table: &'a [Section],
    names: &'a [u8],
}

impl<'a> Sections<'a> {
    /// Checks that the table and everything it names lie in the file.
    pub fn read(image: &'a Image<'a>) -> Result<Self, Fault> {
        let bytes = image.bytes;
        let table = image
            .header
            .section_headers(Le, bytes)
            .map_err(|_| truncated("the table of its sections", bytes))?;
        for section in table {
            if let Some((start, len)) = section.file_range(Le)
                && slice(bytes, start, len).is_none()
            {
                return Err(truncated("a section", bytes));
            }
        }
        let names = name_table(image, table)
            .ok_or_else(|| Defect::Damaged.because("the names of its sections are missing"))?;
        let sections = Self { image, table, names };
        sections.check_types()?;
        sections.check_code()?;
        Ok(sections)
    }

    /// The section of that type.
    pub fn of_type(&self, kind: elf::SectionType) -> Option<&'a Section> {
        self.table.iter().find(|s| s.sh_type(Le) == kind)
    }

    /// The contents of the section of that name.
    pub fn named(&self, name: &str) -> Option<&'a [u8]> {
        let section = self.table.iter().find(|s| self.name(s) == Some(name.as_bytes()))?;
        section.data(Le, self.image.bytes).ok()
    }

    fn name(&self, section: &Section) -> Option<&'a [u8]> {
        let rest = self.names.get(usize::try_from(section.sh_name(Le)).ok()?..)?;
        rest.split(|byte| *byte == 0).next()
    }

    /// An entry of type 0 behind the first means that a part of the table was never written.
    fn check_types(&self) -> Result<(), Fault> {
        if self.table.iter().skip(1).any(|s| s.sh_type(Le) == elf::SHT_NULL) {
            return Err(Defect::Damaged.because("a part of the table of its sections is zero"));
        }
        Ok(())
    }

    fn check_code(&self) -> Result<(), Fault> {
        let code = self.table.iter().filter(|s| {
            s.sh_type(Le) == elf::SHT_PROGBITS && s.sh_flags(Le).0 & elf::SHF_EXECINSTR.0 != 0
        });
        for section in code {
            let Some((start, len)) = section.file_range(Le) else {
                continue;
            };
            if slice(self.image.bytes, start, len).is_some_and(|code| has_hole(code, start)) {
                return Err(Defect::Damaged.because("a page of its machine code is zero"));
            }
        }
        Ok(())
    }
}

/// Whether `code`, which begins at `start` of the file, holds a page of zeros, or is all zero.
fn has_hole(code: &[u8], start: u64) -> bool {
    let to_page = usize::try_from(start.next_multiple_of(4096) - start).unwrap_or(0);
    let (head, pages) = code.split_at(to_page.min(code.len()));
    let is_zero = |part: &[u8]| part.iter().all(|byte| *byte == 0);
    let empty = !code.is_empty() && is_zero(code);
    empty || head.len() >= HOLE / 2 && is_zero(head) || pages.chunks_exact(HOLE).any(is_zero)
}

fn name_table<'a>(image: &'a Image<'a>, table: &'a [Section]) -> Option<&'a [u8]> {
    let index = image.header.section_strings_index(Le, image.bytes).ok()?;
    let section = table.get(index.0)?;
    let names = section.data(Le, image.bytes).ok()?;
    let is_sound = section.sh_type(Le) == elf::SHT_STRTAB
        && names.first() == Some(&0)
        && names.last() == Some(&0)
        && names.iter().any(|byte| *byte != 0);
    is_sound.then_some(names)
}
