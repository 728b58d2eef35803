//! A plugin replaced again and again under load: nothing lost, doubled or out of order.
//!
//! `HOTFRAME_E2E_ROUNDS` and `HOTFRAME_E2E_CONNECTIONS` scale it up; with `--nocapture` it tells
//! how long a new version takes from its file to its first reply.

use std::collections::BTreeSet;
use std::fs;
use std::time::{Duration, Instant};

use hotframe_tests::{Fixture, Ledger, Server, Swap, scale, wait_until};

const STAMP: u16 = 0x0200;

/// A server under load, and the two versions that take turns in it.
struct Bench {
    server: Server,
    ledger: Ledger,
    versions: [Fixture; 2],
    /// From the replacement to the first reply of the new version.
    delays: Vec<Duration>,
}

impl Bench {
    fn start() -> Self {
        let versions = [Fixture::stamp(1), Fixture::stamp(2)];
        let setup = Server::setup().route("0x0200 = \"stamp.stamp\"").tcp_listeners(2);
        // So that the one before is gone soon after the last reload.
        let setup = setup.settings("probation = \"200ms\"\n");
        let server = setup.plugin("stamp.so", &versions[0].bytes).start();
        let connections = scale("HOTFRAME_E2E_CONNECTIONS", 8);
        let ledger = Ledger::open(server.endpoints(), connections, STAMP, false);
        let first = ledger.sight(0, 1);
        assert_eq!(first.stamp.version, 1);
        Self { server, ledger, versions, delays: Vec::new() }
    }

    /// Replaces the plugin by its other version and waits for its first reply.
    fn turn(&mut self, replace: impl FnOnce(&Server, &[u8])) {
        let next = (self.delays.len() + 1) % 2;
        let known = self.ledger.sighted();
        let begun = Instant::now();
        replace(&self.server, &self.versions[next].bytes);
        let version = if next == 0 { 1 } else { 2 };
        let seen = self.ledger.sight(known, version);
        self.delays.push(seen.at.duration_since(begun));
    }

    /// Closes the books and compares them with the server's own.
    fn finish(mut self, what: &str) {
        let books = self.ledger.close();
        let reloads = self.delays.len();
        assert_eq!(books.stamps.len(), reloads + 1, "every instance answered, and no other");
        assert_eq!(books.versions(), BTreeSet::from([1, 2]));

        let control = self.server.control();
        let row = wait_until("the last generation to be unloaded", || {
            let row = control.plugin("stamp").unwrap();
            (row["resident_generations"] == 1).then_some(row)
        });
        assert_eq!(row["calls"], books.requests);
        assert_eq!((&row["errors"], &row["in_flight"]), (&0.into(), &0.into()));
        assert_eq!(row["reloads"], reloads);
        let status = control.ask("status");
        assert_eq!(status["frames_in"], books.requests);
        assert_eq!(status["frames_out"], books.requests);
        assert_eq!(status["errors_out"], 0);
        assert_eq!(mapped_plugins(&self.server), 1, "what was replaced is mapped no more");

        self.delays.sort_unstable();
        let at = |share: usize| self.delays[(self.delays.len() - 1) * share / 100];
        println!(
            "{what}: {reloads} reloads, {} replies, from file to first reply p50 {:?}, p99 {:?}; \
             longest wait for a burst {:?}; loop lag {}",
            books.requests,
            at(50),
            at(99),
            books.longest,
            status["loop_lag_us"]
        );
        assert_eq!(self.server.stop(), Some(0));
    }
}

/// How many files below its own folder the server has mapped as code.
fn mapped_plugins(server: &Server) -> usize {
    let maps = fs::read_to_string(format!("/proc/{}/maps", server.id())).unwrap();
    let folder = server.folder().path().to_str().unwrap().to_owned();
    let paths = maps.lines().filter_map(|line| line.find(&folder).map(|at| &line[at..]));
    paths.collect::<BTreeSet<_>>().len()
}

fn rounds() -> usize {
    scale("HOTFRAME_E2E_ROUNDS", 10)
}

fn by(how: Swap) {
    let mut bench = Bench::start();
    for _ in 0..rounds() {
        bench.turn(|server, bytes| server.drop_plugin("stamp.so", bytes, how));
    }
    bench.finish(&format!("{how:?}"));
}

#[test]
fn by_rename() {
    by(Swap::Rename);
}

#[test]
fn in_place() {
    by(Swap::InPlace);
}

#[test]
fn by_hard_link() {
    by(Swap::HardLink);
}

#[test]
fn by_symbolic_link() {
    by(Swap::Symlink);
}

#[test]
fn by_a_file_that_grows_slowly() {
    let mut bench = Bench::start();
    for _ in 0..rounds().min(100) {
        bench.turn(|server, bytes| {
            server.folder().grow("plugins/stamp.so", bytes, 5, || {
                let begun = Instant::now();
                wait_until("the load to go on beside the growing file", || {
                    (begun.elapsed() > Duration::from_millis(40)).then_some(())
                });
            });
        });
    }
    bench.finish("growing");
}
