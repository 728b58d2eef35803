//! Files that are cut short, half written or damaged by chance: the server lives, and whoever
//! answers answers rightly.
//!
//! `HOTFRAME_E2E_CUTS` says how many of the lengths are tried, `HOTFRAME_E2E_MUTATIONS` how many
//! damaged files, and `HOTFRAME_E2E_SEED` which.

use hotframe_tests::{Fixture, Parts, Server, Stamp, Swap, Wire, scale};
use serde_json::json;

const STAMP: u16 = 0x0200;

struct Bench {
    server: Server,
    wire: Wire,
    good: Vec<u8>,
    /// How many files were taken.
    taken: usize,
}

impl Bench {
    /// A server in which version 1 serves. What is hurt is version 2.
    fn start() -> (Self, Vec<u8>) {
        let settings = "settle = \"0ms\"\nprobation = \"0s\"\n";
        let setup = Server::setup().settings(settings).route("0x0200 = \"stamp.stamp\"");
        let good = Fixture::stamp(1).bytes;
        let server = setup.plugin("stamp.so", &good).start();
        let wire = server.connect();
        (Self { server, wire, good, taken: 0 }, Fixture::stamp(2).bytes)
    }

    /// Puts bytes in the plugin's place, by a rename, and waits until they were looked at.
    fn put(&self, bytes: &[u8]) {
        self.server.drop_plugin("stamp.so", bytes, Swap::Rename);
        // Refused or not: it was looked at.
        let _answer = self.server.control().request(&json!({ "verb": "reload" }));
    }

    fn version(&mut self) -> u16 {
        let reply = self.wire.ask(STAMP, b"on");
        let (stamp, echo) = Stamp::split(&reply.data).expect("a stamped reply");
        assert_eq!(echo, b"on");
        stamp.version
    }

    /// Tries a hurt file, and goes back to the good one if it was taken all the same.
    fn hurt(&mut self, what: &str, bytes: &[u8]) {
        let _told = Trying(what);
        self.put(bytes);
        assert!(self.server.is_running(), "{what} has ended the server");
        match self.version() {
            1 => {}
            2 => {
                self.taken += 1;
                self.put(&self.good.clone());
                assert_eq!(self.version(), 1, "after {what}");
            }
            other => panic!("{what}: version {other} answered"),
        }
    }
}

/// Says what was tried when something panics.
struct Trying<'a>(&'a str);

impl Drop for Trying<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("while trying {}", self.0);
        }
    }
}

/// Numbers that look like chance: the same for each seed.
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % u64::try_from(end).unwrap()).unwrap()
    }

    fn byte(&mut self) -> u8 {
        u8::try_from(self.below(256)).unwrap()
    }
}

#[test]
fn a_file_cut_anywhere_leaves_the_old_version() {
    let (mut bench, whole) = Bench::start();
    let mut cuts = Parts::of(&whole).boundaries(whole.len());
    cuts.extend((0..whole.len()).step_by(4096));
    cuts.sort_unstable();
    cuts.dedup();
    let tried = scale("HOTFRAME_E2E_CUTS", 16).clamp(1, cuts.len());
    for cut in cuts.iter().step_by(cuts.len() / tried) {
        bench.hurt(&format!("a file of {cut} bytes"), &whole[..*cut]);
        let mut filled = whole[..*cut].to_vec();
        filled.resize(whole.len(), 0);
        bench.hurt(&format!("a file with zeros behind {cut} bytes"), &filled);
    }
    let taken = bench.taken;
    println!("{} lengths, each cut and filled with zeros; {taken} served all the same", cuts.len());
    bench.put(&whole);
    assert_eq!(bench.version(), 2, "the whole file serves");
    assert_eq!(bench.server.stop(), Some(0));
}

#[test]
fn damaged_headers_and_dynamic_sections_never_end_the_server() {
    let (mut bench, whole) = Bench::start();
    let Parts { headers, dynamic, .. } = Parts::of(&whole);
    let seed = u64::try_from(scale("HOTFRAME_E2E_SEED", 1)).unwrap();
    let mut dice = Dice(0x9E37_79B9_7F4A_7C15 ^ seed);
    let tries = scale("HOTFRAME_E2E_MUTATIONS", 24);
    for number in 0..tries {
        let mut bytes = whole.clone();
        let mut done = Vec::new();
        for _ in 0..=dice.below(4) {
            let range = if dice.below(2) == 0 { &headers } else { &dynamic };
            let at = range.start + dice.below(range.len());
            bytes[at] = match dice.below(4) {
                0 => bytes[at] ^ (1 << dice.below(8)),
                1 => 0,
                2 => 0xFF,
                _ => dice.byte(),
            };
            done.push((at, bytes[at]));
        }
        bench.hurt(&format!("mutation {number} of seed {seed}: {done:x?}"), &bytes);
    }
    println!("{tries} mutations, {} of them served all the same", bench.taken);
    assert_eq!(bench.server.stop(), Some(0));
}
