//! A client that half-closes gets every reply, however many it asked for and whenever they come.

use std::io::Read;
use std::thread;
use std::time::{Duration, Instant};

use hotframe_tests::{Server, Wire, pass, request, wait_until};

const ECHO: u16 = 0x0100;
const DELAY: u16 = 0x0130;

fn serve() -> Server {
    let setup = Server::setup().shipped("echo").route("0x0100 = \"echo.echo\"");
    setup.shipped("delay").route("0x0130 = \"delay.echo\"").start()
}

fn asked(count: u32) -> Vec<u8> {
    (0..count).flat_map(|number| request(ECHO, &number.to_be_bytes())).collect()
}

/// Every reply in its order, and then the end.
fn receive_all(wire: &mut Wire, count: u32) {
    for number in 0..count {
        let reply = wire.receive().unwrap_or_else(|| panic!("{number} of {count}"));
        assert_eq!(reply.data, number.to_be_bytes());
    }
    assert_eq!(wire.receive_rest(), b"");
}

#[test]
fn every_reply_comes_before_the_end() {
    let server = serve();
    for count in [1, 10, 1_000, 20_000] {
        for endpoint in server.endpoints() {
            let mut wire = Wire::connect(endpoint);
            let mut sender = wire.sender();
            let sending = thread::spawn(move || {
                std::io::Write::write_all(&mut sender, &asked(count)).unwrap();
                sender.finish();
            });
            receive_all(&mut wire, count);
            sending.join().unwrap();
        }
    }
}

/// The peer reads nothing until the server has nothing left that it could send: all is taken, or
/// the peer's own buffers are full.
#[test]
fn a_peer_that_reads_late_gets_all() {
    let server = serve();
    let mut wire = server.connect();
    wire.send(&asked(1_000));
    wire.finish();
    wait_until("the server to have taken all", || {
        (server.control().ask("status")["frames_in"] == 1_000).then_some(())
    });
    pass(Duration::from_secs(3));
    receive_all(&mut wire, 1_000);
}

#[test]
fn a_handler_that_answers_late_is_waited_for() {
    let server = serve();
    let mut wire = server.connect();
    let begun = Instant::now();
    for number in 0..10_u8 {
        wire.send(&request(DELAY, &[7, 208, number]));
        wire.send(&request(ECHO, &[number]));
    }
    wire.finish();
    for number in 0..10_u8 {
        assert_eq!(wire.receive().expect("the late reply").data, [number]);
        assert_eq!(wire.receive().expect("the one behind it").data, [number]);
    }
    assert!(begun.elapsed() >= Duration::from_secs(2));
    let mut end = wire.sender();
    assert_eq!(end.read(&mut [0; 9]).unwrap(), 0);
}
