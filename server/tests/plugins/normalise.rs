//! Private copies that their linkers wanted to stay for ever are unmapped all the same.
use std::fs;
use std::path::Path;
use std::time::Instant;

use hotframe_server::plugins::{Care, Host, Loader, Normalised, ShadowFolder};

use crate::desk::{Answer, Desk};
use crate::fixture::{Workshop, compile, compile_cxx, mappings, rename_into};

fn loader(shop: &Workshop, normalize: bool) -> Loader {
    let shadow = ShadowFolder::open(&shop.path("run")).unwrap();
    let mut loader = Loader::new(shadow, 1 << 20, Instant::now());
    loader.set_care(Care { normalize, ..Care::default() });
    loader
}

/// Loads and unloads it so often; says what was changed, and whether all of it went.
fn cycle(loader: &Loader, file: &Path, count: usize) -> (Normalised, bool) {
    let (mut host, mut changed, mut went) = (Host::new(), Normalised::default(), true);
    for _ in 0..count {
        let loaded = loader.load(file).unwrap();
        changed = loaded.preflight().normalised;
        let created = host.create(loaded, "{}").unwrap();
        went &= host.destroy(created.instance).unwrap().unload().is_none();
    }
    (changed, went)
}

#[test]
fn a_library_linked_with_nodelete_is_unmapped() {
    let shop = Workshop::new();
    let file = shop.path("demo.so");
    compile("demo.c", &["-Wl,-z,nodelete", "-DVERSION=\"1\""], &file);
    let before = fs::read(&file).unwrap();
    let (changed, went) = cycle(&loader(&shop, true), &file, 100);
    assert_eq!(changed, Normalised { no_delete: true, unique_symbols: 0 });
    assert_eq!(changed.to_string(), ", in its private copy -z nodelete was cleared");
    assert!(went);
    assert_eq!(mappings(&shop.path("run")), 0);
    assert_eq!(fs::read(&file).unwrap(), before, "the file itself is as it was");
    // Switched off, it stays: what was changed is what made the difference.
    let (changed, went) = cycle(&loader(&shop, false), &file, 1);
    assert_eq!((changed, went), (Normalised::default(), false));
}

#[test]
fn a_file_without_such_wishes_is_not_changed() {
    let shop = Workshop::new();
    let (changed, went) = cycle(&loader(&shop, true), &shop.demo("1"), 1);
    assert_eq!((changed, went), (Normalised::default(), true));
    assert_eq!(changed.to_string(), "");
}

#[test]
fn unique_symbols_are_each_generations_own() {
    let shop = Workshop::new();
    let file = shop.path("leaver.so");
    if !compile_cxx("leaver.cpp", &["-fvisibility=default"], &file) {
        return;
    }
    let (changed, went) = cycle(&loader(&shop, true), &file, 100);
    assert!(changed.unique_symbols >= 2 && !changed.no_delete, "{changed:?}");
    assert!(went);
    assert_eq!(mappings(&shop.path("run")), 0);
    // Two generations one after the other, the second while the first is still mapped.
    let folder = shop.folder("plugins");
    let live = folder.join("leaver.so");
    rename_into(&file, &live);
    let mut desk = Desk::open(&folder, shop.path("other"));
    desk.route(0x0100, "leaver.count");
    assert_eq!(desk.ask(0x0100, b""), Answer::Reply(vec![1, 6]));
    let ticket = desk.service.reload("leaver".to_owned());
    desk.until_looked(ticket);
    assert_eq!(desk.row("leaver").unwrap().reloads, 1);
    assert_eq!(desk.ask(0x0100, b""), Answer::Reply(vec![1, 6]), "it begins anew");
}
