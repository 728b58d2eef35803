//! The kinds of plugins that a server could not replace for ever if it did nothing about it, each
//! replaced again and again under load: nothing lost, doubled, out of order or stale, and no
//! growth.
//!
//! `HOTFRAME_E2E_RELOADS` says how often; with `--nocapture` each tells its figures.

use std::fs;
use std::time::{Duration, Instant};

use hotframe_tests::{Fixture, Ledger, Server, Setup, scale, wait_until};
use serde_json::json;

const STAMP: u16 = 0x0200;

/// What grows if something does.
#[derive(Clone, Copy, Debug)]
struct Size {
    resident_kib: u64,
    mappings: usize,
    threads: usize,
}

fn size_of(server: &Server) -> Size {
    let process = format!("/proc/{}", server.id());
    let status = fs::read_to_string(format!("{process}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    let resident_kib = line.trim().trim_end_matches(" kB").parse().unwrap();
    let mappings = fs::read_to_string(format!("{process}/maps")).unwrap().lines().count();
    let threads = fs::read_dir(format!("{process}/task")).unwrap().count();
    Size { resident_kib, mappings, threads }
}

/// Replaces a plugin that is called so under load, and looks what is left of it all.
fn endless(kind: &str, plugin: &str, file: &Fixture, setup: Setup) {
    let setup = setup.route(&format!("0x0200 = \"{plugin}.stamp\""));
    let server = setup.plugin("endless.so", &file.bytes).start();
    let reloads = scale("HOTFRAME_E2E_RELOADS", 8);
    let ledger =
        Ledger::open(server.endpoints(), scale("HOTFRAME_E2E_CONNECTIONS", 4), STAMP, false);
    let _first = ledger.sight(0, 1);
    let reload = json!({ "verb": "reload", "plugin": plugin });
    let (begun, mut early) = (Instant::now(), size_of(&server));
    let mut generation = 0;
    for round in 1..=reloads {
        let known = ledger.sighted();
        let answer = server.control().request(&reload).expect("it is loaded again");
        let now = answer["plugins"][0]["generation"].as_u64().unwrap();
        assert!(now > generation, "{now} behind {generation}");
        generation = now;
        // Whoever answers from here on is a new instance: the ledger refuses a returning one.
        let _next = ledger.sight(known, 1);
        if round == (reloads / 10).max(3) {
            early = size_of(&server);
        }
    }
    let took = begun.elapsed();
    let books = ledger.close();
    assert_eq!(books.stamps.len(), reloads + 1, "every instance answered, and no other");
    let row = wait_until("all but the last generation to be unloaded", || {
        let row = server.control().plugin(plugin).unwrap();
        (row["resident_generations"] == 1).then_some(row)
    });
    assert_eq!((&row["calls"], &row["errors"]), (&books.requests.into(), &0.into()));
    assert_eq!(row["reason"], serde_json::Value::Null, "nothing lingers");
    let late = size_of(&server);
    tell(kind, reloads, took, (early, late), books.longest);
    if reloads >= 100 {
        let grown = late.resident_kib.saturating_sub(early.resident_kib);
        assert!(grown < 4096, "{kind} grew by {grown} KiB: {early:?}, {late:?}");
        assert!(late.mappings <= early.mappings + 40, "{early:?}, {late:?}");
        assert!(late.threads <= early.threads + 2, "{early:?}, {late:?}");
    }
    assert_eq!(server.stop(), Some(0));
}

fn tell(kind: &str, reloads: usize, took: Duration, sizes: (Size, Size), longest: Duration) {
    let (early, late) = sizes;
    println!(
        "{kind}: {reloads} reloads in {took:.0?}, resident {} to {} KiB, mappings {} to {}, \
         threads {} to {}, longest wait for a burst {longest:.0?}",
        early.resident_kib,
        late.resident_kib,
        early.mappings,
        late.mappings,
        early.threads,
        late.threads
    );
}

fn rust(kind: &str) {
    let config = format!("probation = \"100ms\"\n[plugins.config.leaver]\n{kind} = \"\"\n");
    endless(kind, "leaver", &Fixture::leaver(), Server::setup().settings(&config));
}

fn settings() -> Setup {
    Server::setup().settings("probation = \"100ms\"\n")
}

#[test]
fn plain_rust() {
    rust("plain");
}

#[test]
fn thread_local_values_with_destructors() {
    rust("tls");
}

#[test]
fn spawned_threads() {
    rust("spawn");
}

#[test]
fn channels_that_wait() {
    rust("recv_timeout");
}

#[test]
fn standard_output() {
    rust("println");
}

#[test]
fn heap_in_statics() {
    rust("heap");
}

#[test]
fn c_with_a_key_and_a_thread() {
    let config = "probation = \"100ms\"\n[plugins.config.leaver]\nthread = \"/dev/null\"\n";
    let setup = Server::setup().settings(config);
    endless("C", "leaver", &Fixture::compile("leaver.c", &[]), setup);
}

#[test]
fn cxx_with_unique_symbols() {
    match Fixture::compile_cxx("leaver.cpp") {
        Some(file) => endless("C++", "leaver", &file, settings()),
        None => eprintln!("skipped: there is no c++"),
    }
}

#[test]
fn linked_never_to_be_unmapped() {
    let file = Fixture::compile_with("stamp.c", &["-DVERSION=1", "-Wl,-z,nodelete"]);
    endless("nodelete", "stamp", &file, settings());
}
