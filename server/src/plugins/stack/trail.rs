//! Owns which words of a stack are calls: those that point right behind an instruction that calls,
//! in code that is mapped from a file. What calls that are over have left there may be among them.
use std::collections::BTreeMap;
use std::fs;
use std::ops::Range;
use std::path::{Path, PathBuf};

use super::names::Names;
use super::{Sight, maps};

/// Files larger than this are not looked into.
const MAX_SIZE: u64 = 256 << 20;

/// A piece of a file that is mapped as code.
struct Piece {
    range: Range<usize>,
    /// Where in the file it begins.
    offset: u64,
    path: PathBuf,
}

/// What was read of the files.
#[derive(Default)]
struct Files(BTreeMap<PathBuf, Option<Names>>);

/// The places of the instruction and of the calls that led there, the newest first.
pub(super) fn follow(sight: &Sight, most: usize) -> Vec<String> {
    let (maps, own) = (maps(), fs::read_link("/proc/self/exe").unwrap_or_default());
    let pieces: Vec<Piece> = maps.lines().filter_map(piece).collect();
    let mut files = Files::default();
    let mut places = Vec::new();
    let calls = sight.words.iter().map(|word| (*word, true));
    for (address, is_call) in std::iter::once((sight.instruction, false)).chain(calls) {
        let Some(piece) = pieces.iter().find(|piece| piece.range.contains(&address)) else {
            continue;
        };
        let offset = piece.offset + u64::try_from(address - piece.range.start).unwrap_or(0);
        let Some(names) = files.of(&piece.path) else {
            continue;
        };
        if !is_call || names.is_behind_call(offset) {
            places.push(names.place(offset, is_call));
        }
        // Who has called the plugin is known.
        let is_back = piece.path == own && is_call;
        if is_back || places.len() == most {
            break;
        }
    }
    places
}

impl Files {
    fn of(&mut self, path: &Path) -> Option<&Names> {
        let read = || {
            let is_small = fs::metadata(path).ok()?.len() <= MAX_SIZE;
            Names::read(path, is_small.then(|| fs::read(path).ok())??)
        };
        self.0.entry(path.to_owned()).or_insert_with(read).as_ref()
    }
}

/// A line of `/proc/self/maps`, if it is of a file's code.
fn piece(line: &str) -> Option<Piece> {
    let mut words = line.splitn(6, ' ');
    let (start, end) = words.next()?.split_once('-')?;
    let is_code = words.next()?.contains('x');
    let number = |text| u64::from_str_radix(text, 16).ok();
    let offset = number(words.next()?)?;
    let path = words.nth(2)?.trim_start();
    let address = |text| usize::from_str_radix(text, 16).ok();
    let range = address(start)?..address(end)?;
    (is_code && path.starts_with('/')).then(|| Piece { range, offset, path: PathBuf::from(path) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_code_is_told_from_others() {
        let code = "7f00a000-7f00b000 r-xp 00001000 08:01 42        /opt/a b.so";
        let piece = piece(code).unwrap();
        assert_eq!((piece.range, piece.offset), (0x7f00_a000..0x7f00_b000, 0x1000));
        assert_eq!(piece.path, Path::new("/opt/a b.so"));
        for other in ["", "7f-80 r--p 0 08:01 42 /x", "7f00-8000 r-xp 0 00:00 0 [vdso]"] {
            assert!(super::piece(other).is_none(), "{other}");
        }
    }
}
