//! How a server ends: what it owes is paid first.

use std::io::Write;
use std::thread;

use hotframe_protocol::Kind;
use hotframe_tests::{Server, request, wait_until};
use rustix::process::Signal;

const ECHO: u16 = 0x0100;
const ASKED: u32 = 5_000;

fn serve() -> Server {
    Server::setup().shipped("echo").route("0x0100 = \"echo.echo\"").start()
}

#[test]
fn a_server_that_is_told_to_end_pays_every_reply() {
    let server = serve();
    let mut wires: Vec<_> = (0..4).map(|_| server.connect()).collect();
    let asked: Vec<u8> = (0..ASKED).flat_map(|n| request(ECHO, &n.to_be_bytes())).collect();
    for wire in &mut wires {
        wire.send(&asked);
    }
    // The requests are in, the replies are not yet read: only now is it told.
    wait_until("every request to have arrived", || {
        let frames = server.control().ask("status")["frames_in"].as_u64().unwrap();
        (frames == u64::from(ASKED) * 4).then_some(())
    });
    server.signal(Signal::TERM);
    let readers = wires.into_iter().map(|mut wire| {
        thread::spawn(move || {
            for number in 0..ASKED {
                let reply = wire.receive().expect("a reply is owed");
                assert_eq!(reply.command.kind(), Kind::Reply);
                assert_eq!(reply.data, number.to_be_bytes());
            }
            assert_eq!(wire.receive_rest(), b"");
        })
    });
    for reader in readers.collect::<Vec<_>>() {
        reader.join().unwrap();
    }
    assert_eq!(server.wait(), Some(0));
}

#[test]
fn requests_that_come_too_late_are_told_so_or_find_the_end() {
    let server = serve();
    let mut wire = server.connect();
    let mut sender = wire.sender();
    let asking = thread::spawn(move || {
        // Ends when the server has closed: then a write fails.
        while sender.write_all(&request(ECHO, b"more")).is_ok() {}
    });
    assert_eq!(wire.receive().unwrap().data, b"more");
    server.signal(Signal::TERM);
    let mut refused = false;
    while let Some(reply) = wire.receive() {
        match reply.error_code() {
            None => assert!(!refused, "served after it had said that it ends"),
            Some(code) => {
                assert_eq!(code, 2006);
                refused = true;
            }
        }
    }
    asking.join().unwrap();
    assert_eq!(server.wait(), Some(0));
}

#[test]
fn an_idle_server_ends_at_once_whatever_told_it() {
    for signal in [Signal::TERM, Signal::INT] {
        let server = serve();
        let mut wire = server.connect();
        assert_eq!(wire.ask(ECHO, b"x").data, b"x");
        server.signal(signal);
        assert_eq!(wire.receive_rest(), b"", "closed cleanly");
        assert_eq!(server.wait(), Some(0));
    }
    let server = serve();
    assert!(server.control().ask("shutdown").is_object());
    assert_eq!(server.wait(), Some(0));
}
