//! Owns the check of the exported symbols, their hash tables and their versions.
use object::LittleEndian as Le;
use object::elf;
use object::read::elf::SectionHeader;

use super::dynamic::{Dynamic, damaged, is_code};
use super::image::Image;
use super::sections::Sections;
use crate::plugins::defect::{Defect, Fault};

/// One symbol.
pub(super) type Symbol = elf::Sym64<Le>;

/// The table of dynamic symbols, checked.
pub(super) struct Symbols<'a> {
    /// All of them; the first is the reserved one.
    pub table: &'a [Symbol],
}

impl<'a> Symbols<'a> {
    /// Checks table, hash tables and versions.
    pub fn read(
        image: &Image<'a>,
        sections: &Sections<'_>,
        dynamic: &Dynamic<'a>,
    ) -> Result<Self, Fault> {
        let table = table(image, sections, dynamic)
            .ok_or_else(|| damaged("its table of symbols is unusable"))?;
        let symbols = Self { table };
        for symbol in table.iter().skip(1) {
            symbols.check(symbol, image, dynamic)?;
        }
        if !gnu_hash_is_sound(image, dynamic, table.len()) || !hash_is_sound(image, dynamic) {
            return Err(damaged("its hash table of symbols is unusable"));
        }
        let versions = table.len() as u64 * 2;
        if dynamic.value(elf::DT_VERSYM).is_some_and(|at| image.at(at, versions).is_none()) {
            return Err(damaged("its table of symbol versions is unusable"));
        }
        Ok(symbols)
    }

    /// Checks that the function `name` is exported and is really there.
    pub fn check_entry(
        &self,
        name: &str,
        image: &Image<'_>,
        dynamic: &Dynamic<'_>,
    ) -> Result<(), Fault> {
        let entry = self.table.iter().find(|symbol| {
            let offset = u64::from(symbol.st_name.get(Le));
            is_defined(symbol) && dynamic.string(offset) == Some(name.as_bytes())
        });
        let Some(entry) = entry else {
            return Err(Defect::NoEntry.because(format!("it does not export {name}")));
        };
        let is_function = matches!(entry.st_type(), elf::STT_FUNC | elf::STT_NOTYPE);
        if !is_function || !is_code(image, entry.st_value.get(Le)) {
            return Err(damaged("its entry function is missing"));
        }
        Ok(())
    }

    /// Names of symbols that the loader would make unique in the process, which pins the library.
    pub fn unique(&self, dynamic: &Dynamic<'_>) -> Vec<String> {
        let unique = self.table.iter().filter(|s| s.st_bind() == elf::STB_GNU_UNIQUE);
        unique
            .filter_map(|symbol| dynamic.string(u64::from(symbol.st_name.get(Le))))
            .map(|name| String::from_utf8_lossy(name).into_owned())
            .collect()
    }

    fn check(
        &self,
        symbol: &Symbol,
        image: &Image<'_>,
        dynamic: &Dynamic<'_>,
    ) -> Result<(), Fault> {
        if dynamic.string(u64::from(symbol.st_name.get(Le))).is_none() {
            return Err(damaged("a symbol has no name"));
        }
        // Thread-local and absolute symbols are no addresses.
        let is_address = is_defined(symbol)
            && symbol.st_type() != elf::STT_TLS
            && symbol.st_shndx.get(Le) != elf::SHN_ABS;
        let at = symbol.st_value.get(Le);
        let end = image.loads().map(|s| s.p_vaddr.get(Le) + s.p_memsz.get(Le)).max();
        if is_address && end.is_none_or(|end| at > end) {
            return Err(damaged("a symbol lies outside the library"));
        }
        Ok(())
    }
}

fn is_defined(symbol: &Symbol) -> bool {
    symbol.st_shndx.get(Le) != elf::SHN_UNDEF
}

fn table<'a>(
    image: &Image<'a>,
    sections: &Sections<'_>,
    dynamic: &Dynamic<'_>,
) -> Option<&'a [Symbol]> {
    let at = dynamic.value(elf::DT_SYMTAB)?;
    let section = sections.of_type(elf::SHT_DYNSYM)?;
    let entry = size_of::<Symbol>() as u64;
    if section.sh_addr(Le) != at || dynamic.value(elf::DT_SYMENT)? != entry {
        return None;
    }
    let count = section.sh_size(Le) / entry;
    let bytes = image.at(at, count * entry)?;
    let (table, _) = object::pod::slice_from_bytes(bytes, usize::try_from(count).ok()?).ok()?;
    Some(table)
}

/// The loader divides by the number of buckets and walks chains to a mark: both must be sound.
fn gnu_hash_is_sound(image: &Image<'_>, dynamic: &Dynamic<'_>, symbols: usize) -> bool {
    let Some(at) = dynamic.value(elf::DT_GNU_HASH) else {
        return dynamic.value(elf::DT_HASH).is_some();
    };
    let Some(table) = image.from(at) else {
        return false;
    };
    let word = |index: usize| {
        let bytes = table.get(index.checked_mul(4)?..)?.first_chunk::<4>()?;
        usize::try_from(u32::from_le_bytes(*bytes)).ok()
    };
    let head = (word(0), word(1), word(2));
    let (Some(buckets), Some(first), Some(bloom)) = head else {
        return false;
    };
    if buckets == 0 || !bloom.is_power_of_two() || first > symbols {
        return false;
    }
    // Four words of head, two words for each 64-bit word of the filter, then the buckets.
    let Some(start) = bloom.checked_mul(2).and_then(|n| n.checked_add(4)) else {
        return false;
    };
    let Some(chains) = start.checked_add(buckets) else {
        return false;
    };
    let mut starts = (0..buckets).map(|index| word(start + index));
    // A library that exports nothing has no chain, whatever stands where one would be.
    let has_none = starts.clone().all(|bucket| bucket == Some(0));
    let bucket_is_sound = |bucket: Option<usize>| {
        bucket.is_some_and(|symbol| symbol == 0 || (first..symbols).contains(&symbol))
    };
    let last_chain = symbols.checked_sub(first + 1);
    // Every chain ends at the latest with the last symbol's mark.
    let ends = last_chain.is_none_or(|last| word(chains + last).is_some_and(|w| w & 1 == 1));
    table.len() / 4 >= chains && (has_none || starts.all(bucket_is_sound) && ends)
}

fn hash_is_sound(image: &Image<'_>, dynamic: &Dynamic<'_>) -> bool {
    let Some(at) = dynamic.value(elf::DT_HASH) else {
        return true;
    };
    let Some(head) = image.at(at, 8).and_then(|bytes| bytes.first_chunk::<8>()) else {
        return false;
    };
    let [b0, b1, b2, b3, c0, c1, c2, c3] = *head;
    let buckets = u64::from(u32::from_le_bytes([b0, b1, b2, b3]));
    let chains = u64::from(u32::from_le_bytes([c0, c1, c2, c3]));
    let Some(body) = image.at(at + 8, (buckets + chains) * 4) else {
        return false;
    };
    let in_range = |w: &[u8]| w.iter().rev().fold(0, |n, b| n << 8 | u64::from(*b)) < chains;
    buckets > 0 && body.chunks_exact(4).all(in_range)
}
