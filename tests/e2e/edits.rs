//! A thousand edits of the files, good and bad: the good ones live soon, the bad ones harmless.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use hotframe_tests::{Server, Setup, Swap, Wire, scale, wait_until};
use rustix::fs::{CWD, FileType, Mode, mknodat};
use rustix::process::geteuid;
use serde_json::Value;

const ECHO: u16 = 0x0100;
const SETTINGS: &str = "config/hotframe.toml";
const COMMANDS: &str = "config/commands.toml";
const LEVELS: [&str; 4] = ["info", "warn", "error", "debug"];
/// Far more than a file of routes has.
const HUGE: usize = 5 << 20;

/// What is done to a file that is not to be taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Harm {
    Mistake,
    Truncated,
    Junk,
    Huge,
    Deleted,
    NoPermission,
    DeadLink,
    Folder,
    Fifo,
}

const HARMS: [Harm; 9] = [
    Harm::Mistake,
    Harm::Truncated,
    Harm::Junk,
    Harm::Huge,
    Harm::Deleted,
    Harm::NoPermission,
    Harm::DeadLink,
    Harm::Folder,
    Harm::Fifo,
];

/// A server, and what it is to serve.
struct Desk {
    server: Server,
    wire: Wire,
    /// `hotframe.toml` with the level `info`.
    settings: String,
    route: String,
    level: &'static str,
    /// Whether each file is bad: settings, commands.
    is_bad: [bool; 2],
    dice: u64,
    took: Vec<Duration>,
}

impl Desk {
    fn open() -> Self {
        let setup = unprivileged(Server::setup()).log("level = \"info\"\n");
        let server = setup.shipped("echo").route("0x0100 = \"echo.echo\"").start();
        let settings = fs::read_to_string(server.folder().join(SETTINGS)).unwrap();
        let wire = server.connect();
        let (route, level, is_bad) = (String::new(), "info", [false; 2]);
        Self { server, wire, settings, route, level, is_bad, dice: 7, took: Vec::new() }
    }

    fn below(&mut self, most: usize) -> usize {
        self.dice = self.dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        usize::try_from(self.dice >> 33).unwrap() % most
    }

    /// The good text of a file, as it is to be now.
    fn text(&self, file: usize) -> String {
        match file {
            0 => self.settings.replace("\"info\"", &format!("\"{}\"", self.level)),
            _ => format!("[commands]\n0x0100 = \"echo.echo\"\n0x1000 = \"{}\"\n", self.route),
        }
    }

    /// What serves is what was wished for last.
    fn is_served(&self) -> bool {
        let route = self.server.control().route("0x1000").map(|row| row["handler"].clone());
        let level = self.server.control().ask("log")["configured"].clone();
        (self.route.is_empty() || route == Some(Value::from(self.route.as_str())))
            && level == self.level
    }

    fn config(&self) -> Value {
        self.server.control().ask("status")["config"].clone()
    }

    /// A good edit, in one of the ways in which people edit; waits until it is live.
    fn mend(&mut self, file: usize, round: usize) {
        match file {
            0 => {
                let other = LEVELS.iter().position(|level| *level == self.level).unwrap();
                self.level = LEVELS[(other + 1 + self.below(LEVELS.len() - 1)) % LEVELS.len()];
            }
            _ => self.route = format!("edit.n{round}"),
        }
        let (text, way) = (self.text(file), self.below(Swap::ALL.len() + 1));
        clear(&self.place(file));
        let begun = match Swap::ALL.get(way) {
            Some(how) => {
                self.server.folder().replace(path(file), text.as_bytes(), *how);
                Instant::now()
            }
            None => {
                // Piece by piece, as a slow editor does: its last byte counts.
                self.server.folder().grow(path(file), text.as_bytes(), 7, || {});
                Instant::now()
            }
        };
        wait_until("a good edit to be live", || self.is_served().then_some(()));
        self.took.push(begun.elapsed());
        self.is_bad[file] = false;
    }

    /// A bad edit; waits until it is told, and holds that it changed nothing.
    fn harm(&mut self, file: usize, harm: Harm) {
        let text = self.text(file);
        let place = self.place(file);
        clear(&place);
        let folder = self.server.folder();
        let write = |bytes: &[u8]| folder.replace(path(file), bytes, Swap::Rename);
        match harm {
            Harm::Mistake => write(format!("{text}\n[commands.nonsense]\nx = \n").as_bytes()),
            // In the middle of a text in quotes.
            Harm::Truncated => write(&text.as_bytes()[..=text.find('"').unwrap()]),
            Harm::Junk => write(&(0..4096_u32).map(|n| (n * 167 % 251) as u8).collect::<Vec<_>>()),
            Harm::Huge => write(&vec![b'x'; HUGE]),
            Harm::Deleted => {}
            Harm::NoPermission => {
                write(text.as_bytes());
                fs::set_permissions(&place, fs::Permissions::from_mode(0o0)).unwrap();
            }
            Harm::DeadLink => symlink("nowhere", &place).unwrap(),
            Harm::Folder => fs::create_dir(&place).unwrap(),
            Harm::Fifo => {
                mknodat(CWD, &place, FileType::Fifo, Mode::from_raw_mode(0o600), 0).unwrap();
            }
        }
        self.is_bad[file] = true;
        wait_until("a bad edit to be told", || self.is_told(file).then_some(()));
        assert!(self.is_served(), "{harm:?} of {} changed something", path(file));
    }

    /// Whether the file is among those with an error.
    fn is_told(&self, file: usize) -> bool {
        let config = self.config();
        let name = path(file).rsplit_once('/').unwrap().1;
        let errors = config["errors"].as_array().unwrap();
        errors.iter().any(|error| {
            let at = error["file"].as_str().unwrap_or_default();
            at.ends_with(name) || error["message"].as_str().unwrap().contains(name)
        })
    }

    fn place(&self, file: usize) -> PathBuf {
        self.server.folder().join(path(file))
    }
}

fn path(file: usize) -> &'static str {
    [SETTINGS, COMMANDS][file]
}

/// Has the server read as somebody whom a file's permissions bind, whoever runs the test.
fn unprivileged(setup: Setup) -> Setup {
    if !geteuid().is_root() {
        return setup;
    }
    let hotframe = hotframe_tests::built().join("hotframe").display().to_string();
    let without = "-dac_override,-dac_read_search";
    setup.program("setpriv", &["--bounding-set", without, "--inh-caps", without, &hotframe])
}

/// Whatever lies there is gone.
fn clear(place: &Path) {
    match fs::symlink_metadata(place) {
        Ok(found) if found.is_dir() => fs::remove_dir(place).unwrap(),
        Ok(_) => fs::remove_file(place).unwrap(),
        Err(_) => {}
    }
}

#[test]
fn good_edits_go_live_and_bad_ones_hold_back_only_themselves() {
    let mut desk = Desk::open();
    let rounds = scale("HOTFRAME_E2E_EDITS", 40);
    let (mut harmed, mut mended) = (0, 0);
    for round in 0..rounds {
        let file = desk.below(2);
        if desk.below(5) < 2 {
            let harm = HARMS[desk.below(HARMS.len())];
            desk.harm(file, harm);
            harmed += 1;
        } else {
            desk.mend(file, round);
            mended += 1;
        }
        let is_ok = desk.is_bad == [false; 2];
        wait_until("what is wrong to be told", || (desk.config()["ok"] == is_ok).then_some(()));
        assert_eq!(desk.wire.ask(ECHO, b"x").data, b"x", "the connection is as it was");
    }
    for file in 0..2 {
        desk.mend(file, rounds);
    }
    wait_until("all to be good", || (desk.config()["ok"] == true).then_some(()));
    desk.took.sort_unstable();
    let took = |share: usize| desk.took[(desk.took.len() * share / 100).min(desk.took.len() - 1)];
    println!(
        "{mended} good edits live after p50 {:?}, p99 {:?}, at most {:?}; {harmed} bad ones told",
        took(50),
        took(99),
        took(100)
    );
    assert_eq!(desk.server.stop(), Some(0));
}
