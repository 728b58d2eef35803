//! What comes back goes to whom it belongs.

use std::io::{Read, Write};
use std::os::unix::net::UnixListener;
use std::thread;
use std::time::Duration;

use hotframe_client::{Answer, Client, Error, Kind};

use crate::peer::{SOON, encoded, talk};

#[test]
fn a_request_gets_its_reply_or_error() {
    let (mut client, peer) = talk(|mut peer| {
        peer.expect(Kind::Request, 1, 0x100, b"hello");
        peer.say(Kind::Reply, 1, 0x100, b"olleh");
        peer.expect(Kind::Request, 2, 0x101, b"");
        peer.say(Kind::Error, 2, 0x101, b"\x03\xECno route");
    });
    assert_eq!(client.request(1, 0x100, b"hello", SOON).unwrap(), Answer::Reply(b"olleh".into()));
    let error = Answer::Error { code: 1004, message: "no route".into() };
    assert_eq!(client.request(2, 0x101, b"", SOON).unwrap(), error);
    assert_eq!(client.outstanding(), 0);
    peer.join().unwrap();
}

#[test]
fn unix_sockets_work_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("hot.sock");
    let listener = UnixListener::bind(&path).unwrap();
    let peer = thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        stream.read_exact(&mut [0; 8]).unwrap();
        stream.write_all(&encoded(Kind::Reply, 0, 0x100, b"here")).unwrap();
    });
    let url = format!("unix://{}", path.display());
    let mut client = Client::connect(&url, SOON).unwrap();
    assert_eq!(client.request(0, 0x100, b"", SOON).unwrap(), Answer::Reply(b"here".into()));
    peer.join().unwrap();
}

#[test]
fn many_requests_go_out_first_and_their_answers_come_in_order() {
    let (mut client, peer) = talk(|mut peer| {
        for index in 0..100 {
            peer.expect(Kind::Request, index, 0x100, &[index]);
        }
        peer.expect(Kind::Event, 0, 0x102, b"");
        peer.expect_end();
        for index in 0..100 {
            peer.say(Kind::Reply, index, 0x100, &[index; 255]);
        }
    });
    for index in 0..100 {
        client.send(index, 0x100, &[index]).unwrap();
    }
    client.event(0, 0x102, b"").unwrap();
    client.finish().unwrap();
    assert_eq!(client.outstanding(), 100);
    for index in 0..100 {
        assert_eq!(client.receive(SOON).unwrap(), Answer::Reply(vec![index; 255]));
    }
    assert!(matches!(client.receive(SOON), Err(Error::NothingAsked)));
    peer.join().unwrap();
}

#[test]
fn a_request_among_sent_ones_gets_its_own_answer_and_theirs_are_kept() {
    let (mut client, peer) = talk(|mut peer| {
        for number in [0x100, 0x100, 0x101] {
            peer.expect(Kind::Request, 1, number, b"");
        }
        peer.say(Kind::Reply, 1, 0x100, b"first");
        peer.say(Kind::Reply, 1, 0x100, b"second");
        peer.say(Kind::Reply, 1, 0x101, b"third");
    });
    client.send(1, 0x100, b"").unwrap();
    client.send(1, 0x100, b"").unwrap();
    assert_eq!(client.request(1, 0x101, b"", SOON).unwrap(), Answer::Reply(b"third".into()));
    assert_eq!(client.outstanding(), 2);
    assert_eq!(client.receive(SOON).unwrap(), Answer::Reply(b"first".into()));
    assert_eq!(client.receive(SOON).unwrap(), Answer::Reply(b"second".into()));
    peer.join().unwrap();
}

#[test]
fn a_late_answer_is_never_taken_for_another_requests() {
    let (mut client, peer) = talk(|mut peer| {
        peer.expect(Kind::Request, 1, 0x100, b"slow");
        peer.expect(Kind::Request, 1, 0x100, b"fast");
        peer.say(Kind::Reply, 1, 0x100, b"slow");
        peer.say(Kind::Reply, 1, 0x100, b"fast");
    });
    let error = client.request(1, 0x100, b"slow", Duration::from_millis(5)).unwrap_err();
    assert!(matches!(error, Error::Timeout { .. }), "{error}");
    assert_eq!(client.outstanding(), 0);
    assert_eq!(client.request(1, 0x100, b"fast", SOON).unwrap(), Answer::Reply(b"fast".into()));
    assert_eq!(client.take_unsolicited().unwrap().data, b"slow");
    peer.join().unwrap();
}

#[test]
fn the_servers_pings_are_answered_and_the_rest_is_kept_apart() {
    let (mut client, peer) = talk(|mut peer| {
        peer.say(Kind::Request, 3, 0x0002, b"there?");
        peer.say(Kind::Event, 4, 0x200, b"news");
        peer.say(Kind::Error, 0, 0, b"\x03\xF2damaged");
        peer.expect(Kind::Request, 1, 0x100, b"");
        peer.expect(Kind::Reply, 3, 0x0002, b"there?");
        peer.say(Kind::Reply, 1, 0x100, b"done");
    });
    assert_eq!(client.request(1, 0x100, b"", SOON).unwrap(), Answer::Reply(b"done".into()));
    assert_eq!(client.take_unsolicited().unwrap().data, b"news");
    assert_eq!(client.take_unsolicited().unwrap().data, b"\x03\xF2damaged");
    assert_eq!(client.take_unsolicited(), None);
    peer.join().unwrap();
}

#[test]
fn frames_and_bytes_can_be_had_raw() {
    let (mut client, peer) = talk(|mut peer| {
        let mut bytes = [0; 3];
        peer.stream.read_exact(&mut bytes).unwrap();
        assert_eq!(bytes, *b"raw");
        peer.say(Kind::Request, 9, 0x0002, b"ping");
        peer.expect_end();
    });
    client.send_bytes(b"raw").unwrap();
    let frame = client.receive_frame(SOON).unwrap();
    assert_eq!((frame.address, frame.command.number()), (9, 0x0002));
    assert_eq!(frame.data, b"ping");
    client.finish().unwrap();
    peer.join().unwrap();
}
