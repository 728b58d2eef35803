//! Owns the ELF note `.note.hotframe`: what a plugin says of itself before any code of it runs.
use hotframe_plugin_api::abi::note::{self, Panics};
use object::LittleEndian as Le;
use object::read::elf::{NoteIterator, ProgramHeader};

use super::image::{Header, Image};
use super::sections::Sections;
use crate::plugins::defect::{Defect, Fault};

/// The most bytes that a name, a version or an SDK's name may have.
const MAX_TEXT: usize = 128;

/// The contents of the note, owned.
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
        let bad = |reason: &dyn std::fmt::Display| Defect::BadNote.because(reason.to_string());
        let note = note::Note::parse(contents).map_err(|malformed| bad(&malformed))?;
        let is_plain = |text: &str| text.len() <= MAX_TEXT && !text.chars().any(char::is_control);
        if ![note.name, note.version, note.sdk].into_iter().all(is_plain) {
            return Err(bad(&"a text in the note is no plain text of at most 128 bytes"));
        }
        Ok(Self {
            abi_major: note.abi_major,
            abi_minor_built: note.abi_minor_built,
            abi_minor_required: note.abi_minor_required,
            flags: note.flags,
            name: note.name.to_owned(),
            version: note.version.to_owned(),
            sdk: note.sdk.to_owned(),
            panics: note.panics,
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
            && let Some(section) = sections.named(note::SECTION)
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
    name.len() <= 64
        && name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.bytes().all(is_word)
}

fn collect<'a>(mut notes: NoteIterator<'a, Header>, found: &mut Vec<&'a [u8]>) {
    while let Ok(Some(found_note)) = notes.next() {
        if found_note.name() == note::OWNER.as_bytes() && found_note.n_type(Le).0 == note::TYPE {
            found.push(found_note.desc());
        }
    }
}
