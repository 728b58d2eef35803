//! Files that are no good plugin: each is refused with a code, and the old version serves on.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use hotframe_tests::{Fixture, Record, Server, Stamp, Swap, wait_until};
use rustix::fs::{CWD, Mode, mkfifoat};

const STAMP: u16 = 0x0200;

/// What stands in the place of `stamp.so`.
struct Broken {
    name: &'static str,
    put: Box<dyn Fn(&Path)>,
}

fn bytes(name: &'static str, bytes: Vec<u8>) -> Broken {
    let put = move |place: &Path| fs::write(place, &bytes).unwrap();
    Broken {
        name,
        put: Box::new(put),
    }
}

fn compiled(name: &'static str, define: &str) -> Broken {
    let fixture = Fixture::compile("defect.c", &[(define, "1")]);
    bytes(name, fixture.bytes)
}

fn broken() -> Vec<Broken> {
    let good = Fixture::stamp(9).bytes;
    let changed = |at: usize, byte: u8| {
        let mut copy = good.clone();
        copy[at] = byte;
        copy
    };
    vec![
        bytes("empty", Vec::new()),
        bytes("truncated in its head", good[..40].to_vec()),
        bytes("truncated in the middle", good[..good.len() / 2].to_vec()),
        bytes("filled with zeros", vec![0; good.len()]),
        bytes("garbage", (0..=250).cycle().take(good.len()).collect()),
        bytes("for another machine", changed(18, 0xB7)),
        bytes("of 32 bits", changed(4, 1)),
        bytes("big-endian", changed(5, 2)),
        compiled("of another ABI", "OTHER_ABI"),
        compiled("without its note", "NO_NOTE"),
        compiled("without its entry", "NO_ENTRY"),
        compiled("with an entry that gives no table", "NO_TABLE"),
        compiled("with a table that is not its note's", "OTHER_NAME"),
        compiled("with a symbol that nobody has", "NO_SYMBOL"),
        compiled("that fails in create", "NO_CREATE"),
        Broken {
            name: "a folder",
            put: Box::new(|place| fs::create_dir(place).unwrap()),
        },
        Broken {
            name: "a pipe",
            put: Box::new(|place| mkfifoat(CWD, place, Mode::RUSR | Mode::WUSR).unwrap()),
        },
        Broken {
            name: "a dangling link",
            put: Box::new(|place| symlink("nowhere", place).unwrap()),
        },
        Broken {
            name: "writable by others",
            put: Box::new(move |place| {
                use std::os::unix::fs::PermissionsExt;
                fs::write(place, &good).unwrap();
                fs::set_permissions(place, fs::Permissions::from_mode(0o666)).unwrap();
            }),
        },
    ]
}

/// The code of a refusal: `HF02` and two digits.
fn refusal(record: &Record) -> Option<String> {
    let text = record.field("code").as_str()?;
    text.starts_with("HF02").then(|| text.to_owned())
}

fn clear(place: &Path) {
    if fs::symlink_metadata(place).is_ok_and(|found| found.is_dir()) {
        fs::remove_dir(place).unwrap();
    } else {
        let _ = fs::remove_file(place);
    }
}

#[test]
fn each_is_refused_and_the_old_version_serves_on() {
    let setup = Server::setup().route("0x0200 = \"stamp.stamp\"");
    let mut server = setup.plugin("stamp.so", &Fixture::stamp(1).bytes).start();
    let mut wire = server.connect();
    let place = server.folder().join("plugins/stamp.so");
    let mut codes = BTreeMap::new();
    for broken in broken() {
        let mark = server.log().mark();
        clear(&place);
        (broken.put)(&place);
        let told = format!("a refusal of the file that is {}", broken.name);
        let line = server
            .log()
            .wait_for(mark, &told, |record| refusal(record).is_some());
        codes.insert(broken.name, refusal(&line).unwrap());
        assert!(server.is_running(), "{}", broken.name);
        let reply = wire.ask(STAMP, b"on");
        let (stamp, echo) = Stamp::split(&reply.data).unwrap();
        assert_eq!((stamp.version, echo), (1, &b"on"[..]), "{}", broken.name);
    }
    println!("{codes:#?}");
    let mut distinct: Vec<_> = codes.values().collect();
    distinct.sort_unstable();
    distinct.dedup();
    assert!(
        distinct.len() >= 10,
        "the codes tell the defects apart: {codes:#?}"
    );

    clear(&place);
    server.drop_plugin("stamp.so", &Fixture::stamp(2).bytes, Swap::Rename);
    wait_until("the mended file to serve", || {
        let reply = wire.ask(STAMP, b"");
        (Stamp::split(&reply.data)?.0.version == 2).then_some(())
    });
    assert_eq!(server.stop(), Some(0));
}
