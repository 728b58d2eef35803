//! The look at a file's bytes: sound ones pass, and no bytes whatever bring it down.
use std::fs;
use std::panic::catch_unwind;

use hotframe_server::plugins::{Defect, Preflight};
use proptest::prelude::*;

use crate::fixture::Workshop;

fn sound() -> Vec<u8> {
    let shop = Workshop::new();
    fs::read(shop.demo("1.2.3")).unwrap()
}

#[test]
fn a_sound_plugin_says_who_it_is() {
    let facts = Preflight::read(&sound()).unwrap();
    assert_eq!((facts.note.name.as_str(), facts.note.version.as_str()), ("demo", "1.2.3"));
    assert_eq!((facts.note.abi_major, facts.note.abi_minor_required), (1, 0));
    assert!(facts.needed.iter().any(|name| name.starts_with("libc.")), "{:?}", facts.needed);
    assert_eq!(facts.warnings(), []);
}

#[test]
fn what_pins_a_library_is_seen_before_it_is_loaded() {
    let shop = Workshop::new();
    let out = shop.path("pinned.so");
    crate::fixture::compile("demo.c", &["-Wl,-z,nodelete", "-DVERSION=\"1\""], &out);
    let facts = Preflight::read(&fs::read(out).unwrap()).unwrap();
    assert!(facts.no_delete && !facts.static_tls && facts.unique_symbols.is_empty());
    assert_eq!(facts.warnings().len(), 1);
}

#[test]
fn static_room_for_threads_is_warned_of_by_its_code() {
    let shop = Workshop::new();
    let out = shop.path("static.so");
    crate::fixture::compile("demo.c", &["-DSTATIC_TLS", "-DVERSION=\"1\""], &out);
    let facts = Preflight::read(&fs::read(out).unwrap()).unwrap();
    let codes: Vec<_> = facts.warnings().into_iter().filter_map(|(code, _)| code).collect();
    assert_eq!(codes.iter().map(|code| code.as_str()).collect::<Vec<_>>(), ["HF0229"]);
}

#[test]
fn every_truncation_is_refused() {
    let sound = sound();
    for len in 0..sound.len() {
        assert!(Preflight::read(&sound[..len]).is_err(), "{len} of {} bytes", sound.len());
    }
}

#[test]
fn every_zero_filled_end_is_refused_unless_it_was_zero_before() {
    let sound = sound();
    let mut file = sound.clone();
    for len in (0..sound.len()).rev() {
        file[len] = 0;
        if file != sound {
            let missing = sound.iter().rposition(|byte| *byte != 0).unwrap_or(0) - len;
            let read = Preflight::read(&file);
            // The very last bytes of the last section's header say nothing to a loader.
            assert!(read.is_err() || missing < 16, "zero from {len} on, {missing} before the end");
        }
    }
}

#[test]
fn a_page_of_zeros_in_code_or_tables_is_refused() {
    let sound = sound();
    let mut refused = 0;
    for start in (0..sound.len()).step_by(4096) {
        let mut file = sound.clone();
        let end = (start + 4096).min(file.len());
        file[start..end].fill(0);
        let read = Preflight::read(&file);
        refused += usize::from(read.is_err());
        if let Err(fault) = read {
            let expected = [Defect::Damaged, Defect::NotElf, Defect::Truncated, Defect::NoNote];
            assert!(expected.contains(&fault.defect), "page at {start}: {fault}");
        }
    }
    assert!(refused >= 4, "head, code, relocations and section table are seen: {refused}");
}

#[test]
fn a_library_without_symbols_of_its_own_sections_still_passes_when_stripped() {
    let shop = Workshop::new();
    let file = shop.demo("1.0.0");
    let stripped = std::process::Command::new("strip").arg(&file).status().unwrap();
    assert!(stripped.success());
    assert!(Preflight::read(&fs::read(file).unwrap()).is_ok());
}

/// Values that overflow an offset or a length.
const EXTREME: &[u64] = &[0, 1, 8, 0xffff, u64::MAX, u64::MAX - 7, 1 << 63];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Bytes changed at random, singly and in runs, anywhere.
    #[test]
    fn no_mutation_brings_it_down(changes in prop::collection::vec(
        (any::<prop::sample::Index>(), any::<u8>(), 1_usize..64), 1..40,
    )) {
        thread_local!(static SOUND: Vec<u8> = sound());
        let mut file = SOUND.with(Clone::clone);
        for (place, byte, run) in changes {
            let start = place.index(file.len());
            let end = (start + run).min(file.len());
            file[start..end].fill(byte);
            prop_assert!(catch_unwind(|| drop(Preflight::read(&file))).is_ok());
        }
    }

    /// Words of the headers and the dynamic section set to what overflows.
    #[test]
    fn no_extreme_word_brings_it_down(changes in prop::collection::vec(
        (0_usize..600, prop::sample::select(EXTREME.to_vec())),
        1..8,
    )) {
        thread_local!(static SOUND: Vec<u8> = sound());
        let mut file = SOUND.with(Clone::clone);
        let dynamic = file.len() / 2;
        for (place, word) in changes {
            for start in [place, dynamic + place * 8] {
                let end = (start + 8).min(file.len());
                let bytes = word.to_le_bytes();
                if start < end {
                    file[start..end].copy_from_slice(&bytes[..end - start]);
                }
            }
            prop_assert!(catch_unwind(|| drop(Preflight::read(&file))).is_ok());
        }
    }

    #[test]
    fn no_bytes_at_all_bring_it_down(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        prop_assert!(Preflight::read(&bytes).is_err());
        let elf = [&b"\x7fELF\x02\x01\x01"[..], &bytes].concat();
        prop_assert!(Preflight::read(&elf).is_err());
    }
}

/// Where the entries of the dynamic section lie in the file, with their tags.
fn dynamic(bytes: &[u8]) -> Vec<(usize, u64)> {
    let word = |at: usize| u64::from_le_bytes(bytes[at..at + 8].try_into().unwrap());
    let at = |at: usize| usize::try_from(word(at)).unwrap();
    let first = at(32);
    let count = usize::from(u16::from_le_bytes(bytes[56..58].try_into().unwrap()));
    let mut headers = (0..count).map(|index| first + 56 * index);
    let header = headers.find(|header| bytes[*header] == 2).unwrap();
    let entries = (at(header + 8)..).step_by(16).map(|entry| (entry, word(entry)));
    entries.take_while(|(_, tag)| *tag != 0).collect()
}

#[test]
fn lists_that_the_loader_follows_without_looking_are_checked() {
    let sound = sound();
    let entries = dynamic(&sound);
    let entry = |tag: u64| entries.iter().find(|(_, it)| *it == tag).unwrap().0;
    let changed = |at: usize, word: u64| {
        let mut bytes = sound.clone();
        bytes[at..at + 8].copy_from_slice(&word.to_le_bytes());
        Preflight::read(&bytes).map_err(|fault| fault.message)
    };
    let (versym, verneed, relacount) = (0x6fff_fff0, 0x6fff_fffe, 0x6fff_fff9);
    let number = entry(relacount) + 8;
    let relative = u64::from_le_bytes(sound[number..number + 8].try_into().unwrap());
    assert_eq!(changed(entry(versym), versym).err(), None, "nothing is changed");
    // A symbol's version then is whatever lies there: the loader looks behind the end of its list.
    let error = changed(entry(versym) + 8, 0x40).unwrap_err();
    assert!(error.starts_with("a symbol has version"), "{error}");
    for (at, word, told) in [
        (entry(verneed) + 8, 0x48, "its lists of symbol versions are unusable"),
        (entry(verneed), 0x6fff_ff00, "a symbol has version 2, which is none"),
        (entry(relacount) + 8, 1 << 40, "its number of relative relocations is wrong"),
        (entry(relacount) + 8, relative + 1, "its number of relative relocations is wrong"),
        (entry(relacount), 7, "its dynamic section says something twice"),
    ] {
        assert_eq!(changed(at, word).err().as_deref(), Some(told), "{word:#x} at {at:#x}");
    }
}
