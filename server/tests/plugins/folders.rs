//! What happens in a plugin folder, and what becomes of it.
use std::fs;
use std::io::Write;
use std::os::unix::fs::{PermissionsExt, symlink};

use hotframe_server::config::OnRemove;
use hotframe_server::control::answers::PluginState;
use hotframe_server::plugins::PluginFolder;

use crate::desk::{Answer, Desk};
use crate::fixture::{Workshop, rename_into};

#[test]
fn a_file_is_taken_however_it_comes() {
    let shop = Workshop::new();
    let folder = shop.folder("plugins");
    let mut desk = Desk::open(&folder, shop.path("run"));
    let live = folder.join("demo.so");
    let files = ["1", "2", "3", "4", "5"].map(|version| shop.demo(version));
    let mut expect = |version: &str| {
        desk.until(version, |desk| desk.version().as_deref() == Some(version));
    };
    // Copied under its own name, then copied over in place.
    fs::copy(&files[0], &live).unwrap();
    expect("1");
    fs::copy(&files[1], &live).unwrap();
    expect("2");
    // Replaced by rename, by hard link, by symbolic link.
    rename_into(&files[2], &live);
    expect("3");
    fs::remove_file(&live).unwrap();
    fs::hard_link(&files[3], &live).unwrap();
    expect("4");
    fs::remove_file(&live).unwrap();
    symlink(&files[4], &live).unwrap();
    expect("5");
    // The file behind the link, in a folder that is not watched by name.
    rename_into(&files[0], &files[4]);
    expect("1");
    let loads = desk.log.iter().filter(|line| line.starts_with("staged")).count();
    assert_eq!(loads, 6, "each was loaded exactly once: {:?}", desk.log);
}

#[test]
fn every_kind_of_rubbish_is_refused_while_the_old_version_serves() {
    let shop = Workshop::new();
    let folder = shop.folder("plugins");
    let live = folder.join("demo.so");
    let good = shop.demo("1");
    rename_into(&good, &live);
    let mut desk = Desk::open(&folder, shop.path("run"));
    let bytes = fs::read(&good).unwrap();
    fs::write(folder.join("short.so"), &bytes[..5000]).unwrap();
    fs::write(folder.join("text.so"), "hello").unwrap();
    fs::create_dir(folder.join("folder.so")).unwrap();
    symlink("nowhere", folder.join("link.so")).unwrap();
    rename_into(&shop.defect("NO_NOTE"), &folder.join("foreign.so"));
    rename_into(&shop.defect("CREATE"), &folder.join("failing.so"));
    desk.settle();
    for code in ["HF0201", "HF0202", "HF0210", "HF0212", "HF0215"] {
        assert_eq!(desk.count(&format!("refused {code}")), 1, "{code}: {:?}", desk.log);
    }
    assert_eq!(desk.version().as_deref(), Some("1"));
    assert_eq!(desk.row("broken").unwrap().state, PluginState::Failed);
    // The plugin's own file goes bad, and is mended with the bytes that serve.
    fs::write(&live, &bytes[..7000]).unwrap();
    desk.until("the refusal", |desk| desk.row("demo").unwrap().reason.is_some());
    assert_eq!(desk.version().as_deref(), Some("1"));
    fs::write(&live, &bytes).unwrap();
    desk.until("the mending", |desk| desk.row("demo").unwrap().reason.is_none());
    assert_eq!(desk.count("staged demo 1"), 1, "the same bytes are not loaded twice");
}

#[test]
fn a_removed_file_follows_the_policy() {
    let shop = Workshop::new();
    let folder = shop.folder("plugins");
    let live = folder.join("demo.so");
    let file = shop.demo("1");
    rename_into(&file, &live);
    let mut desk = Desk::open(&folder, shop.path("run"));
    fs::remove_file(&live).unwrap();
    desk.until("its going", |desk| desk.count("gone demo") == 1);
    assert_eq!(desk.version().as_deref(), Some("1"), "kept by default");
    rename_into(&file, &live);
    desk.until("its return", |desk| desk.count("staged demo 1") == 2);
    desk.roster.set_on_remove(OnRemove::Unload);
    fs::remove_file(&live).unwrap();
    desk.until("its unloading", |desk| desk.row("demo").is_none());
    let Answer::Error(2005, _) = desk.ask(0x0100, b"") else { panic!("it answered") };
}

#[test]
fn of_two_files_with_one_plugin_the_second_waits() {
    let shop = Workshop::new();
    let folder = shop.folder("plugins");
    let file = shop.demo("1");
    rename_into(&file, &folder.join("a.so"));
    let mut desk = Desk::open(&folder, shop.path("run"));
    rename_into(&shop.demo("2"), &folder.join("b.so"));
    desk.until("the refusal", |desk| desk.count("refused HF0221") == 1);
    assert_eq!(desk.version().as_deref(), Some("1"));
    assert_eq!(desk.row("demo").unwrap().reason, None);
    fs::remove_file(folder.join("a.so")).unwrap();
    desk.until("the heir", |desk| desk.version().as_deref() == Some("2"));
    assert_eq!(desk.count("gone demo"), 0, "the plugin was never gone");
}

#[test]
fn a_file_that_becomes_another_plugin_is_a_removal_and_an_arrival() {
    let shop = Workshop::new();
    let folder = shop.folder("plugins");
    let live = folder.join("x.so");
    rename_into(&shop.demo("1"), &live);
    let mut desk = Desk::open(&folder, shop.path("run"));
    desk.roster.set_on_remove(OnRemove::Unload);
    rename_into(&shop.named_demo("other", "1"), &live);
    desk.until("the arrival", |desk| desk.count("staged other 1") == 1);
    desk.until("the removal", |desk| desk.row("demo").is_none());
    assert_eq!(desk.row("other").unwrap().state, PluginState::Active);
}

#[test]
fn two_plugins_may_swap_their_files() {
    let shop = Workshop::new();
    let folder = shop.folder("plugins");
    let (one, other) = (folder.join("a.so"), folder.join("b.so"));
    rename_into(&shop.demo("1"), &one);
    rename_into(&shop.named_demo("other", "1"), &other);
    let mut desk = Desk::open(&folder, shop.path("run"));
    rename_into(&shop.named_demo("other", "2"), &one);
    rename_into(&shop.demo("2"), &other);
    desk.until("one at its new place", |desk| desk.version().as_deref() == Some("2"));
    desk.until("the other at its new place", |desk| desk.row("other").unwrap().version == "2");
    desk.settle();
    for name in ["demo", "other"] {
        assert_eq!(desk.row(name).unwrap().reason, None, "{:?}", desk.log);
    }
}

#[test]
fn a_file_moved_to_another_name_goes_on_as_the_same_plugin() {
    let shop = Workshop::new();
    let folder = shop.folder("plugins");
    rename_into(&shop.demo("1"), &folder.join("a.so"));
    let mut desk = Desk::open(&folder, shop.path("run"));
    desk.roster.set_on_remove(OnRemove::Unload);
    fs::rename(folder.join("a.so"), folder.join("b.so")).unwrap();
    desk.settle();
    assert_eq!(desk.version().as_deref(), Some("1"));
    assert_eq!(desk.count("gone demo"), 0);
}

#[test]
fn in_a_passive_folder_only_plugins_are_spoken_of() {
    let shop = Workshop::new();
    let folder = shop.folder("target");
    rename_into(&shop.defect("NO_NOTE"), &folder.join("libother.so"));
    rename_into(&shop.demo("1"), &folder.join("libdemo.so"));
    let mut desk = Desk::with(shop.path("run"), |options| {
        options.folders = vec![PluginFolder { path: folder.clone(), passive: true }];
    });
    assert_eq!(desk.log, ["staged demo 1", "looked 0"]);
    assert_eq!(desk.version().as_deref(), Some("1"));
}

#[test]
fn mended_permissions_are_noticed() {
    let shop = Workshop::new();
    let folder = shop.folder("plugins");
    let live = folder.join("demo.so");
    rename_into(&shop.demo("1"), &live);
    fs::set_permissions(&live, fs::Permissions::from_mode(0o777)).unwrap();
    let mut desk = Desk::open(&folder, shop.path("run"));
    assert_eq!(desk.count("refused HF0205"), 1);
    fs::set_permissions(&live, fs::Permissions::from_mode(0o755)).unwrap();
    desk.until("the mending", |desk| desk.version().as_deref() == Some("1"));
}

#[test]
fn a_file_that_is_filled_slowly_is_taken_once_and_whole() {
    let shop = Workshop::new();
    let folder = shop.folder("plugins");
    let live = folder.join("demo.so");
    rename_into(&shop.demo("1"), &live);
    let mut desk = Desk::open(&folder, shop.path("run"));
    // Room is reserved first, as some copying programs do, then filled from its beginning.
    let bytes = fs::read(shop.demo("2")).unwrap();
    let mut file = fs::File::create(&live).unwrap();
    file.set_len(bytes.len() as u64).unwrap();
    for chunk in bytes.chunks(1024) {
        // Longer than a file must be at rest: what is there is looked at, and refused.
        desk.settle();
        assert_eq!(desk.version().as_deref(), Some("1"));
        file.write_all(chunk).unwrap();
    }
    drop(file);
    desk.until("the new version", |desk| desk.version().as_deref() == Some("2"));
    assert_eq!(desk.count("staged demo 2"), 1, "{:?}", desk.log);
}

#[test]
fn a_folder_that_is_made_safe_is_enough() {
    let shop = Workshop::new();
    let folder = shop.folder("plugins");
    let mode = |mode| fs::set_permissions(&folder, fs::Permissions::from_mode(mode)).unwrap();
    mode(0o777);
    rename_into(&shop.demo("1"), &folder.join("demo.so"));
    let mut desk = Desk::open(&folder, shop.path("run"));
    desk.until("the refusal", |desk| desk.count("refused HF0206") == 1);
    mode(0o755);
    desk.until("the plugin", |desk| desk.version().as_deref() == Some("1"));
    assert_eq!(desk.count("refused HF0206"), 1, "{:?}", desk.log);
}

#[test]
fn copies_have_a_place_again_after_theirs_was_tidied_away() {
    let shop = Workshop::new();
    let folder = shop.folder("plugins");
    rename_into(&shop.demo("1"), &folder.join("demo.so"));
    let mut desk = Desk::open(&folder, shop.path("run"));
    desk.until("the first", |desk| desk.version().as_deref() == Some("1"));
    fs::remove_dir_all(shop.path("run").join("shadow")).unwrap();
    rename_into(&shop.demo("2"), &folder.join("demo.so"));
    desk.until("the second", |desk| desk.version().as_deref() == Some("2"));
    // Where no place can be made it is told once, and tried on.
    fs::remove_dir_all(shop.path("run").join("shadow")).unwrap();
    fs::write(shop.path("run").join("shadow"), "in the way").unwrap();
    rename_into(&shop.demo("3"), &folder.join("demo.so"));
    desk.until("the refusal", |desk| desk.count("refused HF0227") == 1);
    desk.settle();
    fs::remove_file(shop.path("run").join("shadow")).unwrap();
    desk.until("the third", |desk| desk.version().as_deref() == Some("3"));
    assert_eq!(desk.count("refused HF0227"), 1, "{:?}", desk.log);
}

#[test]
fn a_folder_that_cannot_be_listed_is_told_and_what_was_loaded_serves_on() {
    let shop = Workshop::new();
    let (home, folder) = (shop.path("home"), shop.path("plugins"));
    fs::create_dir(&home).unwrap();
    rename_into(&shop.demo("1"), &home.join("demo.so"));
    symlink(&home, &folder).unwrap();
    let mut desk = Desk::open(&folder, shop.path("run"));
    desk.roster.set_on_remove(OnRemove::Unload);
    assert_eq!(desk.version().as_deref(), Some("1"));
    // It is there and leads nowhere: whether its files are gone is not known.
    fs::remove_file(&folder).unwrap();
    symlink(&folder, &folder).unwrap();
    desk.until("the news", |desk| desk.count("refused HF0228") == 1);
    let row = desk.row("plugins").unwrap();
    assert!(row.reason.unwrap().contains("its files are not known"));
    assert_eq!(desk.version().as_deref(), Some("1"));
    fs::remove_file(&folder).unwrap();
    symlink(&home, &folder).unwrap();
    desk.until("its return", |desk| desk.count("forgotten") == 1);
    assert!(desk.row("plugins").is_none());
    // A file in its place: what was there is gone.
    fs::remove_file(&folder).unwrap();
    fs::write(&folder, "no folder").unwrap();
    desk.until("the news", |desk| desk.count("refused HF0228") == 2);
    desk.until("the plugin's end", |desk| desk.version().is_none());
    fs::remove_file(&folder).unwrap();
    symlink(&home, &folder).unwrap();
    desk.until("all of it", |desk| desk.version().as_deref() == Some("1"));
}

#[test]
fn a_folder_that_need_not_be_there_is_not_told_of() {
    let shop = Workshop::new();
    let folder = shop.path("plugins");
    let folders = vec![PluginFolder { path: folder.clone(), passive: true }];
    let mut desk = Desk::with(shop.path("run"), |options| options.folders = folders);
    desk.settle();
    assert_eq!(desk.count("refused HF0228"), 0);
    symlink(&folder, &folder).unwrap();
    desk.until("the news", |desk| desk.count("refused HF0228") == 1);
}
