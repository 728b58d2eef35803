//! Owns the names of a library's functions, and its instructions, as its file has them.
use std::fmt::Write;
use std::path::Path;

use object::read::elf::{ElfFile64, ProgramHeader};
use object::{Endianness, Object, ObjectSymbol, SymbolKind};
use rustc_demangle::demangle;

/// What was read of one file.
pub(super) struct Names {
    file: String,
    bytes: Vec<u8>,
    /// Where pieces of the file are mapped: offset in it, length, address.
    pieces: Vec<(u64, u64, u64)>,
    /// Address, length, name; in order.
    functions: Vec<(u64, u64, String)>,
}

impl Names {
    /// Reads what a file holds; `None` if that is no library.
    pub fn read(path: &Path, bytes: Vec<u8>) -> Option<Self> {
        let elf = ElfFile64::<Endianness>::parse(&*bytes).ok()?;
        let endian = elf.endian();
        let piece = |header: &object::elf::ProgramHeader64<Endianness>| {
            (header.p_offset(endian), header.p_filesz(endian), header.p_vaddr(endian))
        };
        let loaded = |header: &&object::elf::ProgramHeader64<Endianness>| {
            header.p_type(endian) == object::elf::PT_LOAD
        };
        let pieces = elf.elf_program_headers().iter().filter(loaded).map(piece).collect();
        let all = elf.symbols().chain(elf.dynamic_symbols());
        let is_function = |symbol: &object::read::elf::ElfSymbol64<'_, '_, Endianness>| {
            symbol.kind() == SymbolKind::Text && symbol.is_definition()
        };
        let function = |symbol: object::read::elf::ElfSymbol64<'_, '_, Endianness>| {
            Some((symbol.address(), symbol.size(), symbol.name().ok()?.to_owned()))
        };
        let mut functions: Vec<_> = all.filter(is_function).filter_map(function).collect();
        functions.sort();
        let file = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        Some(Self { file, pieces, functions, bytes })
    }

    /// `file+0xADDRESS (function+0xOFFSET)` of a place in the file. One that is returned to may be
    /// the first of the next function: who calls last never comes back.
    pub fn place(&self, offset: u64, is_call: bool) -> String {
        let address = self.address(offset);
        let mut place = format!("{}+0x{address:x}", self.file);
        let within = address.saturating_sub(u64::from(is_call));
        let before = self.functions.partition_point(|(start, ..)| *start <= within);
        let nearest = self.functions.get(before.wrapping_sub(1));
        if let Some((start, _, name)) =
            nearest.filter(|(start, len, _)| *len == 0 || within < start.saturating_add(*len))
        {
            // Writing to a String cannot fail.
            let _ = write!(place, " ({:#}+0x{:x})", demangle(name), address - start);
        }
        place
    }

    /// Whether the instruction right before that place in the file calls.
    pub fn is_behind_call(&self, offset: u64) -> bool {
        let end = usize::try_from(offset).unwrap_or(usize::MAX);
        let before = self.bytes.get(..end).and_then(|bytes| bytes.last_chunk::<7>());
        before.is_some_and(calls)
    }

    fn address(&self, offset: u64) -> u64 {
        let holds = |(start, len, _): &&(u64, u64, u64)| {
            (*start..start.saturating_add(*len)).contains(&offset)
        };
        self.pieces
            .iter()
            .find(holds)
            .map_or(offset, |(start, _, address)| offset - start + address)
    }
}

/// Whether these bytes end with an instruction that calls.
#[cfg(target_arch = "x86_64")]
fn calls(bytes: &[u8; 7]) -> bool {
    // By a register or memory: FF, and 2 in the middle of the byte behind it.
    let is_indirect = |at: usize| bytes[at] == 0xff && bytes[at + 1] & 0x38 == 0x10;
    bytes[2] == 0xe8 || [5, 4, 3, 1, 0].into_iter().any(is_indirect)
}

/// Whether these bytes end with an instruction that calls.
#[cfg(target_arch = "aarch64")]
fn calls(bytes: &[u8; 7]) -> bool {
    let word = u32::from_le_bytes([bytes[3], bytes[4], bytes[5], bytes[6]]);
    word & 0xfc00_0000 == 0x9400_0000 || word & 0xffff_fc1f == 0xd63f_0000
}
