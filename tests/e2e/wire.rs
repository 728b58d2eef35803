//! What is on the wire, to the byte, however the bytes are cut.

use std::io::Write;
use std::thread;

use hotframe_protocol::Kind;
use hotframe_tests::{Server, Wire, request};

const ECHO: u16 = 0x0100;
const PING: u16 = 0x0002;
/// As many as the promise says.
const MANY: u32 = 10_000;

fn serve() -> Server {
    Server::setup().shipped("echo").route("0x0100 = \"echo.echo\"").start()
}

/// The bytes of `MANY` requests, each with a number as its data.
fn many() -> Vec<u8> {
    (0..MANY).flat_map(|number| request(ECHO, &number.to_be_bytes())).collect()
}

/// Takes the replies to [`many`], in order.
fn take_many(wire: &mut Wire) {
    for number in 0..MANY {
        let reply = wire.receive().expect("a reply is owed");
        assert_eq!(reply.command.kind(), Kind::Reply);
        assert_eq!(reply.data, number.to_be_bytes());
    }
}

#[test]
fn a_request_gets_exactly_these_bytes() {
    let server = serve();
    let mut wire = server.connect();
    wire.send(b"\xAA\xAA\x01\x05\x01\x00hello\xD8\x9E");
    wire.finish();
    assert_eq!(wire.receive_rest(), b"\xAA\xAA\x01\x05\x81\x00hello\x73\x67");
    assert_eq!(server.stop(), Some(0));
}

#[test]
fn every_length_comes_back() {
    let server = serve();
    let mut wire = server.connect();
    let data: Vec<u8> = (0..=u8::MAX).collect();
    for length in 0..=255 {
        let reply = wire.ask(ECHO, &data[..length]);
        assert_eq!((reply.command.kind(), reply.address), (Kind::Reply, 1));
        assert_eq!(reply.data, data[..length]);
    }
}

#[test]
fn every_cut_of_a_frame_in_two_is_one_frame() {
    let server = serve();
    let mut wire = server.connect();
    let mut other = server.connect();
    for data in [&b"hello"[..], &[0xAA; 255]] {
        let bytes = request(ECHO, data);
        for cut in 1..bytes.len() {
            wire.send(&bytes[..cut]);
            // Once another connection is answered, the loop has had its turn with the first part.
            assert_eq!(other.ask(PING, b"turn").data, b"turn");
            wire.send(&bytes[cut..]);
            assert_eq!(wire.receive().unwrap().data, data, "cut behind byte {cut}");
        }
    }
}

#[test]
fn a_byte_at_a_time_is_a_stream_of_frames() {
    let server = serve();
    let mut wire = server.connect();
    for data in [&b""[..], b"hello", &[0xAA; 255]] {
        for byte in request(ECHO, data) {
            wire.send(&[byte]);
        }
        assert_eq!(wire.receive().unwrap().data, data);
    }
}

#[test]
fn ten_thousand_frames_in_one_write_are_all_answered() {
    let server = serve();
    let mut wire = server.connect();
    let mut sender = wire.sender();
    let writing = thread::spawn(move || sender.write_all(&many()));
    take_many(&mut wire);
    writing.join().unwrap().unwrap();
    wire.finish();
    assert_eq!(wire.receive_rest(), b"", "nothing else is on the wire");
}

#[test]
fn a_half_close_behind_ten_thousand_requests_loses_none() {
    let server = serve();
    let mut wire = server.connect();
    let mut sender = wire.sender();
    let writing = thread::spawn(move || {
        sender.write_all(&many()).unwrap();
        sender.finish();
    });
    take_many(&mut wire);
    writing.join().unwrap();
    assert_eq!(wire.receive_rest(), b"", "nothing else is on the wire");
}

#[test]
fn garbage_costs_one_error_and_no_frame() {
    let server = serve();
    let mut wire = server.connect();
    for episode in [&b"garbage"[..], b"\xAA", b"\xAA\xAA\x01\x00\x01\x00\xBA\xD0"] {
        wire.send(episode);
        wire.send(&request(ECHO, b"behind"));
        let error = wire.receive().unwrap();
        let told = (error.error_code(), error.command.number(), error.address);
        assert_eq!(told, (Some(1010), 0, 0), "{episode:x?}");
        assert_eq!(wire.receive().unwrap().data, b"behind", "{episode:x?}");
    }
    // The head of a long frame swallows the good one behind it, until no more bytes can come.
    wire.send(b"\xAA\xAA\x01");
    wire.send(&request(ECHO, b"hidden"));
    wire.finish();
    assert_eq!(wire.receive().unwrap().error_code(), Some(1010));
    assert_eq!(wire.receive().unwrap().data, b"hidden");
    assert_eq!(wire.receive_rest(), b"");
}

#[test]
fn a_command_without_a_route_is_said_to_be_unknown() {
    let server = serve();
    let reply = server.connect().ask(0x0777, b"");
    assert_eq!((reply.error_code(), reply.command.number()), (Some(1004), 0x0777));
}
