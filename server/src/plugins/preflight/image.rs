//! Owns `Image`: the file's bytes seen through its program headers, every bound checked.
//!
//! What the dynamic loader would map and follow blindly is looked at here first: an address is
//! only ever turned into bytes through [`Image::at`], which answers nothing outside the file.
use std::ops::Range;

use object::LittleEndian as Le;
use object::elf;
use object::read::elf::{FileHeader, ProgramHeader};

use crate::plugins::defect::{Defect, Fault};

/// The header of the only kind of file that is taken: 64 bits, little-endian.
pub(super) type Header = elf::FileHeader64<Le>;
/// One segment of it.
pub(super) type Segment = elf::ProgramHeader64<Le>;

/// The machine that this server was built for.
const MACHINE: elf::Machine = if cfg!(target_arch = "aarch64") {
    elf::EM_AARCH64
} else if cfg!(target_arch = "riscv64") {
    elf::EM_RISCV
} else {
    elf::EM_X86_64
};

/// No sound plugin spans more address space than this.
const MAX_SPAN: u64 = 1 << 32;

/// A file whose header and segments lie within its bytes.
pub(super) struct Image<'a> {
    /// The whole file.
    pub bytes: &'a [u8],
    /// Its header.
    pub header: &'a Header,
    /// All its program headers.
    pub segments: &'a [Segment],
}

impl<'a> Image<'a> {
    /// Checks head and segments of `bytes`.
    pub fn read(bytes: &'a [u8]) -> Result<Self, Fault> {
        check_ident(bytes)?;
        let header = Header::parse(bytes).map_err(|_| truncated("its header", bytes))?;
        if header.e_machine(Le) != MACHINE {
            let machine = header.e_machine(Le).0;
            return Err(Defect::WrongMachine.because(format!(
                "the file is for ELF machine {machine}, this server runs on {}",
                std::env::consts::ARCH
            )));
        }
        if header.e_type(Le) != elf::ET_DYN {
            let kind = header.e_type(Le).0;
            return Err(Defect::NotLibrary
                .because(format!("the file is ELF type {kind}, a shared library is type 3")));
        }
        let segments = header
            .program_headers(Le, bytes)
            .map_err(|_| truncated("the table of its segments", bytes))?;
        let image = Self { bytes, header, segments };
        image.check_loads()?;
        Ok(image)
    }

    /// The segments that are mapped.
    pub fn loads(&self) -> impl Iterator<Item = &'a Segment> + use<'a> {
        self.segments.iter().filter(|s| s.p_type(Le) == elf::PT_LOAD)
    }

    /// The only segment of that kind.
    pub fn only(&self, kind: elf::ProgramType) -> Option<&'a Segment> {
        let mut found = self.segments.iter().filter(|s| s.p_type(Le) == kind);
        let first = found.next()?;
        found.next().is_none().then_some(first)
    }

    /// The file's bytes behind `len` bytes at the address `at`; nothing if a part of them is not
    /// in the file.
    pub fn at(&self, at: u64, len: u64) -> Option<&'a [u8]> {
        let segment = self.loads().find(|s| contains(&file_range(s), at, len))?;
        let start = segment.p_offset(Le).checked_add(at - segment.p_vaddr(Le))?;
        slice(self.bytes, start, len)
    }

    /// Where in the file the byte at the address `at` lies.
    pub fn place_of(&self, at: u64) -> Option<usize> {
        let segment = self.loads().find(|s| contains(&file_range(s), at, 1))?;
        let place = segment.p_offset(Le).checked_add(at - segment.p_vaddr(Le))?;
        usize::try_from(place).ok()
    }

    /// The file's bytes from the address `at` to the end of its segment.
    pub fn from(&self, at: u64) -> Option<&'a [u8]> {
        let segment = self.loads().find(|s| contains(&file_range(s), at, 1))?;
        self.at(at, file_range(segment).end - at)
    }

    /// Whether `len` bytes at the address `at` are mapped by a segment with all of `flags`.
    pub fn maps(&self, at: u64, len: u64, flags: elf::ProgramFlags) -> bool {
        self.loads()
            .filter(|s| s.p_flags(Le).0 & flags.0 == flags.0)
            .any(|s| contains(&memory_range(s), at, len))
    }

    /// Segments lie in the file, in order, apart from each other, and the whole has a sane size.
    fn check_loads(&self) -> Result<(), Fault> {
        let mut end = 0;
        for segment in self.loads() {
            if segment.data(Le, self.bytes).is_err() {
                return Err(truncated("a segment", self.bytes));
            }
            let memory = memory_range(segment);
            let sane = segment.p_memsz(Le) >= segment.p_filesz(Le)
                && memory.start >= end
                && memory.end <= MAX_SPAN
                && is_aligned(segment);
            if !sane {
                return Err(Defect::Damaged.because("its segments contradict each other"));
            }
            end = memory.end;
        }
        if end == 0 {
            return Err(Defect::Damaged.because("it has no segment to map"));
        }
        self.check_others(end)
    }

    /// What is not mapped on its own lies inside what is.
    fn check_others(&self, end: u64) -> Result<(), Fault> {
        let inner = [elf::PT_DYNAMIC, elf::PT_TLS, elf::PT_GNU_RELRO];
        for segment in self.segments.iter().filter(|s| inner.contains(&s.p_type(Le))) {
            if memory_range(segment).end > end || segment.data(Le, self.bytes).is_err() {
                return Err(Defect::Damaged.because("a segment lies outside what is mapped"));
            }
        }
        Ok(())
    }
}

/// `len` bytes of `bytes` at `start`, if they are all there.
pub(super) fn slice(bytes: &[u8], start: u64, len: u64) -> Option<&[u8]> {
    let start = usize::try_from(start).ok()?;
    let end = start.checked_add(usize::try_from(len).ok()?)?;
    bytes.get(start..end)
}

/// A file that ends before `part` of it does.
pub(super) fn truncated(part: &str, bytes: &[u8]) -> Fault {
    Defect::Truncated.because(format!("the file ends after {} bytes, inside {part}", bytes.len()))
}

fn check_ident(bytes: &[u8]) -> Result<(), Fault> {
    if bytes.is_empty() {
        return Err(Defect::Truncated.because("the file is empty"));
    }
    if bytes.iter().zip(elf::ELFMAG).any(|(found, wanted)| *found != wanted) {
        return Err(Defect::NotElf.because("the file does not start as an ELF file does"));
    }
    let (Some(&class), Some(&order)) = (bytes.get(4), bytes.get(5)) else {
        return Err(truncated("its header", bytes));
    };
    if class != 2 || order != 1 {
        return Err(Defect::WrongMachine.because("the file is not 64-bit little-endian"));
    }
    Ok(())
}

fn file_range(segment: &Segment) -> Range<u64> {
    let start = segment.p_vaddr(Le);
    start..start.saturating_add(segment.p_filesz(Le))
}

fn memory_range(segment: &Segment) -> Range<u64> {
    let start = segment.p_vaddr(Le);
    start..start.saturating_add(segment.p_memsz(Le))
}

fn contains(range: &Range<u64>, at: u64, len: u64) -> bool {
    at >= range.start && at < range.end && at.checked_add(len).is_some_and(|end| end <= range.end)
}

fn is_aligned(segment: &Segment) -> bool {
    let align = segment.p_align(Le).max(1);
    align.is_power_of_two()
        && segment.p_vaddr(Le) & (align - 1) == segment.p_offset(Le) & (align - 1)
}
