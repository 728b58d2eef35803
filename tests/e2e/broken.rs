//! Files that are no good plugin: each is refused with a code, and the old version serves on.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::process::Command;

use hotframe_tests::{Fixture, Record, Server, Stamp, Swap, built, wait_until};
use rustix::fs::{CWD, Mode, mkfifoat};

const STAMP: u16 = 0x0200;

/// What stands in the place of `stamp.so`.
struct Broken {
    name: &'static str,
    /// Stands in the explanation of the code that it is refused with.
    word: &'static str,
    put: Box<dyn Fn(&Path)>,
}

fn placed(name: &'static str, word: &'static str, put: impl Fn(&Path) + 'static) -> Broken {
    let put = Box::new(put);
    Broken { name, word, put }
}

fn bytes(name: &'static str, word: &'static str, bytes: Vec<u8>) -> Broken {
    placed(name, word, move |place| fs::write(place, &bytes).unwrap())
}

fn compiled(name: &'static str, word: &'static str, define: &str) -> Broken {
    bytes(
        name,
        word,
        Fixture::compile("faulty_stamp.c", &[(define, "1")]).bytes,
    )
}

fn broken() -> Vec<Broken> {
    let good = Fixture::stamp(9).bytes;
    let changed = |at: usize, byte: u8| {
        let mut copy = good.clone();
        copy[at] = byte;
        copy
    };
    let garbage = (0..=250).cycle().take(good.len()).collect();
    vec![
        bytes("empty", "ELF", Vec::new()),
        bytes("truncated in its head", "incomplete", good[..40].to_vec()),
        bytes(
            "truncated in the middle",
            "incomplete",
            good[..good.len() / 2].to_vec(),
        ),
        bytes("filled with zeros", "ELF", vec![0; good.len()]),
        bytes("garbage", "ELF", garbage),
        bytes("for another machine", "processor", changed(18, 0xB7)),
        bytes("of 32 bits", "processor", changed(4, 1)),
        bytes("big-endian", "processor", changed(5, 2)),
        compiled("of another ABI", "ABI", "OTHER_ABI"),
        compiled("without its note", "note", "NO_NOTE"),
        compiled("without its entry", "entry", "NO_ENTRY"),
        compiled("with an entry that gives no table", "entry", "NO_TABLE"),
        compiled("with a table that is not its note's", "table", "OTHER_NAME"),
        compiled("with a symbol that nobody has", "loader", "NO_SYMBOL"),
        compiled("that fails in create", "create", "NO_CREATE"),
        placed("a pipe", "pipe", |place| {
            mkfifoat(CWD, place, Mode::RUSR | Mode::WUSR).unwrap();
        }),
        placed("a dangling link", "link", |place| {
            symlink("nowhere", place).unwrap()
        }),
        placed("writable by others", "write", move |place| {
            fs::write(place, &good).unwrap();
            fs::set_permissions(place, Permissions::from_mode(0o666)).unwrap();
        }),
        placed("a folder", "folder", |place| fs::create_dir(place).unwrap()),
    ]
}

/// The code of a refusal: `HF02` and two digits.
fn refusal(record: &Record) -> Option<String> {
    let text = record.field("code").as_str()?;
    text.starts_with("HF02").then(|| text.to_owned())
}

/// What `hotframe explain` says about a code.
fn explanation(code: &str) -> String {
    let output = Command::new(built().join("hotframe"))
        .args(["explain", code])
        .output()
        .unwrap();
    assert!(output.status.success(), "{code} has its explanation");
    String::from_utf8(output.stdout).unwrap()
}

/// Puts it in place in one step, except for a folder, which takes no file's place.
fn replace(server: &Server, broken: &Broken) {
    let fresh = server.folder().join("beside/broken");
    (broken.put)(&fresh);
    let place = server.folder().join("plugins/stamp.so");
    if fresh.is_dir() {
        fs::remove_file(&place).unwrap();
    }
    fs::rename(&fresh, &place).unwrap();
}

#[test]
fn each_is_refused_and_the_old_version_serves_on() {
    let setup = Server::setup().route("0x0200 = \"stamp.stamp\"");
    let mut server = setup.plugin("stamp.so", &Fixture::stamp(1).bytes).start();
    let mut wire = server.connect();
    let mut codes = BTreeMap::new();
    for broken in broken() {
        let mark = server.log().mark();
        replace(&server, &broken);
        let told = format!("the refusal of a file that is {}", broken.name);
        let fits = |code: String| explanation(&code).contains(broken.word);
        let line = server
            .log()
            .wait_for(mark, &told, |line| refusal(line).is_some_and(fits));
        codes.insert(broken.name, refusal(&line).unwrap());
        assert!(server.is_running(), "{}", broken.name);
        let reply = wire.ask(STAMP, b"on");
        let (stamp, echo) = Stamp::split(&reply.data).unwrap();
        assert_eq!((stamp.version, echo), (1, &b"on"[..]), "{}", broken.name);
    }
    println!("{codes:#?}");
    let distinct: BTreeSet<_> = codes.values().collect();
    assert!(
        distinct.len() >= 12,
        "the codes tell the defects apart: {codes:#?}"
    );

    fs::remove_dir(server.folder().join("plugins/stamp.so")).unwrap();
    server.drop_plugin("stamp.so", &Fixture::stamp(2).bytes, Swap::Rename);
    wait_until("the mended file to serve", || {
        let reply = wire.ask(STAMP, b"");
        (Stamp::split(&reply.data)?.0.version == 2).then_some(())
    });
    assert_eq!(server.stop(), Some(0));
}
