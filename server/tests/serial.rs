//! A serial line, on a pseudo-terminal: served, given up when its device goes, and opened again
//! when it is back.
#![cfg(feature = "serial")]
#![allow(clippy::unwrap_used)]

use std::fs::File;
use std::io::{Read, Write};
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use hotframe_protocol::{Command as Word, Frame, Kind, MAX_FRAME};
use rustix::event::{PollFd, PollFlags, poll};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};

const DEADLINE: Duration = Duration::from_secs(30);

/// Kills the server with the test.
struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        let _ended_already = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A device, at a name that leads to it: the end that a peer holds.
fn plug_in(name: &Path) -> File {
    let peer = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    grantpt(&peer).unwrap();
    unlockpt(&peer).unwrap();
    let device = ptsname(&peer, Vec::new()).unwrap();
    let _none_before = std::fs::remove_file(name);
    symlink(device.to_str().unwrap(), name).unwrap();
    File::from(peer)
}

fn bytes_of(kind: Kind, data: &[u8]) -> Vec<u8> {
    let mut room = [0; MAX_FRAME];
    let frame = Frame { address: 1, command: Word::new(kind, 0x0100), data };
    let length = frame.encode(&mut room).unwrap();
    room[..length].to_vec()
}

/// Asks until the reply is there: before the server has opened the line, nobody takes it.
fn ask(peer: &mut File, data: &[u8]) {
    let (wanted, begun) = (bytes_of(Kind::Reply, data), Instant::now());
    let mut heard = Vec::new();
    while !heard.windows(wanted.len()).any(|part| part == wanted) {
        assert!(begun.elapsed() < DEADLINE, "{heard:02x?}");
        peer.write_all(&bytes_of(Kind::Request, data)).unwrap();
        let patience = rustix::event::Timespec { tv_sec: 0, tv_nsec: 200_000_000 };
        while poll(&mut [PollFd::new(&*peer, PollFlags::IN)], Some(&patience)).unwrap() > 0 {
            let mut room = [0; 4096];
            // Nobody at the other end yet is an error here.
            let count = peer.read(&mut room).unwrap_or(0);
            heard.extend_from_slice(&room[..count]);
            if count == 0 || heard.ends_with(&wanted) {
                break;
            }
        }
    }
}

#[test]
fn a_line_is_served_and_opened_again_when_its_device_is_back() {
    let folder = tempfile::tempdir().unwrap();
    let name = folder.path().join("tty");
    let state = format!("server.state_dir={:?}", folder.path().join("run"));
    let listen = format!("serial://{}?baud=57600", name.display());
    let server = Command::new(env!("CARGO_BIN_EXE_hotframe"))
        .args(["serve", "--listen", &listen, "--set", &state, "--set", "http.listen=\"\""])
        .current_dir(folder.path())
        .stdout(Stdio::null())
        .spawn();
    let _server = Server(server.unwrap());
    for round in 0..3_u8 {
        let mut peer = plug_in(&name);
        ask(&mut peer, &[b'h', b'i', round]);
        ask(&mut peer, &[7; 255]);
        drop(peer);
    }
}
