//! The live view on a terminal: it takes it over, and gives it back as it was.
#![allow(clippy::unwrap_used)]

use std::fs::{self, File};
use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, Command, Stdio};
use std::thread;

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

fn serve(folder: &std::path::Path) -> Server {
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

#[test]
fn the_view_gives_the_terminal_back_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let server = serve(folder.path());
    let mut user = File::from(openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap());
    grantpt(&user).unwrap();
    unlockpt(&user).unwrap();
    let name = ptsname(&user, Vec::new()).unwrap();
    let terminal = File::options().read(true).write(true).open(name.to_str().unwrap()).unwrap();
    let size = Winsize { ws_row: 24, ws_col: 80, ws_xpixel: 0, ws_ypixel: 0 };
    tcsetwinsize(&terminal, size).unwrap();
    let modes = || tcgetattr(&terminal).unwrap().local_modes;
    let before = modes();
    assert!(before.contains(LocalModes::ICANON | LocalModes::ECHO));
    let end = || Stdio::from(terminal.try_clone().unwrap());
    let mut top = Command::new(HOTFRAME);
    top.args(["top", "--control", "run/hotframe.sock"]).current_dir(folder.path());
    let mut top = top.stdin(end()).stdout(end()).stderr(end()).spawn().unwrap();
    let mut shown = Vec::new();
    let mut wait_for = |words: &[u8]| {
        while !shown.windows(words.len()).any(|part| part == words) {
            let (shows, patience) = (PollFd::new(&user, PollFlags::IN), Some(&DEADLINE));
            assert_eq!(poll(&mut [shows], patience).unwrap(), 1, "nothing more is shown");
            let mut room = [0; 4096];
            let count = user.read(&mut room).unwrap();
            shown.extend_from_slice(&room[..count]);
        }
        user.try_clone().unwrap()
    };
    let mut keys = wait_for(b"builtin");
    assert!(!modes().contains(LocalModes::ICANON), "keys come one by one");
    keys.write_all(b"q").unwrap();
    // The other screen is left.
    wait_for(b"\x1b[?1049l");
    assert!(top.wait().unwrap().success());
    assert_eq!(modes(), before);
    drop(server);
}
