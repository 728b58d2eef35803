//! `hotframe send` against a server of a few lines, with what it prints and how it ends.

use std::io::Write;
use std::net::{TcpListener, TcpStream};
use std::thread::{self, JoinHandle};

use clap::Parser;
use hotframe_protocol::{Command, Decoded, Decoder, Frame, Kind, MAX_FRAME};
use serde_json::Value;

use super::*;

#[derive(Parser)]
struct Line {
    #[command(flatten)]
    send: SendArgs,
}

/// The command word and data of each frame that a server saw.
type Seen = Vec<(u16, Vec<u8>)>;

/// A server for one connection. It echoes; 0x0101 is refused, 0x0102 never answered, 0x0103
/// answered by hanging up, 0x0104 with nonsense. It gives back the frames that it saw.
fn server() -> (String, JoinHandle<Seen>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("tcp://{}", listener.local_addr().unwrap());
    let thread = thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let (mut seen, mut bytes) = (Vec::new(), Vec::new());
        let mut decoder = Decoder::default();
        let mut room = [0; 4096];
        loop {
            let count = stream.read(&mut room).unwrap_or(0);
            bytes.extend(&room[..count]);
            let mut input = &bytes[..];
            while let Some(Decoded::Frame(frame)) = decoder.decode(&mut input) {
                seen.push((frame.command.word(), frame.data.to_vec()));
                if frame.command.number() == 0x0103 {
                    return seen;
                }
                answer(&mut stream, &frame);
            }
            bytes = input.to_vec();
            if count == 0 {
                return seen;
            }
        }
    });
    (url, thread)
}

fn answer(stream: &mut TcpStream, frame: &Frame<'_>) {
    let (kind, data) = match (frame.command.kind(), frame.command.number()) {
        (Kind::Request, 0x0001 | 0x0101) => (Kind::Error, &b"\x03\xECno\x1Broute"[..]),
        (Kind::Request, 0x0104) => return stream.write_all(b"HTTP/1.1 400\r\n").unwrap(),
        (Kind::Request, number) if number != 0x0102 => (Kind::Reply, frame.data),
        _ => return,
    };
    let command = Command::new(kind, frame.command.number());
    let mut room = [0; MAX_FRAME];
    let len = Frame { address: frame.address, command, data }.encode(&mut room).unwrap();
    stream.write_all(&room[..len]).unwrap();
}

/// Runs `hotframe send` with these words and a server; what it printed and how it ended.
fn send(words: &[&str]) -> (String, Result<Exit, Failure>, Seen) {
    let (url, server) = server();
    let line = [&["send", "--to", &url], words].concat();
    let args = Line::try_parse_from(line).unwrap().send;
    let mut out = Vec::new();
    let ended = perform(&args, &mut &b"stdin"[..], Ink::plain(), &mut out);
    (String::from_utf8(out).unwrap(), ended, server.join().unwrap())
}

fn exit(ended: Result<Exit, Failure>) -> u8 {
    ended.unwrap_or_else(|failure| failure.exit) as u8
}

#[test]
fn a_reply_is_printed_with_its_request() {
    let (text, ended, seen) = send(&["0x0100", "hello"]);
    assert_eq!(exit(ended), 0);
    assert_eq!(seen, [(0x0100, b"hello".to_vec())]);
    let lines: Vec<_> = text.lines().collect();
    assert_eq!(lines[0], "request  0x0100, address 1, 5 bytes");
    assert_eq!(lines[1], "         68 65 6C 6C 6F   \"hello\"");
    assert!(lines[2].starts_with("reply    5 bytes in "), "{text}");
    assert_eq!(lines[3], lines[1]);
    assert_eq!(lines.len(), 4);
}

#[test]
fn an_error_reply_ends_with_1_and_steers_no_terminal() {
    let (text, ended, _) = send(&["257", "--address", "0x10"]);
    assert_eq!(exit(ended), 1);
    assert!(text.contains("error    1004 UNKNOWN_COMMAND in "), "{text}");
    assert!(text.contains("no\u{FFFD}route") && !text.contains('\x1B'), "{text}");
}

#[test]
fn failures_end_with_their_own_code() {
    assert_eq!(exit(send(&["0x0102", "--timeout", "20ms"]).1), 4);
    assert_eq!(exit(send(&["0x0103"]).1), 1);
    assert_eq!(exit(send(&["0x0104"]).1), 1);
}

#[test]
fn nobody_at_the_address_ends_with_69_and_a_bad_one_with_2() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let free = listener.local_addr().unwrap().to_string();
    drop(listener);
    for (to, code) in [(free.as_str(), 69), ("udp://x:1", 2)] {
        let args = Line::try_parse_from(["send", "1", "--to", to]).unwrap().send;
        let ended = perform(&args, &mut io::empty(), Ink::plain(), &mut Vec::new());
        assert_eq!(exit(ended), code, "{to}");
    }
}

#[test]
fn an_event_is_sent_and_nothing_awaited() {
    let (text, ended, seen) = send(&["0x0102", "@-", "--event", "--timeout", "20ms"]);
    assert_eq!(exit(ended), 0);
    assert_eq!(seen, [(0x4102, b"stdin".to_vec())]);
    assert!(text.starts_with("event    0x0102, address 1, 5 bytes\n"), "{text}");
}

#[test]
fn json_has_one_object_an_answer_with_stable_keys() {
    let (text, ended, _) = send(&["0x0100", "hex:68ff", "--json", "--count", "2"]);
    assert_eq!(exit(ended), 0);
    let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), 2);
    let keys: Vec<_> = lines[0].as_object().unwrap().keys().collect();
    let stable =
        ["command", "address", "status", "code", "message", "data_hex", "data_text", "rtt_us"];
    assert_eq!(keys, stable);
    assert_eq!(lines[0]["command"], "0x0100");
    assert_eq!(lines[0]["status"], "ok");
    assert_eq!(lines[0]["data_hex"], "68ff");
    assert!(lines[0]["data_text"].is_null() && lines[0]["rtt_us"].is_u64());
    let (text, ended, _) = send(&["0x0101", "--json"]);
    assert_eq!(exit(ended), 1);
    let line: Value = serde_json::from_str(&text).unwrap();
    assert_eq!((&line["status"], &line["code"]), (&"error".into(), &1004.into()));
}

#[test]
fn a_loop_sends_count_times_and_sums_up() {
    let (text, ended, seen) = send(&["0x0100", "--every", "1ms", "--count", "3"]);
    assert_eq!(exit(ended), 0);
    assert_eq!(seen.len(), 3);
    assert!(text.contains("reply 3  0 bytes in "), "{text}");
    let last = text.lines().last().unwrap();
    assert!(last.starts_with("3 sent, 3 replies, 0 errors, 0 lost; min "), "{text}");
}

#[test]
fn a_refused_hello_ends_before_the_command_is_sent() {
    let (_, ended, seen) = send(&["0x0100", "--hello", "press-7"]);
    let failure = ended.unwrap_err();
    assert_eq!(failure.exit as u8, 3);
    assert!(failure.to_string().contains("1004 UNKNOWN_COMMAND"), "{failure}");
    assert_eq!(seen, [(0x0001, b"press-7".to_vec())]);
}

#[test]
fn words_that_make_no_sense_are_refused_by_the_command_line() {
    for words in [
        &["send", "1", "--address", "256"][..],
        &["send", "1", "--timeout", "5"],
        &["send", "1", "--count", "0"],
        &["send", "1", "--hello", ""],
        &["send"],
    ] {
        assert!(Line::try_parse_from(words).is_err(), "{words:?}");
    }
}
