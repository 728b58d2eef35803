//! The live view on a terminal: it takes it over, and gives it back as it was.
#![allow(clippy::unwrap_used)]

use std::fs::{self, File};
use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use clap::Parser;
use hotframe_server::cli::top::{self, TopArgs};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{LocalModes, Winsize, tcgetattr, tcsetwinsize};

/// Something is shown within this time.
const DEADLINE: Timespec = Timespec { tv_sec: 30, tv_nsec: 0 };
const HOTFRAME: &str = env!("CARGO_BIN_EXE_hotframe");

/// Ends with the test.
struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        let _ended_already = self.0.kill();
        let _ = self.0.wait();
    }
}

fn serve(folder: &Path) -> Server {
    let settings = folder.join("hotframe.toml");
    fs::write(&settings, "listen = [\"tcp://127.0.0.1:0\"]\n[http]\nlisten = \"\"\n").unwrap();
    let mut command = Command::new(HOTFRAME);
    command.args(["serve", "--config"]).arg(&settings).current_dir(folder);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    assert!(lines.any(|line| line.unwrap().contains("ready")), "it ended before it was ready");
    thread::spawn(move || lines.for_each(drop));
    Server(child)
}

/// A terminal of 80 columns and 24 lines, and the user's end of it.
struct Desk {
    user: File,
    terminal: File,
    shown: Vec<u8>,
}

impl Desk {
    fn open() -> Self {
        let user = File::from(openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap());
        grantpt(&user).unwrap();
        unlockpt(&user).unwrap();
        let name = ptsname(&user, Vec::new()).unwrap();
        let terminal = File::options().read(true).write(true).open(name.to_str().unwrap()).unwrap();
        let size = Winsize { ws_row: 24, ws_col: 80, ws_xpixel: 0, ws_ypixel: 0 };
        tcsetwinsize(&terminal, size).unwrap();
        Self { user, terminal, shown: Vec::new() }
    }

    fn modes(&self) -> LocalModes {
        tcgetattr(&self.terminal).unwrap().local_modes
    }

    /// Starts a program on it.
    fn start(&self, command: &mut Command) -> Child {
        let end = || Stdio::from(self.terminal.try_clone().unwrap());
        command.stdin(end()).stdout(end()).stderr(end()).spawn().unwrap()
    }

    fn wait_for(&mut self, words: &[u8]) {
        while !self.shown.windows(words.len()).any(|part| part == words) {
            let (shows, patience) = (PollFd::new(&self.user, PollFlags::IN), Some(&DEADLINE));
            assert_eq!(poll(&mut [shows], patience).unwrap(), 1, "nothing more is shown");
            let mut room = [0; 4096];
            let count = self.user.read(&mut room).unwrap();
            self.shown.extend_from_slice(&room[..count]);
        }
    }
}

/// What leaves the other screen.
const BACK: &[u8] = b"\x1b[?1049l";

#[test]
fn the_view_gives_the_terminal_back_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let _server = serve(folder.path());
    let mut desk = Desk::open();
    let before = desk.modes();
    assert!(before.contains(LocalModes::ICANON | LocalModes::ECHO));
    let mut top = Command::new(HOTFRAME);
    top.args(["top", "--control", "run/hotframe.sock"]).current_dir(folder.path());
    let mut top = desk.start(&mut top);
    desk.wait_for(b"builtin");
    assert!(!desk.modes().contains(LocalModes::ICANON), "keys come one by one");
    desk.user.write_all(b"q").unwrap();
    desk.wait_for(BACK);
    assert!(top.wait().unwrap().success());
    assert_eq!(desk.modes(), before);
}

/// The process that panics is this test's own binary: the view has no way to be made panic.
#[test]
fn a_panic_gives_the_terminal_back_too() {
    let folder = tempfile::tempdir().unwrap();
    let _server = serve(folder.path());
    let mut desk = Desk::open();
    let before = desk.modes();
    let mut child = Command::new(std::env::current_exe().unwrap());
    child.args(["--exact", "shows_the_view_and_panics", "--ignored", "--nocapture"]);
    let mut child = desk.start(child.current_dir(folder.path()));
    desk.wait_for(b"builtin");
    assert!(!desk.modes().contains(LocalModes::ICANON), "keys come one by one");
    assert!(!desk.shown.windows(BACK.len()).any(|part| part == BACK), "the view is there");
    fs::write(folder.path().join("panic"), "").unwrap();
    desk.wait_for(BACK);
    desk.wait_for(b"broken on purpose");
    assert!(!child.wait().unwrap().success());
    assert_eq!(desk.modes(), before);
}

#[test]
#[ignore = "the other half of the test above, which starts it on a terminal of its own"]
fn shows_the_view_and_panics() {
    #[derive(clap::Parser)]
    struct Line {
        #[command(flatten)]
        top: TopArgs,
    }
    let line = Line::parse_from(["top", "--control", "run/hotframe.sock"]);
    thread::spawn(move || top::run(&line.top));
    // Whoever started it may be gone.
    let end = Instant::now() + Duration::from_secs(60);
    while !Path::new("panic").exists() && Instant::now() < end {
        thread::park_timeout(Duration::from_millis(10));
    }
    panic!("broken on purpose");
}
