//! Owns the ELF note `.note.hotframe`: what a plugin says of itself before any code of it runs.
//!
//! Little-endian: `u16 abi_major, u16 abi_minor_built, u16 abi_minor_required, u16 flags,
//! u32 note_size, name\0, version\0, sdk\0, u8 panic` with panic `u` (unwinds) or `a` (aborts).
use object::LittleEndian as Le;
use object::elf;
use object::read::elf::{NoteIterator, ProgramHeader};

use super::image::{Header, Image};
use super::sections::Sections;
use crate::plugins::defect::{Defect, Fault};

/// Section, owner and type of the note.
const SECTION: &str = ".note.hotframe";
const OWNER: &[u8] = b"hotframe";
const TYPE: elf::NoteType = elf::NoteType(1);

/// The most bytes that a name, a version or an SDK's name may have.
const MAX_TEXT: usize = 128;

/// What a panic inside the plugin does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Panics {
    /// It unwinds, and is caught inside the plugin.
    Unwind,
    /// It ends the process.
    Abort,
}

/// The contents of the note.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// Major version of the ABI that the plugin was built for.
    pub abi_major: u16,
    /// Minor version that it was built with.
    pub abi_minor_built: u16,
    /// Minor version that it needs at least.
    pub abi_minor_required: u16,
    /// The plugin's flags, as in its table.
    pub flags: u16,
    /// The plugin's name, `[a-z][a-z0-9_-]*`.
    pub name: String,
    /// The plugin's version, any text.
    pub version: String,
    /// What the plugin was built with.
    pub sdk: String,
    /// What a panic inside it does.
    pub panics: Panics,
}

impl Note {
    /// Reads the contents of a note.
    ///
    /// # Errors
    /// Says which part is missing or malformed.
    pub fn parse(contents: &[u8]) -> Result<Self, Fault> {
        let mut rest = contents;
        let [abi_major, abi_minor_built, abi_minor_required, flags] = words(&mut rest)?;
        let [low, high] = words(&mut rest)?;
        let size = u32::from(high) << 16 | u32::from(low);
        if usize::try_from(size) != Ok(contents.len()) {
            let message = format!("the note says {size} bytes and has {}", contents.len());
            return Err(Defect::BadNote.because(message));
        }
        let name = text(&mut rest, "name")?;
        let version = text(&mut rest, "version")?;
        let sdk = text(&mut rest, "SDK")?;
        let panics = match rest {
            [b'u'] => Panics::Unwind,
            [b'a'] => Panics::Abort,
            _ => return Err(Defect::BadNote.because("the note's end says neither `u` nor `a`")),
        };
        let (major, built) = (abi_major, abi_minor_built);
        Ok(Self {
            abi_major: major,
            abi_minor_built: built,
            abi_minor_required,
            flags,
            name,
            version,
            sdk,
            panics,
        })
    }

    /// Finds the note in a file: among its note segments, else in the section of its name.
    pub(super) fn find(image: &Image<'_>, sections: &Sections<'_>) -> Result<Self, Fault> {
        let mut found = Vec::new();
        for segment in image.segments {
            if let Ok(Some(notes)) = segment.notes(Le, image.bytes) {
                collect(notes, &mut found);
            }
        }
        if found.is_empty()
            && let Some(section) = sections.named(SECTION)
            && let Ok(notes) = NoteIterator::new(Le, 4, section)
        {
            collect(notes, &mut found);
        }
        // GNU ld lays notes of different alignment into several segments, which may overlap.
        found.dedup_by_key(|contents| contents.as_ptr());
        match found.as_slice() {
            [] => Err(Defect::NoNote.because("it carries no hotframe note: it is no plugin")),
            [contents] => Self::parse(contents),
            _ => Err(Defect::BadNote.because("it carries more than one hotframe note")),
        }
    }
}

/// Whether `name` may name a plugin or a handler: `[a-z][a-z0-9_-]*`, at most 64 bytes.
pub(crate) fn is_name(name: &str) -> bool {
    let is_word = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_' | b'-');
    name.len() <= 64 && name.starts_with(|c: char| c.is_ascii_lowercase()) && name.bytes().all(is_word)
}

fn collect<'a>(mut notes: NoteIterator<'a, Header>, found: &mut Vec<&'a [u8]>) {
    while let Ok(Some(note)) = notes.next() {
        if note.name() == OWNER && note.n_type(Le) == TYPE {
            found.push(note.desc());
        }
    }
}

fn words<const N: usize>(rest: &mut &[u8]) -> Result<[u16; N], Fault> {
    let short = || Defect::BadNote.because("the note is too short");
    let (head, tail) = rest.split_at_checked(N * 2).ok_or_else(short)?;
    *rest = tail;
    let mut words = [0; N];
    for (word, bytes) in words.iter_mut().zip(head.as_chunks::<2>().0) {
        *word = u16::from_le_bytes(*bytes);
    }
    Ok(words)
}

fn text(rest: &mut &[u8], what: &str) -> Result<String, Fault> {
    let end = rest.iter().position(|byte| *byte == 0);
    let text = end.and_then(|end| rest.split_at_checked(end));
    let Some((text, [_, tail @ ..])) = text else {
        return Err(Defect::BadNote.because(format!("the note's {what} has no end")));
    };
    *rest = tail;
    let text = std::str::from_utf8(text).ok().filter(|text| text.len() <= MAX_TEXT);
    let is_plain = |text: &&str| !text.chars().any(char::is_control);
    text.filter(is_plain).map(str::to_owned).ok_or_else(|| {
        Defect::BadNote.because(format!("the note's {what} is no plain text of 128 bytes at most"))
    })
}
