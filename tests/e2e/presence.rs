//! The plugin `presence` with real clients: who is online is told, pushed to and asked.

use std::path::Path;

use hotframe_protocol::{Command, Kind};
use hotframe_tests::{Owned, Process, Server, Wire, built, frame, request, wait_until};
use serde_json::json;

const HELLO: u16 = 0x0001;
const PING: u16 = 0x0002;
const LIST: u16 = 0x0160;
const COUNT: u16 = 0x0161;
const SUBSCRIBE: u16 = 0x0162;
const TELL: u16 = 0x0164;
const TELL_ALL: u16 = 0x0165;
const ASK: u16 = 0x0166;
const CHANGED: u16 = 0x0168;
const TOLD: u16 = 0x0169;
const ASKED: u16 = 0x016A;

fn serve() -> Server {
    let handlers = ["list", "count", "subscribe", "unsubscribe", "tell", "tell_all", "ask"];
    let setup = Server::setup().shipped("presence");
    let routes = (LIST..).zip(handlers);
    routes
        .fold(setup, |setup, (number, name)| {
            setup.route(&format!("{number:#06x} = \"presence.{name}\""))
        })
        .start()
}

fn join(server: &Server, client: &str) -> Wire {
    let mut wire = server.connect();
    assert_eq!(wire.ask(HELLO, client.as_bytes()).command.kind(), Kind::Reply);
    wire
}

/// `words` for the client of that name.
fn to(client: &str, words: &str) -> Vec<u8> {
    [&[u8::try_from(client.len()).unwrap()], client.as_bytes(), words.as_bytes()].concat()
}

/// The next frame, which is pushed.
fn pushed(wire: &mut Wire, kind: Kind, number: u16) -> Vec<u8> {
    let frame = wire.receive().expect("a frame, not the end");
    assert_eq!((frame.command, frame.address), (Command::new(kind, number), 0), "{frame:?}");
    frame.data
}

/// Answers the question that comes next with what it asks, backwards.
fn answer(wire: &mut Wire) {
    let mut data = pushed(wire, Kind::Request, ASKED);
    data.reverse();
    wire.send(&frame(0, Command::new(Kind::Reply, ASKED), &data));
}

fn count(wire: &mut Wire, prefix: &str) -> u32 {
    u32::from_be_bytes(wire.ask(COUNT, prefix.as_bytes()).data.try_into().unwrap())
}

#[test]
fn hotframe_listen_shows_who_comes_and_goes() {
    let server = serve();
    let (to, control) = (server.tcp().url(), server.folder().join("run/hotframe.sock"));
    let args = ["listen", "--json", "--hello", "board", "--ask", "presence.subscribe"];
    let places = ["--to", &to, "--control", control.to_str().unwrap()];
    let program = built().join("hotframe");
    let listener = Process::start(&program, &[&args[..], &places].concat(), server.folder().path());
    wait_until("its subscription", || {
        (server.control().route("0x0162").unwrap()["calls"] == 1).then_some(())
    });
    let shown = |data: &[u8]| {
        let digits: String = data.iter().map(|byte| format!("{byte:02x}")).collect();
        listener.log().wait_for(0, "the news", |record| {
            record.field("command") == "0x0168" && record.field("data_hex") == digits.as_str()
        });
    };
    let ada = join(&server, "ada");
    shown(b"\x01ada");
    ada.cut();
    shown(b"\x00ada");
    let args = ["listen", "--ask", "presence.subscribe=hex:ff"];
    let mut refused = Process::start(&program, &[&args[..], &places].concat(), Path::new("/"));
    assert_eq!(refused.wait().code(), Some(1));
    refused.log().wait_for(0, "why", |record| record.says("HF0356"));
}

#[test]
fn who_is_online_is_listed_and_told_of() {
    let server = serve();
    let mut watcher = join(&server, "watcher");
    assert_eq!(watcher.ask(SUBSCRIBE, b"pump").data, [0; 4]);
    let mut pump = join(&server, "pump-1");
    assert_eq!(pushed(&mut watcher, Kind::Event, CHANGED), b"\x01pump-1");
    let _unnoticed = join(&server, "valve");
    assert_eq!(watcher.ask(LIST, b"").data, b"\0\x06pump-1\x05valve\x07watcher");
    assert_eq!(watcher.ask(LIST, b"pump-1").data, b"\0\x05valve\x07watcher");
    let again = join(&server, "pump-1");
    assert_eq!(pump.receive_rest(), b"", "it was taken over");
    drop(again);
    assert_eq!(pushed(&mut watcher, Kind::Event, CHANGED), b"\0pump-1", "and not told of before");
    assert_eq!(count(&mut watcher, "pump"), 0);
    assert_eq!(server.stop(), Some(0));
}

#[test]
fn words_and_questions_go_from_client_to_client() {
    let server = serve();
    let (mut ada, mut bob) = (join(&server, "ada"), join(&server, "bob"));
    assert_eq!(ada.ask(TELL, &to("bob", "hi")).data, b"");
    assert_eq!(pushed(&mut bob, Kind::Event, TOLD), b"\x03adahi");
    assert_eq!(bob.ask(TELL_ALL, &to("a", "all")).data, [0, 0, 0, 1]);
    assert_eq!(pushed(&mut ada, Kind::Event, TOLD), b"\x03boball");
    assert_eq!(ada.ask(TELL, &to("eve", "hi")).error_code(), Some(1100));

    ada.send(&request(ASK, &to("bob", "?")));
    answer(&mut bob);
    let reply = ada.receive().unwrap();
    assert_eq!(
        (reply.command, &reply.data[..]),
        (Command::new(Kind::Reply, ASK), &b"?ada\x03"[..])
    );

    ada.send(&request(ASK, &to("bob", "?")));
    pushed(&mut bob, Kind::Request, ASKED);
    bob.send(&frame(0, Command::new(Kind::Error, ASKED), b"\x04\xD2no"));
    let error = ada.receive().unwrap();
    assert_eq!(error.error_code(), Some(2100));
    assert_eq!(&error.data[2..], b"the client answered 1234: no");

    ada.send(&request(ASK, &to("bob", "?")));
    pushed(&mut bob, Kind::Request, ASKED);
    drop(bob);
    assert_eq!(ada.receive().unwrap().error_code(), Some(2004), "he was gone");
    assert_eq!(server.stop(), Some(0));
}

#[test]
fn two_who_ask_each_other_are_both_answered_though_replies_wait_behind() {
    let server = serve();
    let (mut ada, mut bob) = (join(&server, "ada"), join(&server, "bob"));
    let both = |name| [request(ASK, &to(name, "?")), request(PING, b"behind")].concat();
    ada.send(&both("bob"));
    bob.send(&both("ada"));
    answer(&mut ada);
    answer(&mut bob);
    for wire in [&mut ada, &mut bob] {
        let kinds: Vec<(Kind, u16)> = (0..2)
            .map(|_| wire.receive().unwrap())
            .map(|Owned { command, .. }| (command.kind(), command.number()))
            .collect();
        assert_eq!(kinds, [(Kind::Reply, ASK), (Kind::Reply, PING)]);
    }
    assert_eq!(server.stop(), Some(0));
}

#[test]
fn a_new_generation_knows_who_is_there_and_the_old_one_is_answered() {
    let server = serve();
    let (mut ada, mut bob) = (join(&server, "ada"), join(&server, "bob"));
    ada.send(&request(ASK, &to("bob", "?")));
    let mut asked = pushed(&mut bob, Kind::Request, ASKED);
    let before = server.control().plugin("presence").unwrap()["generation"].as_u64();
    server.control().request(&json!({ "verb": "reload", "plugin": "presence" })).unwrap();
    wait_until("the next generation", || {
        let row = server.control().plugin("presence").unwrap();
        (row["generation"].as_u64() > before).then_some(())
    });
    assert_eq!(count(&mut bob, ""), 2, "it was told who is there");
    asked.reverse();
    bob.send(&frame(0, Command::new(Kind::Reply, ASKED), &asked));
    let reply = ada.receive().unwrap();
    assert_eq!(
        (reply.command, &reply.data[..]),
        (Command::new(Kind::Reply, ASK), &b"?ada\x03"[..])
    );
    wait_until("the old generation to be unloaded", || {
        let row = server.control().plugin("presence").unwrap();
        (row["resident_generations"] == 1).then_some(())
    });
    assert_eq!(server.stop(), Some(0));
}
