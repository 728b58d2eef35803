//! Every way in which a file can be wrong, each refused by its own code.
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::time::Instant;

use hotframe_server::plugins::{Defect, Loader, ShadowFolder};

use crate::fixture::Workshop;

fn loader(shop: &Workshop) -> Loader {
    Loader::new(ShadowFolder::open(&shop.path("run")).unwrap(), 1 << 20, Instant::now())
}

fn defect_of(loader: &Loader, path: &Path) -> Defect {
    let refusal = loader.load(path).expect_err("the file is broken");
    let shown = refusal.to_string();
    let code = refusal.defect.code();
    assert!(!refusal.message.is_empty() && shown.contains(&refusal.message), "{shown}");
    assert!(shown.starts_with(code.as_str()) && shown.ends_with(code.mend()), "{shown}");
    refusal.defect
}

#[test]
fn every_broken_plugin_is_refused_for_what_is_wrong_with_it() {
    let shop = Workshop::new();
    let loader = loader(&shop);
    let expected = [
        ("NO_NOTE", Defect::NoNote),
        ("WRONG_NAME", Defect::BadName),
        ("BUILTIN_NAME", Defect::BadName),
        ("NEEDS_NEWER_MINOR", Defect::WrongAbi),
        ("UNKNOWN_FLAG", Defect::WrongAbi),
        ("TABLE_ABI", Defect::WrongAbi),
        ("PANIC_ABORT", Defect::PanicAborts),
        ("MISSING_SYMBOL", Defect::LoaderRefused),
        ("NO_SYMBOL", Defect::NoEntry),
        ("NULL_TABLE", Defect::EntryRefused),
        ("SIZE", Defect::BadTable),
        ("STRIDE", Defect::BadTable),
        ("TABLE_VERSION", Defect::BadTable),
        ("NO_HANDLERS", Defect::BadHandlers),
        ("TWO_OF_A_NAME", Defect::BadHandlers),
        ("HANDLER_NAME", Defect::BadHandlers),
        ("NO_FUNCTION", Defect::BadHandlers),
        ("LENGTHS", Defect::BadHandlers),
    ];
    for (name, defect) in expected {
        assert_eq!(defect_of(&loader, &shop.defect(name)), defect, "{name}");
    }
    assert!(loader.load(&shop.defect("")).is_ok(), "without a defect it loads");
}

#[test]
fn what_is_no_regular_file_is_refused_without_waiting() {
    let shop = Workshop::new();
    let loader = loader(&shop);
    let fifo = shop.path("fifo.so");
    let made = std::process::Command::new("mkfifo").arg(&fifo).status().unwrap();
    assert!(made.success());
    assert_eq!(defect_of(&loader, &fifo), Defect::NotRegular);
    assert_eq!(defect_of(&loader, Path::new("/dev/zero")), Defect::NotRegular);
    assert_eq!(defect_of(&loader, &shop.folder("folder.so")), Defect::Folder);
    assert_eq!(defect_of(&loader, &shop.path("nothing.so")), Defect::Missing);
    symlink(shop.path("nothing.so"), shop.path("dangling.so")).unwrap();
    assert_eq!(defect_of(&loader, &shop.path("dangling.so")), Defect::Missing);
    symlink(shop.path("circle.so"), shop.path("circle.so")).unwrap();
    assert_eq!(defect_of(&loader, &shop.path("circle.so")), Defect::Missing);
}

#[test]
fn a_file_that_others_can_change_is_refused() {
    let shop = Workshop::new();
    let loader = loader(&shop);
    let file = shop.demo("1.0.0");
    let set = |path: &Path, mode| {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    };
    for mode in [0o775, 0o757, 0o666] {
        set(&file, mode);
        assert_eq!(defect_of(&loader, &file), Defect::WritableFile, "{mode:o}");
    }
    set(&file, 0o755);
    let folder = file.parent().unwrap().to_owned();
    set(&folder, 0o777);
    assert_eq!(defect_of(&loader, &file), Defect::UnsafeFolder);
    // A sticky folder keeps each user's files to him.
    set(&folder, 0o1777);
    assert!(loader.load(&file).is_ok());
    set(&folder, 0o755);
    if rustix::process::geteuid().is_root() {
        std::os::unix::fs::chown(&file, Some(12345), None).unwrap();
        assert_eq!(defect_of(&loader, &file), Defect::ForeignOwner);
    }
}

#[test]
fn bytes_that_are_no_plugin_are_refused() {
    let shop = Workshop::new();
    let loader = loader(&shop);
    let sound = fs::read(shop.demo("1.0.0")).unwrap();
    let check = |name: &str, bytes: &[u8], defect| {
        let path = shop.path(name);
        fs::write(&path, bytes).unwrap();
        assert_eq!(defect_of(&loader, &path), defect, "{name}");
    };
    check("empty.so", b"", Defect::Truncated);
    check("text.so", b"#!/bin/sh\necho hello\n", Defect::NotElf);
    check("garbage.so", &[0x5a; 9000], Defect::NotElf);
    check("short.so", &sound[..sound.len() / 2], Defect::Truncated);
    check("large.so", &vec![0; (1 << 20) + 1], Defect::TooLarge);
    let mut other = sound.clone();
    // e_machine: ARM, which no 64-bit machine is.
    other[18..20].copy_from_slice(&40_u16.to_le_bytes());
    check("machine.so", &other, Defect::WrongMachine);
    other.copy_from_slice(&sound);
    other[4] = 1;
    check("class.so", &other, Defect::WrongMachine);
    other.copy_from_slice(&sound);
    // e_type: an object file.
    other[16] = 1;
    check("object.so", &other, Defect::NotLibrary);
    other.copy_from_slice(&sound);
    let half = sound.len() / 2;
    other[half..].fill(0);
    check("zeros.so", &other, Defect::Damaged);
}

#[test]
fn a_refused_file_leaves_nothing_behind() {
    let shop = Workshop::new();
    let shadow = ShadowFolder::open(&shop.path("run")).unwrap();
    let loader = Loader::new(shadow.clone(), 1 << 20, Instant::now());
    for name in ["MISSING_SYMBOL", "NULL_TABLE", "TABLE_VERSION"] {
        assert!(loader.load(&shop.defect(name)).is_err());
    }
    let left: Vec<_> = fs::read_dir(shadow.path()).unwrap().flatten().collect();
    assert_eq!(left.len(), 1, "only the lock is left: {left:?}");
}
