//! The note, as the macros of both languages leave it in the file.
#![allow(clippy::unwrap_used)]

mod compiler;

use std::path::Path;

use hotframe_plugin_api::abi::note::{Malformed, Note, OWNER, Panics, SECTION, TYPE};
use hotframe_plugin_api::abi::{HF_ABI_MAJOR, HF_ABI_MINOR, HF_PLUGIN_THREADS};
use hotframe_plugin_api::prelude::*;
use object::read::elf::{ElfFile64, SectionHeader};
use object::{Endianness, Object, ObjectSection, ObjectSymbol, elf};

struct Noted;

impl Plugin for Noted {
    fn create(_: &Create<'_>) -> Result<Self, Error> {
        Ok(Self)
    }
}

hotframe_plugin_api::plugin! {
    Noted,
    name: "noted",
    version: "9.8.7-beta",
    flags: HF_PLUGIN_THREADS,
    handlers: {},
}

/// The description of the one note of a file, after a look at where and how it lies.
fn description(file: &Path) -> Vec<u8> {
    let bytes = std::fs::read(file).unwrap();
    let elf: ElfFile64<'_, Endianness> = ElfFile64::parse(&*bytes).unwrap();
    let section = elf.section_by_name(SECTION).unwrap();
    let header = section.elf_section_header();
    let endian = elf.endian();
    assert_eq!(header.sh_type(endian), elf::SHT_NOTE);
    assert_ne!(header.sh_flags(endian).0 & elf::SHF_ALLOC.0, 0, "it is loaded");
    assert_eq!(section.align(), 4);
    let mut notes = header.notes(endian, &*bytes).unwrap().unwrap();
    let note = notes.next().unwrap().unwrap();
    assert_eq!(note.name(), OWNER.as_bytes());
    assert_eq!(note.n_type(endian).0, TYPE);
    let description = note.desc().to_vec();
    assert!(notes.next().unwrap().is_none());
    description
}

#[test]
fn rust_leaves_its_note() {
    let description = description(&std::env::current_exe().unwrap());
    let note = Note::parse(&description).unwrap();
    assert_eq!((note.abi_major, note.abi_minor_built), (HF_ABI_MAJOR, HF_ABI_MINOR));
    assert_eq!((note.abi_minor_required, note.flags), (0, HF_PLUGIN_THREADS));
    assert_eq!((note.name, note.version), ("noted", "9.8.7-beta"));
    assert!(note.sdk.starts_with("rust "), "{}", note.sdk);
    assert_eq!(note.panics, Panics::Unwind);
}

fn check_mini(compiler: &mut std::process::Command, sdk: &str) {
    let folder = tempfile::tempdir().unwrap();
    let library = folder.path().join("libmini.so");
    compiler::run(
        compiler.args(["-shared", "-fPIC", "-fvisibility=hidden", "-O2"]).arg("-o").arg(&library),
    );
    let description = description(&library);
    let note = Note::parse(&description).unwrap();
    assert_eq!((note.abi_major, note.abi_minor_built), (HF_ABI_MAJOR, HF_ABI_MINOR));
    assert_eq!((note.name, note.version), ("mini", "1.2.3"));
    assert!(note.sdk.starts_with(sdk), "{}", note.sdk);
    assert_eq!(note.panics, Panics::Unwind);

    let bytes = std::fs::read(&library).unwrap();
    let elf: ElfFile64<'_, Endianness> = ElfFile64::parse(&*bytes).unwrap();
    let exports: Vec<_> = elf
        .dynamic_symbols()
        .filter(|symbol| symbol.is_definition() && symbol.is_global())
        .map(|symbol| symbol.name().unwrap().to_owned())
        .collect();
    assert_eq!(exports, ["hotframe_plugin_v1"]);
}

#[test]
fn c_leaves_its_note_and_one_export() {
    let Some(mut cc) = compiler::c() else { return };
    check_mini(cc.arg("-std=c11").arg(compiler::source("mini.c")), "c 1.0");
}

#[test]
fn cxx_leaves_its_note_and_one_export() {
    let Some(mut cxx) = compiler::cxx() else {
        return;
    };
    check_mini(cxx.args(["-std=c++17", "-x", "c++"]).arg(compiler::source("mini.c")), "c 1.0");
}

const SAMPLE: Note<'static> = Note {
    abi_major: 1,
    abi_minor_built: 2,
    abi_minor_required: 1,
    flags: 0x0102,
    name: "sample",
    version: "1",
    sdk: "",
    panics: Panics::Abort,
};

#[test]
fn what_is_encoded_is_read_back() {
    const ENCODED: [u8; SAMPLE.encoded_len()] = SAMPLE.encode::<{ SAMPLE.encoded_len() }>().0;
    let description = &ENCODED[24..];
    assert_eq!(Note::parse(description), Ok(SAMPLE));
    // Padding, or what a later minor appends, changes nothing.
    assert_eq!(Note::parse(&[description, &[0xff; 7]].concat()), Ok(SAMPLE));
}

#[test]
fn no_cut_or_broken_note_is_taken() {
    const ENCODED: [u8; SAMPLE.encoded_len()] = SAMPLE.encode::<{ SAMPLE.encoded_len() }>().0;
    let whole = &ENCODED[24..24 + 12 + 7 + 2 + 1 + 1];
    for len in 0..whole.len() {
        assert_eq!(Note::parse(&whole[..len]), Err(Malformed::Short), "{len} bytes");
    }
    let broken = |at: usize, byte: u8| {
        let mut bytes = whole.to_vec();
        bytes[at] = byte;
        Note::parse(&bytes).err()
    };
    assert_eq!(broken(12, 0xff), Some(Malformed::Text));
    assert_eq!(broken(whole.len() - 1, b'x'), Some(Malformed::Panic));
    assert_eq!(broken(18, b'!'), Some(Malformed::Short), "a text without its NUL");
    assert_eq!(broken(8, 11), Some(Malformed::Short), "smaller than its head");
    assert_eq!(broken(11, 0xff), Some(Malformed::Short), "larger than the file");
}
