//! The kinds of plugins that a server could not replace for ever if it did nothing about it, each
//! replaced again and again under load: nothing lost, doubled, out of order or stale, and no
//! growth.
//!
//! `HOTFRAME_E2E_RELOADS` says how often; with `--nocapture` each tells its figures.

use std::collections::BTreeSet;
use std::fs;
use std::time::{Duration, Instant};

use hotframe_tests::{Books, Fixture, Ledger, Server, Setup, resident, scale, skipped, wait_until};
use serde_json::json;

const STAMP: u16 = 0x0200;
const KEYS_LEFT: u16 = 0x0201;

/// What grows if something does.
#[derive(Clone, Copy, Debug)]
struct Size {
    mappings: usize,
    threads: usize,
    /// Files of generations that are mapped.
    copies: usize,
    /// Thread-specific keys that the process has still to give.
    keys: u16,
}

/// Resident memory after so many reloads.
type Samples = Vec<(f64, f64)>;

fn size_of(server: &Server) -> Size {
    let process = format!("/proc/{}", server.id());
    let maps = fs::read_to_string(format!("{process}/maps")).unwrap();
    let paths = maps.lines().filter_map(|line| line.split_whitespace().nth(5));
    let copies: BTreeSet<&str> = paths.filter(|path| path.contains("/shadow/")).collect();
    let keys = server.connect().ask(KEYS_LEFT, b"").data;
    Size {
        mappings: maps.lines().count(),
        threads: fs::read_dir(format!("{process}/task")).unwrap().count(),
        copies: copies.len(),
        keys: u16::from_be_bytes(keys.try_into().expect("two bytes")),
    }
}

/// Replaces a plugin that is called so under load, and looks what is left of it all.
fn endless(kind: &str, plugin: &str, file: &Fixture, setup: Setup) {
    let setup = setup.route(&format!("0x0200 = \"{plugin}.stamp\""));
    let setup = setup.route("0x0201 = \"keys.left\"");
    let setup = setup.plugin("keys.so", &Fixture::compile("keys.c", &[]).bytes);
    let server = setup.plugin("endless.so", &file.bytes).start();
    let reloads = scale("HOTFRAME_E2E_RELOADS", 8);
    let ledger =
        Ledger::open(server.endpoints(), scale("HOTFRAME_E2E_CONNECTIONS", 4), STAMP, false);
    let _first = ledger.sight(0, 1);
    let early = alone(&server, plugin);
    let begun = Instant::now();
    let samples = reload_often(&server, plugin, &ledger, reloads);
    let took = begun.elapsed();
    let books = ledger.close();
    assert_eq!(books.stamps.len(), reloads + 1, "every instance answered, and no other");
    let late = alone(&server, plugin);
    let row = server.control().plugin(plugin).unwrap();
    assert_eq!((&row["calls"], &row["errors"]), (&books.requests.into(), &0.into()));
    assert_eq!(row["reason"], serde_json::Value::Null, "nothing lingers");
    assert_eq!((late.copies, late.keys), (early.copies, early.keys), "{kind}");
    tell(kind, reloads, took, (early, late), &samples, &books);
    if reloads >= 100 {
        let (first, last) = (samples[samples.len() / 10].1, samples[samples.len() - 1].1);
        assert!(last - first < 4.0 * 1024.0 * 1024.0, "{kind} grew from {first} to {last} bytes");
        assert!(late.mappings <= early.mappings + 40, "{early:?}, {late:?}");
        assert!(late.threads <= early.threads + 2, "{early:?}, {late:?}");
    }
    assert_eq!(server.stop(), Some(0));
}

/// What the server takes when one generation of the plugin is in memory.
fn alone(server: &Server, plugin: &str) -> Size {
    wait_until("all but the last generation to be unloaded", || {
        let row = server.control().plugin(plugin).unwrap();
        (row["resident_generations"] == 1).then(|| size_of(server))
    })
}

fn reload_often(server: &Server, plugin: &str, ledger: &Ledger, reloads: usize) -> Samples {
    let reload = json!({ "verb": "reload", "plugin": plugin });
    let (mut generation, mut samples) = (0, Samples::new());
    for round in 1..=reloads {
        let known = ledger.sighted();
        let answer = server.control().request(&reload).expect("it is loaded again");
        let now = answer["plugins"][0]["generation"].as_u64().unwrap();
        assert!(now > generation, "{now} behind {generation}");
        generation = now;
        // Whoever answers from here on is a new instance: the ledger refuses a returning one.
        let _next = ledger.sight(known, 1);
        if round % (reloads / 100).max(1) == 0 {
            samples.push((number(round), number(resident(server.id()))));
        }
    }
    samples
}

/// Bytes a reload, by least squares over the second half.
fn slope(samples: &Samples) -> f64 {
    let half = &samples[samples.len() / 2..];
    let mean = |of: fn(&(f64, f64)) -> f64| half.iter().map(of).sum::<f64>() / number(half.len());
    let (x, y) = (mean(|it| it.0), mean(|it| it.1));
    let shared: f64 = half.iter().map(|it| (it.0 - x) * (it.1 - y)).sum();
    shared / half.iter().map(|it| (it.0 - x).powi(2)).sum::<f64>()
}

fn number(count: impl TryInto<u32>) -> f64 {
    count.try_into().map_or(f64::MAX, f64::from)
}

fn tell(
    kind: &str,
    reloads: usize,
    took: Duration,
    (early, late): (Size, Size),
    samples: &Samples,
    books: &Books,
) {
    let kib = |at: usize| samples[at].1 / 1024.0;
    println!(
        "{kind}: {reloads} reloads in {took:.0?} under {} requests, each answered once, in order, \
         by no stale version; resident {:.0} to {:.0} KiB, {:+.1} bytes a reload; mappings {} to \
         {}, threads {} to {}, copies {} to {}, keys left {} to {}; longest wait {:.0?}",
        books.requests,
        kib(samples.len() / 10),
        kib(samples.len() - 1),
        slope(samples),
        early.mappings,
        late.mappings,
        early.threads,
        late.threads,
        early.copies,
        late.copies,
        early.keys,
        late.keys,
        books.longest
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
        None => skipped("a plugin in C++, reloaded", "apt-get install g++"),
    }
}

#[test]
fn linked_never_to_be_unmapped() {
    let file = Fixture::compile_with("stamp.c", &["-DVERSION=1", "-Wl,-z,nodelete"]);
    endless("nodelete", "stamp", &file, settings());
}
