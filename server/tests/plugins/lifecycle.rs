//! A generation from its file to nothing, many times over.
use std::fs;
use std::time::{Duration, Instant};

use hotframe_server::plugins::{Host, Loader, ShadowFolder};

use crate::desk::{Answer, Desk};
use crate::fixture::{Workshop, compile, mappings, rename_into};

#[test]
fn two_hundred_generations_leave_the_memory_map_as_it_was() {
    let shop = Workshop::new();
    let shadow = ShadowFolder::open(&shop.path("run")).unwrap();
    let loader = Loader::new(shadow.clone(), 1 << 20, Instant::now());
    let file = shop.demo("1.0.0");
    let mut host = Host::new();
    let mut numbers = Vec::new();
    for _ in 0..200 {
        let created = host.create(loader.load(&file).unwrap(), "{}").unwrap();
        assert!(mappings(shadow.path()) > 0);
        numbers.push(created.generation);
        let lingering = host.destroy(created.instance).unwrap().unload();
        assert!(lingering.is_none(), "{lingering:?}");
        assert_eq!(mappings(shadow.path()), 0);
    }
    assert!(numbers.is_sorted_by(|a, b| a < b), "no number is given twice");
    assert_eq!(fs::read_dir(shadow.path()).unwrap().count(), 1, "only the lock is left");
}

#[test]
fn two_hundred_reloads_through_the_engine_each_answer_with_their_own_version() {
    let shop = Workshop::new();
    let folder = shop.folder("plugins");
    let versions = ["1.0.0", "2.0.0"].map(|version| (version, shop.demo(version)));
    let live = folder.join("libdemo.so");
    rename_into(&versions[0].1, &live);
    let mut desk = Desk::open(&folder, shop.path("run"));
    let shadow = shop.path("run/shadow");
    let mut last = desk.who().unwrap();
    for (version, file) in versions.iter().cycle().skip(1).take(200) {
        rename_into(file, &live);
        desk.until("the new version", |desk| desk.version().as_deref() == Some(*version));
        let now = desk.who().unwrap();
        assert!(now.1 > last.1, "{now:?} after {last:?}");
        last = now;
    }
    desk.until("one generation", |desk| desk.roster.resident_generations() == 1);
    assert_eq!(desk.row("demo").unwrap().reloads, 200);
    let one = mappings(&shadow);
    assert!((1..=8).contains(&one), "{one} mappings for one generation");
    drop(desk);
    assert_eq!(mappings(&shadow), 0);
}

#[test]
fn a_version_that_refuses_to_start_leaves_the_old_one_serving() {
    let shop = Workshop::new();
    let folder = shop.folder("plugins");
    let live = folder.join("libdemo.so");
    rename_into(&shop.demo("1.0.0"), &live);
    let mut desk = Desk::open(&folder, shop.path("run"));
    desk.config = "{\"fail\":true}".to_owned();
    rename_into(&shop.demo("2.0.0"), &live);
    desk.settle();
    assert_eq!(desk.version().as_deref(), Some("1.0.0"));
    let row = desk.row("demo").unwrap();
    let reason = row.reason.unwrap();
    assert!(reason.contains("HF0226") && reason.contains("the configuration says so"), "{reason}");
    assert_eq!(row.resident_generations, 1);
    // With its configuration mended it is loaded again on demand, from the same file.
    desk.config = "{}".to_owned();
    let ticket = desk.service.reload("demo".to_owned());
    desk.until_looked(ticket);
    assert_eq!(desk.version().as_deref(), Some("2.0.0"));
    assert_eq!(desk.row("demo").unwrap().reason, None);
}

#[test]
fn a_handler_of_a_generation_that_is_gone_is_never_called() {
    let shop = Workshop::new();
    let folder = shop.folder("plugins");
    rename_into(&shop.demo("1.0.0"), &folder.join("libdemo.so"));
    let mut desk = Desk::open(&folder, shop.path("run"));
    let now = desk.now();
    desk.engine.withdraw("demo", now);
    for unloading in desk.roster.handle_retired(&mut desk.engine) {
        assert!(unloading.unload().is_none());
    }
    let Answer::Error(2005, _) = desk.ask(0x0100, b"") else { panic!("it answered") };
}

#[test]
fn copies_of_dead_processes_are_removed_and_those_of_living_ones_kept() {
    let shop = Workshop::new();
    let living = ShadowFolder::open(&shop.path("run")).unwrap();
    let dead = shop.folder("run/shadow/999999999");
    fs::write(dead.join("old-gen-1-0123456789abcdef.so"), b"left behind").unwrap();
    let second = ShadowFolder::open(&shop.path("run")).unwrap();
    assert!(!dead.exists());
    assert!(living.path().exists());
    assert_ne!(living.path(), second.path());
    let path = living.path().to_owned();
    drop(living);
    assert!(!path.exists());
}

#[test]
fn code_that_stays_keeps_its_host_table_whoever_drops_the_report() {
    let shop = Workshop::new();
    let (file, proof) = (shop.path("lingering.so"), shop.path("proof"));
    let flag = format!("-DPROOF={proof:?}");
    compile("lingering.c", &[&flag, "-Wl,-z,nodelete", "-pthread"], &file);
    let shadow = ShadowFolder::open(&shop.path("run")).unwrap();
    let loader = Loader::new(shadow, 1 << 20, Instant::now());
    let mut host = Host::new();
    let created = host.create(loader.load(&file).unwrap(), "{}").unwrap();
    let lingering = host.destroy(created.instance).unwrap().unload();
    assert!(lingering.is_some(), "it is linked to stay");
    drop(lingering);
    // Whatever of it was given back is somebody else's by now.
    let others: Vec<Vec<u8>> = (64..2048).map(|len| vec![0xaa; len]).collect();
    let marks = || fs::metadata(&proof).map_or(0, |found| found.len());
    let (before, deadline) = (marks(), Instant::now() + Duration::from_secs(20));
    while marks() < before + 3 {
        assert!(Instant::now() < deadline, "its thread has stopped");
        std::thread::yield_now();
    }
    drop(others);
}
