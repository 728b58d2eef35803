//! Where things lie in a 64-bit ELF file: enough to know where it is worth hurting.

use std::ops::Range;

/// The parts of a library, as ranges of its file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Parts {
    /// The file header and the program headers behind it.
    pub headers: Range<usize>,
    /// What each program header covers.
    pub segments: Vec<Range<usize>>,
    /// The dynamic section.
    pub dynamic: Range<usize>,
}

const DYNAMIC: u64 = 2;

impl Parts {
    /// Those of a sound library.
    ///
    /// # Panics
    /// If it is none.
    #[must_use]
    pub fn of(file: &[u8]) -> Self {
        let number = |at: usize, len: usize| {
            let bytes = file[at..at + len].iter().rev();
            bytes.fold(0_u64, |sum, byte| sum << 8 | u64::from(*byte))
        };
        let place = |at: usize| usize::try_from(number(at, 8)).unwrap();
        let (first, count) = (place(32), usize::try_from(number(56, 2)).unwrap());
        let headers = 0..first + 56 * count;
        let (mut segments, mut dynamic) = (Vec::new(), 0..0);
        for at in (first..headers.end).step_by(56) {
            let (offset, size) = (place(at + 8), place(at + 32));
            segments.push(offset..offset + size);
            if number(at, 4) == DYNAMIC {
                dynamic = offset..offset + size;
            }
        }
        Self { headers, segments, dynamic }
    }

    /// Every length to which cutting the file is worth a try: each boundary of a segment, and one
    /// byte to each side.
    #[must_use]
    pub fn boundaries(&self, len: usize) -> Vec<usize> {
        let ends = self.segments.iter().flat_map(|segment| [segment.start, segment.end]);
        let around = ends.flat_map(|end| [end.saturating_sub(1), end, end + 1]);
        let mut all: Vec<usize> = around.filter(|end| *end < len).collect();
        all.sort_unstable();
        all.dedup();
        all
    }
}
