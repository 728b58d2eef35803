//! What goes wrong is told apart, with whose fault it is.

use std::io::Write;
use std::net::TcpListener;
use std::time::{Duration, Instant};

use hotframe_client::{Answer, Client, Error, Fault, Kind};

use crate::peer::{SOON, encoded, talk};

#[test]
fn nobody_listens() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = listener.local_addr().unwrap().to_string();
    drop(listener);
    let folder = tempfile::tempdir().unwrap();
    let path = format!("unix://{}/none.sock", folder.path().display());
    for url in [url, path] {
        let error = Client::connect(&url, SOON).unwrap_err();
        assert!(matches!(error, Error::Unreachable { .. }), "{error}");
        assert_eq!(error.fault(), Fault::Network);
    }
}

#[test]
fn what_cannot_be_sent_is_the_callers_fault_and_is_not_sent() {
    let (mut client, peer) = talk(|mut peer| peer.expect_end());
    let error = client.request(0, 0x100, &[0; 256], SOON).unwrap_err();
    assert!(matches!(error, Error::DataTooLong { len: 256 }), "{error}");
    assert_eq!(error.fault(), Fault::Caller);
    let error = client.event(0, 0x4000, b"").unwrap_err();
    assert!(matches!(error, Error::NumberTooLarge { number: 0x4000 }), "{error}");
    assert!(matches!(client.receive(SOON), Err(Error::NothingAsked)));
    client.finish().unwrap();
    peer.join().unwrap();
}

#[test]
fn no_answer_comes_in_time() {
    let (mut client, peer) = talk(|mut peer| {
        peer.expect(Kind::Request, 0, 0x100, b"");
        peer.expect_end();
    });
    let start = Instant::now();
    let error = client.request(0, 0x100, b"", Duration::from_millis(20)).unwrap_err();
    assert!(matches!(error, Error::Timeout { .. }), "{error}");
    assert!(start.elapsed() >= Duration::from_millis(20));
    assert_eq!(error.fault(), Fault::Peer);
    drop(client);
    peer.join().unwrap();
}

#[test]
fn the_peer_closes_instead_of_answering() {
    let (mut client, peer) = talk(|mut peer| peer.expect(Kind::Request, 0, 0x100, b""));
    let error = client.request(0, 0x100, b"", SOON).unwrap_err();
    assert!(matches!(error, Error::Closed), "{error}");
    peer.join().unwrap();
}

#[test]
fn a_frame_that_is_cut_off_by_the_end_is_garbage_and_then_the_end() {
    let (mut client, peer) = talk(|mut peer| {
        peer.stream.write_all(&encoded(Kind::Event, 0, 0x100, b"cut")[..9]).unwrap();
    });
    assert!(matches!(client.receive_frame(SOON), Err(Error::Garbage)));
    assert!(matches!(client.receive_frame(SOON), Err(Error::Closed)));
    peer.join().unwrap();
}

#[test]
fn garbage_is_said_once_and_what_follows_can_be_received() {
    let (mut client, peer) = talk(|mut peer| {
        peer.expect(Kind::Request, 0, 0x100, b"");
        peer.stream.write_all(b"HTTP/1.1 400 Bad Request\r\n").unwrap();
        peer.say(Kind::Reply, 0, 0x100, b"after all");
    });
    client.send(0, 0x100, b"").unwrap();
    let error = client.receive(SOON).unwrap_err();
    assert!(matches!(error, Error::Garbage), "{error}");
    assert_eq!(error.fault(), Fault::Peer);
    assert_eq!(client.receive(SOON).unwrap(), Answer::Reply(b"after all".into()));
    peer.join().unwrap();
}

#[test]
fn an_error_frame_without_a_code_is_garbage() {
    let (mut client, peer) = talk(|mut peer| {
        peer.expect(Kind::Request, 0, 0x100, b"");
        peer.say(Kind::Error, 0, 0x100, b"\x03");
    });
    assert!(matches!(client.request(0, 0x100, b"", SOON), Err(Error::Garbage)));
    peer.join().unwrap();
}

#[test]
fn a_peer_that_never_reads_does_not_block_the_sender_for_ever() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = listener.local_addr().unwrap().to_string();
    let mut client = Client::connect(&url, Duration::from_millis(20)).unwrap();
    let error = (0..100_000).find_map(|_| client.send_bytes(&[0; 4096]).err()).unwrap();
    assert!(matches!(error, Error::Timeout { .. }), "{error}");
}
