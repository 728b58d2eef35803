//! Files that are no good plugin: each is refused with a code, and the old version serves on.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::process::Command;

use hotframe_tests::{Fixture, Record, Server, Stamp, Swap, built, hold_table, wait_until};
use rustix::fs::{CWD, Mode, mkfifoat};

const STAMP: u16 = 0x0200;

/// What stands in the place of `stamp.so`.
struct Broken {
    name: &'static str,
    /// The title of the code that it is refused with.
    title: &'static str,
    put: Box<dyn Fn(&Path)>,
}

fn placed(name: &'static str, title: &'static str, put: impl Fn(&Path) + 'static) -> Broken {
    let put = Box::new(put);
    Broken { name, title, put }
}

fn bytes(name: &'static str, title: &'static str, bytes: Vec<u8>) -> Broken {
    placed(name, title, move |place| fs::write(place, &bytes).unwrap())
}

/// No two in a row are refused in the same words: the log folds a line that repeats.
fn broken() -> Vec<Broken> {
    let good = Fixture::stamp(9).bytes;
    let mut all = damaged(&good);
    all.extend(built_wrongly());
    all.extend(not_to_be_opened(good));
    all
}

/// Files whose bytes are not what they should be.
fn damaged(good: &[u8]) -> Vec<Broken> {
    let changed = |at: usize, byte: u8| {
        let mut copy = good.to_vec();
        copy[at] = byte;
        copy
    };
    let (short, foreign) = ("the file is incomplete", "built for another processor");
    let cut = |at: usize| good[..at].to_vec();
    let garbage = (0..=250).cycle().take(good.len()).collect();
    let hollow = [&good[..good.len() / 2], &vec![0; good.len() - good.len() / 2]].concat();
    vec![
        bytes("reserved and half filled", "parts of the file are empty", hollow),
        bytes("a program", "not a shared library", changed(16, 2)),
        bytes("empty", short, Vec::new()),
        bytes("filled with zeros", "not an ELF file", vec![0; good.len()]),
        bytes("truncated in its head", short, cut(40)),
        bytes("truncated in the middle", short, cut(good.len() / 2)),
        bytes("garbage", "not an ELF file", garbage),
        bytes("of 32 bits", foreign, changed(4, 1)),
        bytes("for another machine", foreign, changed(18, 0xB7)),
        bytes("big-endian", foreign, changed(5, 2)),
    ]
}

/// Sound libraries that are no plugin for this server, by the macro of `faulty_stamp.c`.
fn built_wrongly() -> impl Iterator<Item = Broken> {
    let defects = [
        ("OTHER_ABI", "built for another ABI"),
        ("NO_NOTE", "no hotframe note"),
        ("NO_ENTRY", "the entry symbol is missing"),
        ("NO_TABLE", "the entry function refused"),
        ("NO_EXPORT", "the entry symbol is missing"),
        ("OTHER_NAME", "the plugin table is invalid"),
        ("NO_SYMBOL", "the system could not load it"),
        ("NO_CREATE", "the plugin would not start"),
        ("PANIC_ABORTS", "built to abort on panic"),
        ("BAD_NOTE", "the hotframe note is malformed"),
        ("BAD_NAME", "impossible plugin name"),
        ("TWO_OF_A_NAME", "the handler table is invalid"),
    ];
    let faulty = defects.into_iter().map(|(define, title)| {
        bytes(define, title, Fixture::compile("faulty_stamp.c", &[(define, "1")]).bytes)
    });
    let deadly = [
        ("CRASH", "the plugin crashed in its trial"),
        ("EXIT", "the plugin ended its trial"),
        ("HANG", "the plugin's trial took too long"),
    ];
    faulty.chain(deadly.into_iter().map(|(act, title)| {
        let defines = [("NAME", "\"stamp\""), ("AT_CREATE", "1"), ("DO", act)];
        bytes(act, title, Fixture::compile("fatal.c", &defines).bytes)
    }))
}

/// What lies there is no file to be trusted, or no file at all.
fn not_to_be_opened(good: Vec<u8>) -> [Broken; 6] {
    let other = Fixture::compile("stamp.c", &[("NAME", "\"other\""), ("VERSION", "1")]);
    [
        bytes("named as another", "the name is already taken", other.bytes),
        placed("too large", "the file is too large", |place| {
            fs::File::create(place).unwrap().set_len((256 << 20) + 1).unwrap();
        }),
        placed("a pipe", "not a regular file", |place| {
            mkfifoat(CWD, place, Mode::RUSR | Mode::WUSR).unwrap();
        }),
        placed("a dangling link", "nothing is there", |place| {
            symlink("nowhere", place).unwrap();
        }),
        placed("writable by others", "others may write the file", move |place| {
            fs::write(place, &good).unwrap();
            fs::set_permissions(place, Permissions::from_mode(0o666)).unwrap();
        }),
        placed("a folder", "a folder, not a file", |place| {
            fs::create_dir(place).unwrap();
        }),
    ]
}

/// The code of a refusal: `HF02` and two digits.
fn refusal(record: &Record) -> Option<String> {
    let text = record.field("code").as_str()?;
    text.starts_with("HF02").then(|| text.to_owned())
}

/// What `hotframe explain` says about a code.
fn explanation(code: &str) -> String {
    let output = Command::new(built().join("hotframe")).args(["explain", code]).output().unwrap();
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

/// The table of them in the documents.
fn tell(codes: &BTreeMap<&str, String>) {
    let mut rows = vec![["what is wrong", "code", "title"].map(str::to_owned).to_vec()];
    for broken in broken() {
        let name = broken.name.to_lowercase().replace('_', " ");
        rows.push(vec![name, codes[broken.name].clone(), broken.title.to_owned()]);
    }
    hold_table("zoo of plugin files", &rows);
}

#[test]
fn each_is_refused_and_the_old_version_serves_on() {
    let setup = Server::setup().route("0x0200 = \"stamp.stamp\"");
    let other = Fixture::compile("stamp.c", &[("NAME", "\"other\""), ("VERSION", "9")]);
    let setup = setup.plugin("other.so", &other.bytes);
    let mut server = setup.plugin("stamp.so", &Fixture::stamp(1).bytes).start();
    let mut wire = server.connect();
    let mut codes = BTreeMap::new();
    for broken in broken() {
        let mark = server.log().mark();
        replace(&server, &broken);
        let told = format!("the refusal of a file that is {}", broken.name);
        let fits = |code: String| explanation(&code).contains(broken.title);
        let line = server.log().wait_for(mark, &told, |line| refusal(line).is_some_and(fits));
        codes.insert(broken.name, refusal(&line).unwrap());
        assert!(server.is_running(), "{}", broken.name);
        let reply = wire.ask(STAMP, b"on");
        let (stamp, echo) = Stamp::split(&reply.data).unwrap();
        assert_eq!((stamp.version, echo), (1, &b"on"[..]), "{}", broken.name);
    }
    tell(&codes);
    let distinct: BTreeSet<_> = codes.values().collect();
    assert!(codes.len() >= 29 && distinct.len() >= 25, "each has its own code: {codes:#?}");

    fs::remove_dir(server.folder().join("plugins/stamp.so")).unwrap();
    server.drop_plugin("stamp.so", &Fixture::stamp(2).bytes, Swap::Rename);
    wait_until("the mended file to serve", || {
        let reply = wire.ask(STAMP, b"");
        (Stamp::split(&reply.data)?.0.version == 2).then_some(())
    });
    assert_eq!(server.stop(), Some(0));
}
